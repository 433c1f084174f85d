"""Implied volatility and Greeks of chain contracts: LEAN's price model, or the one that is set (semantics §4.6)."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from lean_local.api.chain_contracts import Greeks, greeks_of_day
from lean_local.api.dividend_yields import corporate_events, trailing_dividends
from lean_local.api.option_price_models import IndicatorBasedOptionPriceModel, OptionPriceModelParameters
from lean_local.api.quantlib_models import default_price_model
from lean_local.data.expiry import settlement_time
from lean_local.data.folder import DataFolder
from lean_local.engine.state import RunState
from lean_local.enums import OptionPricingModelType, OptionStyle, SecurityType
from lean_local.securities.models import method
from lean_local.securities.option_math import Model, Terms, greeks, implied_volatility, price, significant
from lean_local.symbols import Symbol

if TYPE_CHECKING:
    from lean_local.engine.chain import ChainSubscription

_DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Priced:
    """What an OptionContract shows."""

    implied_volatility: float
    greeks: Greeks
    theoretical_price: float


NOTHING = Priced(0.0, Greeks(), 0.0)
_DEFAULT = IndicatorBasedOptionPriceModel()
_MODELS: dict[OptionPricingModelType | None, Model] = {
    OptionPricingModelType.BLACK_SCHOLES: "black_scholes",
    OptionPricingModelType.BINOMIAL_COX_ROSS_RUBINSTEIN: "binomial",
    OptionPricingModelType.FORWARD_TREE: "forward_tree",
}


class PriceModel:
    """Prices contracts from current prices when an algorithm asks."""

    def __init__(self, state: RunState, folder: DataFolder) -> None:
        self.state, self.folder = state, folder
        self.rate_model: Any = None
        self.chains: dict[Symbol, ChainSubscription] = {}  # the run's; shared with the subscriptions
        self.current_slice: Any = lambda: None
        self._settlements: dict[tuple[int, int, int], Any] = {}
        self._dividends: dict[tuple[str, date], float] = {}

    def rate(self, day: date) -> float:
        """Risk-free rate of a date."""
        if self.rate_model is not None:
            return float(self.rate_model.get_interest_rate(day))
        return self._folder_rate(day)

    def _folder_rate(self, day: date) -> float:
        rates = self.folder.interest_rates
        return float(rates.rate(day)) if rates is not None else 0.0

    def price_contract(self, chain: "ChainSubscription", slot: int, contract: Any) -> Any:
        """What an OptionContract shows, by the contract's own model, its chain's, or LEAN's default."""
        symbol = chain.symbol_of(slot)
        security = self.state.securities.existing(symbol)
        model = getattr(security, "option_price_model", None)
        if model is None and chain.security is not None and slot in chain.members:
            model = chain.security.option_price_model
        if model is None and symbol.security_type == SecurityType.FUTURE_OPTION:
            model = default_price_model(symbol)
        if model is None or isinstance(model, IndicatorBasedOptionPriceModel):
            return self.price(chain, slot, model or _DEFAULT)
        option: Any = self.state.securities.find(symbol)
        return method(model, "evaluate")(OptionPriceModelParameters(option, self.current_slice(), contract))

    def price_symbol(self, symbol: Symbol, model: IndicatorBasedOptionPriceModel) -> Priced:
        """The same by symbol; nothing for a contract without data."""
        chain = self.chains.get(symbol.canonical)
        slot = chain.slot_of(symbol) if chain is not None else None
        return NOTHING if chain is None or slot is None else self.price(chain, slot, model)

    def price(self, chain: "ChainSubscription", slot: int, model: IndicatorBasedOptionPriceModel = _DEFAULT) -> Priced:
        """Implied volatility, Greeks and theoretical price of a slot."""
        terms = self._terms(chain, slot, model)
        if terms is None or terms.years < 0:
            return NOTHING
        style = chain.canonical.id.option_style
        by_style: Model = "black_scholes" if style == OptionStyle.EUROPEAN else "forward_tree"
        volatility = self._volatility(chain, slot, terms, model, by_style) or 0.0  # no root: LEAN goes on with 0
        v = greeks(terms, volatility, _MODELS.get(model.option_model, by_style))
        # LEAN's theoretical price is Black–Scholes unless a model is named.
        worth = price(terms, volatility, _MODELS.get(model.iv_model, "black_scholes")) if volatility else 0.0
        return Priced(volatility, greeks_of_day(v.delta, v.gamma, v.vega, v.theta_per_day, v.rho), significant(worth))

    def _terms(self, chain: "ChainSubscription", slot: int, model: IndicatorBasedOptionPriceModel) -> Terms | None:
        """The contract now; None when it or its underlying has no price or it has expired."""
        columns, underlying = chain.columns, float(chain.underlying.price_exact)
        local = chain.feed.calendar.zone.to_local(self.state.clock.utc_ms)
        if not columns.price[slot] or not underlying or local.date().toordinal() > int(columns.expiry[slot]):
            return None
        return Terms(
            underlying,
            float(columns.strike[slot]),
            significant((self._settlement(chain, slot) - local).total_seconds() / _DAY_SECONDS / 365),
            self._folder_rate(local.date()) if model.rates is None else float(model.rates.get_interest_rate(local)),
            self.dividend_yield(chain, local.date(), underlying)
            if model.dividends is None
            else float(model.dividends.get_dividend_yield(local, underlying)),
            int(columns.right[slot]),
        )

    def _volatility(
        self,
        chain: "ChainSubscription",
        slot: int,
        terms: Terms,
        model: IndicatorBasedOptionPriceModel,
        by_style: Model,
    ) -> float | None:
        """The out-of-the-money side's volatility when both sides of the strike are subscribed and priced."""
        kind = _MODELS.get(model.iv_model, by_style)
        mine = implied_volatility(terms, float(chain.columns.price[slot]), kind)
        mirror = chain.mirror_of(slot) if model.use_mirror_contract else None
        other = float(chain.columns.price[mirror]) if mirror is not None else 0.0
        if not other:
            return mine
        flipped = Terms(terms.spot, terms.strike, terms.years, terms.rate, terms.dividend, -terms.right)
        theirs = implied_volatility(flipped, other, kind)
        if mine is None or theirs is None:
            return theirs if mine is None else mine
        inside = terms.strike < terms.spot if terms.right > 0 else terms.strike > terms.spot
        return theirs if inside else mine

    def _settlement(self, chain: "ChainSubscription", slot: int) -> Any:
        key = (id(chain), int(chain.columns.expiry[slot]), int(chain.columns.right[slot]))
        found = self._settlements.get(key)
        if found is None:
            hours = self.folder.hours.entry(chain.canonical)
            found = self._settlements[key] = settlement_time(chain.symbol_of(slot), hours)
        return found

    def dividend_yield(self, chain: "ChainSubscription", day: date, underlying: float) -> float:
        """Dividend yield of an equity's options from its factor file; 0 for index options and without a file."""
        if chain.canonical.security_type != SecurityType.OPTION:
            return 0.0
        ticker = str(chain.underlying.symbol.value)
        if (ticker, day) not in self._dividends:
            events = corporate_events(self.folder, ticker, chain.underlying.calendar)
            self._dividends[ticker, day] = float(trailing_dividends(events, day)[1])
        return self._dividends[ticker, day] / underlying
