"""LEAN's QuantLib price models and the factory of all price models (LEAN `QLOptionPriceModel.cs`,
`QLOptionPriceModelProvider.cs`, `OptionPriceModels.cs`, `OptionPriceModels.QuantLib.cs`)."""

import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from lean_local.api.chain_contracts import Greeks
from lean_local.api.option_price_models import (
    CurrentPriceOptionPriceModel,
    IndicatorBasedOptionPriceModel,
    OptionPriceModelParameters,
    OptionPriceModelResult,
)
from lean_local.enums import OptionPricingModelType, OptionRight, OptionStyle, SecurityType
from lean_local.naming import LeanObject
from lean_local.securities.black_calculator import BlackCalculator, Sensitivities
from lean_local.securities.option_engines import (
    Deal,
    Engine,
    analytic_european,
    barone_adesi_whaley,
    bjerksund_stensland,
    discounts,
    integral,
)
from lean_local.securities.option_lattices import (
    additive_equal_probabilities,
    binomial,
    cox_ross_rubinstein,
    crank_nicolson,
    jarrow_rudd,
    joshi,
    leisen_reimer,
    tian,
    trigeorgis,
)
from lean_local.securities.option_math import Terms, significant

__all__ = ["OptionPriceModels", "QLOptionPriceModel", "QLOptionPriceModelProvider"]
_EUROPEAN, _AMERICAN = OptionStyle.EUROPEAN, OptionStyle.AMERICAN
_BOTH = (_EUROPEAN, _AMERICAN)
_FD_STEPS = 100
_ACCURACY, _LOW, _HIGH, _EVALUATIONS = 1e-4, 1e-7, 4.0, 100
_UNPRICEABLE = (ValueError, ZeroDivisionError, OverflowError)


class QLOptionPriceModel(LeanObject):
    """A QuantLib engine: the value at the underlying's volatility, volatility and Greeks implied by the price."""

    def __init__(self, engine: Engine, allowed_option_styles: Sequence[OptionStyle] = _BOTH) -> None:
        self._engine = engine
        self.allowed_option_styles = list(allowed_option_styles)
        self.enable_greek_approximation = True

    def evaluate(self, parameters: OptionPriceModelParameters) -> OptionPriceModelResult:
        """See OptionPriceModel. Raises ArgumentException for a style the engine does not price."""
        from lean_local.orders.requests import ArgumentException  # noqa: PLC0415  breaks an import cycle

        option, contract = parameters.security, parameters.contract
        if contract.symbol.id.option_style not in self.allowed_option_styles:
            style = OptionStyle(contract.symbol.id.option_style).csharp_name
            raise ArgumentException(
                f"{style} style options are not supported by option price model 'QLOptionPriceModel'"
            )
        try:
            return self._evaluate(option, parameters.slice, contract)
        except _UNPRICEABLE:
            return OptionPriceModelResult()

    def _evaluate(self, option: Any, current: Any, contract: Any) -> OptionPriceModelResult:
        today, expiry = contract.time.date(), contract.expiry.date()
        premium, spot = option.price, option.underlying.price
        if today > expiry or spot <= 0 or premium <= 0:
            return OptionPriceModelResult()
        settled, matured = (_next_open(option, d + timedelta(days=1)) for d in (today, expiry))
        reference = _business_day(option, today)
        terms = Terms(
            spot,
            float(contract.strike),
            (matured - reference).days / 365,
            _rate(current),
            0.0,
            1 if contract.right == OptionRight.CALL else -1,
        )
        american = contract.symbol.id.option_style == _AMERICAN
        deal = Deal(terms, american, (settled - reference).days / 365)
        guess = math.sqrt(2 * math.pi / ((matured - today).days / 365)) * premium / spot
        known = float(getattr(option.underlying.volatility_model, "volatility", 0.0))
        value = self._value(deal, known or guess)
        return OptionPriceModelResult(value, *self._implied(deal, premium, guess))

    def _value(self, deal: Deal, volatility: float) -> float:
        try:
            value = self._engine(deal, volatility).value
        except _UNPRICEABLE:
            return 0.0
        return significant(max(0.0, value)) if math.isfinite(value) else 0.0

    def _implied(self, deal: Deal, premium: float, guess: float) -> tuple[float, Callable[[], Greeks]]:
        """Implied volatility, by Newton's method where the engine's search fails, and the Greeks at it."""
        black: BlackCalculator | None = None
        try:
            volatility = quantlib_implied_volatility(deal, premium)
        except _UNPRICEABLE:
            volatility, black = newton_implied_volatility(deal.terms, premium, guess)
        shown = significant(volatility) if math.isfinite(volatility) else 0.0
        return shown, lambda: self._greeks(deal, volatility, black)

    def _greeks(self, deal: Deal, volatility: float, black: BlackCalculator | None) -> Greeks:
        t = deal.terms
        try:
            found = self._engine(deal, volatility)
        except _UNPRICEABLE:
            found = Sensitivities(0.0)

        def pick(name: str, *arguments: float) -> float:
            value = getattr(found, name)
            if value is None and self.enable_greek_approximation:
                value = _approximation(t, volatility, black, name, arguments)
            return significant(value) if value is not None and math.isfinite(value) else 0.0

        return Greeks(
            pick("delta", t.spot),
            pick("gamma", t.spot),
            pick("vega", t.years) / 100,
            pick("theta", t.spot, t.years),
            pick("rho", t.years) / 100,
            pick("elasticity", t.spot),
        )


