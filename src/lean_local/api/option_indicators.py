"""Implied volatility and Greek indicators of one option contract (semantics §4.8; LEAN `OptionIndicatorBase.cs`,
`MultiSymbolIndicator.cs`, `ImpliedVolatility.cs`, `OptionGreekIndicatorBase.cs`)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from lean_local.api.dividend_yields import ConstantDividendYieldModel
from lean_local.api.indicators import Identity, IndicatorBase, IndicatorDataPoint
from lean_local.api.rates import ConstantRiskFreeRateInterestRateModel
from lean_local.data.expiry import settlement_time
from lean_local.enums import OptionPricingModelType, OptionRight, OptionStyle
from lean_local.securities.option_math import (
    GreekValues,
    Model,
    Terms,
    greeks,
    implied_volatility,
    price,
    significant,
)
from lean_local.symbols import Symbol

__all__ = ["Delta", "Gamma", "ImpliedVolatility", "Rho", "Theta", "Vega"]
_MODELS: dict[int, Model] = {
    OptionPricingModelType.BLACK_SCHOLES: "black_scholes",
    OptionPricingModelType.BINOMIAL_COX_ROSS_RUBINSTEIN: "binomial",
    OptionPricingModelType.FORWARD_TREE: "forward_tree",
}
_YEAR = timedelta(days=365)
Smoothing = Callable[[float, float], float]

# The five Greeks of a contract ask for the same numbers one after the other.
_volatility = lru_cache(maxsize=1024)(implied_volatility)
_greeks = lru_cache(maxsize=1024)(greeks)


def pricing_model(model: Any, option: Symbol) -> OptionPricingModelType:
    """The named model, else Black–Scholes for European and the forward tree for American options."""
    if model is not None:
        return OptionPricingModelType(model)
    european = option.id.option_style == OptionStyle.EUROPEAN
    return OptionPricingModelType.BLACK_SCHOLES if european else OptionPricingModelType.FORWARD_TREE


class _Source:
    """The last point of one symbol and whether it took part in a value."""

    def __init__(self, zone: Any, shown: Identity) -> None:
        self.zone, self.shown = zone, shown
        self.point: Any = None
        self.end_utc_ms: int | None = None
        self.used = False

    def take(self, point: Any, grain_ms: int) -> None:
        """Keep a point and show its value."""
        self.point = point
        utc = self.zone.to_utc_ms(point.end_time)
        self.end_utc_ms = utc - utc % grain_ms
        self.shown.update(point.end_time, float(point.value))


class OptionIndicatorBase(IndicatorBase):
    """Computes when the option, its underlying and the mirror contract have a point of the same time."""

    def __init__(self, name: str, option: Symbol, rate: Any, dividend: Any, mirror: Symbol | None, model: Any) -> None:
        from lean_local.engine.backtest import current_run  # noqa: PLC0415  breaks an import cycle

        super().__init__(name, 1)
        if not option.id.is_option or option.underlying is None:
            raise ValueError("OptionIndicatorBase only support SecurityType.Option.")
        run = current_run()
        self.option_symbol, self._mirror = option, mirror
        self.option_model = pricing_model(model, option)
        self._model: Model = _MODELS[self.option_model]
        self._rates, self._dividends = rate, dividend
        self.price, self.underlying_price = Identity(f"{name}_Close"), Identity(f"{name}_UnderlyingClose")
        self.opposite_price = Identity(f"{name}_OppositeClose") if mirror is not None else None
        self.risk_free_rate, self.dividend_yield = Identity(f"{name}_RiskFreeRate"), Identity(f"{name}_DividendYield")
        self.expiry: datetime = settlement_time(option, run.folder.hours.entry(option))
        self.strike, self.right, self.style = option.id.strike_price, option.id.option_right, option.id.option_style
        shown: dict[Symbol, Any] = {option: self.price, option.underlying: self.underlying_price}
        if mirror is not None:
            shown[mirror] = self.opposite_price
        self._sources = {s: _Source(run.subscriptions.calendar(s).zone, i) for s, i in shown.items()}
        self._grain_ms = 1
        self._value = 0.0
        zones = {source.zone.name for source in self._sources.values()}
        self._warm_up_period = 1 + (len(zones) > 1)

    @property
    def use_mirror_contract(self) -> bool:
        """Whether the other side of the strike takes part."""
        return self._mirror is not None

    @property
    def is_ready(self) -> bool:
        """Whether a value was computed."""
        return all(source.used for source in self._sources.values())

    @property
    def warm_up_period(self) -> int:
        """Points needed of each symbol."""
        return self._warm_up_period

    def update(self, *arguments: Any) -> bool:
        """`update(bar)` or `update(point)` of one of the symbols; says whether it is ready.

        Raises ValueError for a point of another symbol.
        """
        point = arguments[0] if len(arguments) == 1 else IndicatorDataPoint(self.option_symbol, *arguments)
        source = self._sources.get(point.symbol) if point.symbol is not None else None
        if source is None:
            raise ValueError(f"Input symbol {point.symbol} does not correspond to any of the symbols of {self.name}.")
        if source.point is not None and point.end_time < source.point.end_time:
            return self.is_ready
        self.samples += 1
        if self.samples == 1:
            self._grain_ms = _grain(point)
        source.take(point, self._grain_ms)
        if self.samples > 1 and len({s.end_utc_ms for s in self._sources.values()}) == 1:
            for each in self._sources.values():
                each.used = True
            self._value = round(significant(self._compute_option(self.price.current.time)), 7)
        self.current = IndicatorDataPoint(point.end_time, self._value)
        self.updated(self, self.current)
        return self.is_ready

    def reset(self) -> None:
        """Back to the beginning."""
        super().reset()
        self._value = 0.0
        for source in self._sources.values():
            source.point, source.end_utc_ms, source.used = None, None, False
            source.shown.reset()

    def _terms(self, moment: datetime) -> Terms:
        spot = self.underlying_price.current.value
        self.risk_free_rate.update(moment, float(self._rates.get_interest_rate(moment)))
        self.dividend_yield.update(moment, float(self._dividends.get_dividend_yield(moment, spot)))
        return Terms(
            spot,
            float(self.strike),
            significant((self.expiry - moment) / _YEAR),
            self.risk_free_rate.current.value,
            self.dividend_yield.current.value,
            1 if self.right == OptionRight.CALL else -1,
        )

    def _compute_option(self, moment: datetime) -> float:  # noqa: ARG002
        raise TypeError(f"{type(self).__name__} computes nothing")  # pragma: no cover - subclasses do


def _grain(point: Any) -> int:
    """Points are aligned by the day, hour, minute or second of their end, whichever their length suggests."""
    seconds = (point.end_time - point.time).total_seconds()
    if seconds > 3600:
        return 86_400_000
    return next((s * 1000 for s in (3600, 60, 1) if seconds >= s), 1)


def _split(
    arguments: tuple[Any, ...], named: dict[str, Any], names: tuple[str, ...]
) -> tuple[str | None, dict[str, Any]]:
    """LEAN's overloads: an optional name, then the option, rate, dividend yield, mirror and models."""
    rest = list(arguments)
    name = str(rest.pop(0)) if rest and isinstance(rest[0], str) else named.pop("name", None)
    given: dict[str, Any] = dict(zip(names, rest, strict=False))
    given |= {("option" if k == "symbol" else k): v for k, v in named.items()}
    return name, given


