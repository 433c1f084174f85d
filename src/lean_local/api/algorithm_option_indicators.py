"""`self.iv`, `d`, `g`, `v`, `t`, `r`: option indicators that update themselves (semantics §4.8)."""

from typing import Any, TypeVar

from lean_local.api.algorithm_consolidation import as_registered_symbol
from lean_local.api.bars import QuoteBar
from lean_local.api.dividend_yields import ConstantDividendYieldModel, yield_model_of
from lean_local.api.option_indicators import (
    Delta,
    Gamma,
    ImpliedVolatility,
    OptionIndicatorBase,
    Rho,
    Theta,
    Vega,
    pricing_model,
)
from lean_local.api.rates import ConstantRiskFreeRateInterestRateModel, FuncRiskFreeRateInterestRateModel
from lean_local.enums import Resolution
from lean_local.naming import LeanObject
from lean_local.symbols import Symbol

_LABELS = {
    Resolution.TICK: "tick",
    Resolution.SECOND: "sec",
    Resolution.MINUTE: "min",
    Resolution.HOUR: "hr",
    Resolution.DAILY: "day",
}


G = TypeVar("G", Delta, Gamma, Vega, Theta, Rho)


class OptionIndicatorMethods(LeanObject):
    """Mixed into QCAlgorithm."""

    _run: Any
    securities: Any
    settings: Any
    register_indicator: Any
    warm_up_indicator: Any
    resolve_consolidator: Any
    risk_free_interest_rate_model: Any

    def iv(
        self,
        symbol: Any,
        mirror_option: Any = None,
        risk_free_rate: float | None = None,
        dividend_yield: float | None = None,
        option_model: Any = None,
        resolution: Any = None,
    ) -> ImpliedVolatility:
        """Implied volatility of a contract; the mirror is the contract of the other side of its strike."""
        option = as_registered_symbol(symbol)
        name, rates, dividends = self._parts(
            ImpliedVolatility, option, risk_free_rate, dividend_yield, option_model, resolution
        )
        made = ImpliedVolatility(name, option, rates, dividends, _mirror(mirror_option), option_model)
        self._feed(made, option, _mirror(mirror_option), resolution)
        return made

    def d(self, symbol: Any, *arguments: Any, **named: Any) -> Delta:
        """`d(symbol, mirror_option, risk_free_rate, dividend_yield, option_model, iv_model, resolution)`: delta."""
        return self._greek(Delta, symbol, arguments, named)

    def g(self, symbol: Any, *arguments: Any, **named: Any) -> Gamma:
        """Gamma; arguments as of `d`."""
        return self._greek(Gamma, symbol, arguments, named)

    def v(self, symbol: Any, *arguments: Any, **named: Any) -> Vega:
        """Vega; arguments as of `d`."""
        return self._greek(Vega, symbol, arguments, named)

    def t(self, symbol: Any, *arguments: Any, **named: Any) -> Theta:
        """Theta per day; arguments as of `d`."""
        return self._greek(Theta, symbol, arguments, named)

    def r(self, symbol: Any, *arguments: Any, **named: Any) -> Rho:
        """Rho; arguments as of `d`."""
        return self._greek(Rho, symbol, arguments, named)

    def _greek(self, kind: type[G], symbol: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> G:
        names = ("mirror_option", "risk_free_rate", "dividend_yield", "option_model", "iv_model", "resolution")
        given = dict(zip(names, arguments, strict=False)) | named
        option, mirror, resolution = (
            as_registered_symbol(symbol),
            _mirror(given.get("mirror_option")),
            given.get("resolution"),
        )
        model = given.get("option_model")
        name, rates, dividends = self._parts(
            kind, option, given.get("risk_free_rate"), given.get("dividend_yield"), model, resolution
        )
        made = kind(name, option, rates, dividends, mirror, model, given.get("iv_model"))
        self._feed(made, option, mirror, resolution)
        return made

    def _parts(
        self, kind: type[Any], option: Symbol, rate: Any, dividend: Any, model: Any, resolution: Any
    ) -> tuple[str, Any, Any]:
        """Name and models: the rate model is asked when needed, so that it may be set later."""
        shown = ["" if x is None else repr(float(x)) for x in (rate, dividend)]
        found = self.securities[option].resolution if resolution is None else resolution
        label = _LABELS.get(found, str(found)) if isinstance(found, Resolution) else str(found)
        name = (
            f"{kind.__name__}({shown[0]},{shown[1]},{pricing_model(model, option).csharp_name},{option.value}_{label})"
        )
        rates: Any = (
            FuncRiskFreeRateInterestRateModel(self._rate_of)
            if rate is None
            else ConstantRiskFreeRateInterestRateModel(rate)
        )
        return name, rates, yield_model_of(option) if dividend is None else ConstantDividendYieldModel(dividend)

    def _rate_of(self, day: Any) -> Any:
        """Asked late: the algorithm may set its rate model after the indicator."""
        return self.risk_free_interest_rate_model.get_interest_rate(day)

    def _feed(self, indicator: OptionIndicatorBase, option: Symbol, mirror: Symbol | None, resolution: Any) -> None:
        symbols = [option, option.underlying, *([mirror] if mirror is not None else [])]
        for symbol in symbols:
            kind = None if symbol is option.underlying else QuoteBar
            consolidator = self.resolve_consolidator(symbol, resolution, kind)
            self.register_indicator(symbol, indicator, consolidator)
        if self.settings.automatic_indicator_warm_up:
            self.warm_up_indicator(symbols, indicator, resolution)


def _mirror(symbol: Any) -> Symbol | None:
    return None if symbol is None else as_registered_symbol(symbol)