def _approximation(
    t: Terms, volatility: float, black: BlackCalculator | None, name: str, arguments: tuple[float, ...]
) -> float | None:
    """A Greek of Black's formula. LEAN hands it the volatility where the deviation belongs; so do we."""
    try:
        found: float = getattr(black or _black_at(t, volatility), name)(*arguments)
    except _UNPRICEABLE:
        return None
    return found


def _black_at(t: Terms, deviation: float) -> BlackCalculator:
    paid, discount = discounts(t)
    return BlackCalculator(t.right, t.strike, t.spot * paid / discount, deviation, discount)


def newton_implied_volatility(t: Terms, premium: float, guess: float) -> tuple[float, BlackCalculator]:
    """LEAN's fallback: ten Newton steps with Black's formula; 0 when they do not settle."""
    volatility, black = guess, _black_at(t, guess)
    for left in range(9, -1, -1):
        before = volatility
        black = _black_at(t, before)
        slope = black.vega(t.years)
        volatility -= (black.value - premium) / slope if slope else math.copysign(math.inf, black.value - premium)
        volatility = min(max(volatility, _LOW), _HIGH)
        if not left:
            return 0.0, black
        if abs(volatility - before) / volatility <= 1e-3:
            break
    return volatility, black


def quantlib_implied_volatility(deal: Deal, premium: float) -> float:
    """QuantLib's search: analytic for European, finite differences for American options. ValueError without a root."""
    engine = crank_nicolson(_FD_STEPS, _FD_STEPS) if deal.american else analytic_european
    return quantlib_brent(lambda v: engine(deal, v).value - premium, _LOW, _HIGH)


def quantlib_brent(f: Callable[[float], float], low: float, high: float) -> float:
    """QLNet's Brent solver: it starts at the upper end. Its path matters because the accuracy is 1e-4."""
    x_low, x_high, f_low, f_high, root = low, high, f(low), f(high), high
    if not f_low or not f_high:
        return low if not f_low else high
    if f_low * f_high > 0:
        raise ValueError("root not bracketed")
    value, step, before = f_high, 0.0, 0.0
    for _ in range(2, _EVALUATIONS + 1):
        if value * f_high > 0:
            x_high, f_high = x_low, f_low
            before = step = root - x_low
        if abs(f_high) < abs(value):
            x_low, root, x_high = root, x_high, root
            f_low, value, f_high = value, f_high, value
        tolerance = 2.0**-51 * abs(root) + 0.5 * _ACCURACY
        middle = (x_high - root) / 2
        if abs(middle) <= tolerance or not value:
            return root
        found = _interpolated(root, value, (x_low, f_low), (x_high, f_high)) if abs(before) >= tolerance else None
        if found is not None and abs(f_low) > abs(value):
            p, q = found
            good = 2 * p < min(3 * middle * q - abs(tolerance * q), abs(before * q))
            before, step = (step, p / q) if good else (middle, middle)
        else:
            before = step = middle
        x_low, f_low = root, value
        root += step if abs(step) > tolerance else math.copysign(tolerance, middle)
        value = f(root)
    raise ValueError("maximum number of function evaluations exceeded")


def _interpolated(
    root: float, value: float, low: tuple[float, float], high: tuple[float, float]
) -> tuple[float, float]:
    """Numerator (not negative) and denominator of the secant or inverse quadratic step."""
    s, middle = value / low[1], (high[0] - root) / 2
    if math.isclose(low[0], high[0], rel_tol=1e-14):
        p, q = 2 * middle * s, 1 - s
    else:
        q0, r = low[1] / high[1], value / high[1]
        p = s * (2 * middle * q0 * (q0 - r) - (root - low[0]) * (r - 1))
        q = (q0 - 1) * (r - 1) * (s - 1)
    return abs(p), -q if p > 0 else q


def _next_open(option: Any, day: date) -> date:
    found: date = day if option.calendar.is_date_open(day) else option.calendar.next_trading_day(day)
    return found