def _rate_model(given: dict[str, Any]) -> Any:
    rate = given.get("risk_free_rate_model", given.get("risk_free_rate", 0.05))
    return rate if hasattr(rate, "get_interest_rate") else ConstantRiskFreeRateInterestRateModel(rate)


def _dividend_model(given: dict[str, Any]) -> Any:
    dividend = given.get("dividend_yield_model", given.get("dividend_yield", 0.0))
    return dividend if hasattr(dividend, "get_dividend_yield") else ConstantDividendYieldModel(dividend)


_ARGUMENTS = ("option", "risk_free_rate", "dividend_yield", "mirror_option", "option_model", "iv_model")


class ImpliedVolatility(OptionIndicatorBase):
    """`ImpliedVolatility([name,] option, rate=0.05, dividend_yield=0, mirror_option=None, option_model=None)`."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        name, given = _split(arguments, named, _ARGUMENTS)
        option, mirror, model = given["option"], given.get("mirror_option"), given.get("option_model")
        label = f"IV({option},{mirror or ''},{model or ''})"
        super().__init__(name or label, option, _rate_model(given), _dividend_model(given), mirror, model)
        self._smoothing: Smoothing = self._out_of_the_money
        named_model = None if model is None else self._model
        self._theoretical_model: Model = (
            named_model or "black_scholes"
        )  # LEAN prices with the tree only when it is named
        self._theoretical = Identity(f"{self.name}_TheoreticalPrice")
        self._pending: tuple[datetime, Terms, float] | None = None

    def set_smoothing_function(self, function: Smoothing) -> None:
        """Set how the option's and the mirror's volatility make one: `function(iv, mirror_iv)`."""
        self._smoothing = function

    def _out_of_the_money(self, own: float, mirror: float) -> float:
        spot, put = self.underlying_price.current.value, self.right == OptionRight.PUT
        return mirror if (self.strike > spot and put) or (self.strike < spot and not put) else own

    @property
    def theoretical_price(self) -> Identity:
        """Price at the volatility; unchanged while there is no volatility."""
        if self._pending is not None:
            (moment, terms, volatility), self._pending = self._pending, None
            worth = price(terms, volatility, self._theoretical_model) if terms.years > 0 else 0.0
            self._theoretical.update(moment, significant(worth))
        return self._theoretical

    def _compute_option(self, moment: datetime) -> float:
        terms = self._terms(moment)
        found = self._solve(terms)
        rounded = round(significant(found), 7)
        if rounded:
            self._pending = (moment, terms, rounded)
        return found

    def _solve(self, terms: Terms) -> float:
        if terms.years <= 0 or terms.spot <= 0:
            return 0.0
        own = _volatility(terms, self.price.current.value, self._model)
        if self.opposite_price is None:
            return own or 0.0
        flipped = Terms(terms.spot, terms.strike, terms.years, terms.rate, terms.dividend, -terms.right)
        mirror = _volatility(flipped, self.opposite_price.current.value, self._model)
        if own is None or mirror is None:
            return (own if mirror is None else mirror) or 0.0
        return float(self._smoothing(own, mirror))


class _Greek(OptionIndicatorBase):
    """`Delta([name,] option, risk_free_rate, dividend_yield, mirror_option, option_model, iv_model)` and the others."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        name, given = _split(arguments, named, _ARGUMENTS)
        option, mirror = given["option"], given.get("mirror_option")
        model = pricing_model(given.get("option_model"), option)
        label = name or f"{type(self).__name__}({option},{mirror or ''},{model.csharp_name})"
        rates, dividends = _rate_model(given), _dividend_model(given)
        super().__init__(label, option, rates, dividends, mirror, model)
        iv_model = pricing_model(given.get("iv_model"), option)
        self._volatility = ImpliedVolatility(f"{label}_IV", option, rates, dividends, mirror, iv_model)
        self._own_volatility = True

    @property
    def implied_volatility(self) -> ImpliedVolatility:
        """The volatility the Greek is taken at; one that is set is not updated by this indicator."""
        return self._volatility

    @implied_volatility.setter
    def implied_volatility(self, indicator: ImpliedVolatility) -> None:
        """Use another indicator, which is then not updated from here."""
        self._volatility, self._own_volatility = indicator, False

    @property
    def is_ready(self) -> bool:
        """Whether there is a volatility."""
        return self._volatility.is_ready

    def _compute_option(self, moment: datetime) -> float:
        if self._own_volatility:
            for source in self._sources.values():
                self._volatility.update(source.point)
        terms = self._terms(moment)
        if terms.years < 0 or terms.spot <= 0:
            return 0.0
        if not terms.years:
            return self._value
        return self._pick(_greeks(terms, self._volatility.current.value, self._model))

    def _pick(self, values: GreekValues) -> float:
        return float(getattr(values, type(self).__name__.lower()))


class Delta(_Greek):
    """Change of the option's price per unit of the underlying's."""


class Gamma(_Greek):
    """Change of delta per unit of the underlying's price."""


class Vega(_Greek):
    """Change of price per volatility point (0.01)."""


class Theta(_Greek):
    """Change of price per day."""

    def _pick(self, values: GreekValues) -> float:
        return values.theta_per_day


class Rho(_Greek):
    """Change of price per rate point (0.01)."""
