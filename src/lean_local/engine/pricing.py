"""Implied volatility and Greeks of chain contracts: LEAN's default price model (semantics §4.6)."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from lean_local.api.chains import Greeks
from lean_local.api.dividend_yields import corporate_events, trailing_dividends
from lean_local.data.expiry import settlement_time
from lean_local.data.folder import DataFolder
from lean_local.engine.state import RunState
from lean_local.enums import OptionStyle, SecurityType
from lean_local.securities.option_math import Model, Terms, black_scholes, greeks, implied_volatility, significant

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


class PriceModel:
    """Prices contracts from current prices when an algorithm asks."""

    def __init__(self, state: RunState, folder: DataFolder) -> None:
        self.state, self.folder = state, folder
        self.rate_model: Any = None
        self._settlements: dict[tuple[int, int, int], Any] = {}
        self._dividends: dict[tuple[str, date], float] = {}

    def rate(self, day: date) -> float:
        """Risk-free rate of a date."""
        if self.rate_model is not None:
            return float(self.rate_model.get_interest_rate(day))
        rates = self.folder.interest_rates
        return float(rates.rate(day)) if rates is not None else 0.0

    def price(self, chain: "ChainSubscription", slot: int) -> Priced:
        """Implied volatility, Greeks and theoretical price of a slot."""
        columns, underlying = chain.columns, float(chain.underlying.price_exact)
        own = float(columns.price[slot])
        local = chain.feed.calendar.zone.to_local(self.state.clock.utc_ms)
        if not own or not underlying or local.date().toordinal() > int(columns.expiry[slot]):
            return NOTHING
        years = significant((self._settlement(chain, slot) - local).total_seconds() / _DAY_SECONDS / 365)
        right = int(columns.right[slot])
        day = local.date()
        terms = Terms(
            underlying,
            float(columns.strike[slot]) * chain.strike_multiplier,
            years,
            self.rate(day),
            self.dividend_yield(chain, day, underlying),
            right,
        )
        if years <= 0:
            return NOTHING
        model: Model = "black_scholes" if chain.canonical.id.option_style == OptionStyle.EUROPEAN else "forward_tree"
        volatility = self._volatility(chain, slot, terms, own, model) or 0.0  # no root: LEAN goes on with 0
        v = greeks(terms, volatility, model)
        # LEAN's theoretical price is Black–Scholes whatever the model.
        return Priced(
            volatility,
            Greeks(v.delta, v.gamma, v.vega, v.theta_per_day, v.rho, self._leverage(v.delta, terms, own)),
            significant(black_scholes(terms, volatility)) if volatility else 0.0,
        )

    def _leverage(self, delta: float, terms: Terms, own: float) -> float:
        return delta * terms.spot / own if own else 0.0

    def _volatility(
        self, chain: "ChainSubscription", slot: int, terms: Terms, own: float, model: Model
    ) -> float | None:
        """The out-of-the-money side's volatility when both sides of the strike are subscribed and priced."""
        mine = implied_volatility(terms, own, model)
        mirror = chain.mirror_of(slot)
        other = float(chain.columns.price[mirror]) if mirror is not None else 0.0
        if not other:
            return mine
        flipped = Terms(terms.spot, terms.strike, terms.years, terms.rate, terms.dividend, -terms.right)
        theirs = implied_volatility(flipped, other, model)
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