def _business_day(option: Any, day: date) -> date:
    """QuantLib's curves start on a business day."""
    return _next_open(option, day)


def _rate(current: Any) -> float:
    """The data folder's rate on the slice's date."""
    from lean_local.api.rates import InterestRateProvider  # noqa: PLC0415  breaks an import cycle

    return InterestRateProvider().get_interest_rate(current.time)


class QLOptionPriceModelProvider(LeanObject):
    """QuantLib models by style: the Cox–Ross–Rubinstein lattice for American, Black–Scholes for European options."""

    INSTANCE: "QLOptionPriceModelProvider"

    def get_option_price_model(self, symbol: Any, pricing_model_type: Any = None) -> QLOptionPriceModel:
        """The model of a symbol's style, or the named one. Raises ValueError for the forward tree."""
        if pricing_model_type is None:
            european = symbol.id.option_style == _EUROPEAN
        else:
            kind = OptionPricingModelType(pricing_model_type)
            if kind == OptionPricingModelType.FORWARD_TREE:
                raise ValueError("Unsupported pricing model type: ForwardTree")
            european = kind == OptionPricingModelType.BLACK_SCHOLES
        return (
            QLOptionPriceModel(analytic_european, (_EUROPEAN,))
            if european
            else QLOptionPriceModel(binomial(cox_ross_rubinstein))
        )


QLOptionPriceModelProvider.INSTANCE = QLOptionPriceModelProvider()


def default_price_model(symbol: Any) -> Any:
    """The model of a new option: QuantLib's for options on futures (LEAN `FutureOption.cs`), else the indicators'."""
    if symbol.security_type == SecurityType.FUTURE_OPTION:
        return QLOptionPriceModelProvider.INSTANCE.get_option_price_model(symbol)
    return IndicatorBasedOptionPriceModel()


class _QuantLib(LeanObject):
    """`OptionPriceModels.QuantLib`."""

    def _lattice(shape: Any) -> Any:  # noqa: N805  makes the methods below
        def make(_self: Any) -> QLOptionPriceModel:
            return QLOptionPriceModel(binomial(shape))

        make.__doc__ = f"The lattice `{shape.__name__}`, 100 steps."
        return make

    binomial_cox_ross_rubinstein = _lattice(cox_ross_rubinstein)
    binomial_jarrow_rudd = _lattice(jarrow_rudd)
    binomial_trigeorgis = _lattice(trigeorgis)
    binomial_tian = _lattice(tian)
    binomial_leisen_reimer = _lattice(leisen_reimer)
    binomial_joshi = _lattice(joshi)
    additive_equiprobabilities = _lattice(additive_equal_probabilities)

    def black_scholes(self) -> QLOptionPriceModel:
        """Black–Scholes–Merton, European only."""
        return QLOptionPriceModel(analytic_european, (_EUROPEAN,))

    def barone_adesi_whaley(self) -> QLOptionPriceModel:
        """Barone-Adesi–Whaley, American only."""
        return QLOptionPriceModel(barone_adesi_whaley, (_AMERICAN,))

    def bjerksund_stensland(self) -> QLOptionPriceModel:
        """Bjerksund–Stensland, American only."""
        return QLOptionPriceModel(bjerksund_stensland, (_AMERICAN,))

    def integral(self) -> QLOptionPriceModel:
        """Integral of the payoff, European only."""
        return QLOptionPriceModel(integral, (_EUROPEAN,))

    def crank_nicolson_fd(self) -> QLOptionPriceModel:
        """Crank–Nicolson finite differences, 100 steps."""
        return QLOptionPriceModel(crank_nicolson(_FD_STEPS, _FD_STEPS - 1))


class OptionPriceModels(LeanObject):
    """LEAN's factory of price models."""

    QuantLib = _QuantLib()

    @staticmethod
    def null() -> CurrentPriceOptionPriceModel:
        """The current price, no Greeks."""
        return CurrentPriceOptionPriceModel()

    @staticmethod
    def black_scholes() -> IndicatorBasedOptionPriceModel:
        """Black–Scholes."""
        return _named(OptionPricingModelType.BLACK_SCHOLES)

    @staticmethod
    def binomial_cox_ross_rubinstein() -> IndicatorBasedOptionPriceModel:
        """Cox–Ross–Rubinstein tree."""
        return _named(OptionPricingModelType.BINOMIAL_COX_ROSS_RUBINSTEIN)

    @staticmethod
    def forward_tree() -> IndicatorBasedOptionPriceModel:
        """Forward tree."""
        return _named(OptionPricingModelType.FORWARD_TREE)


def _named(kind: OptionPricingModelType) -> IndicatorBasedOptionPriceModel:
    return IndicatorBasedOptionPriceModel(kind, kind)
