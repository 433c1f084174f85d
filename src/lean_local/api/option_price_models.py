"""Option price models an algorithm can set (semantics §4.6; LEAN `IndicatorBasedOptionPriceModel.cs`).

The QuantLib models and the factory `OptionPriceModels` are in `quantlib_models`.
"""

from typing import Any, Protocol

from lean_local.api.chain_contracts import Greeks
from lean_local.enums import OptionPricingModelType
from lean_local.naming import LeanObject

__all__ = [
    "CurrentPriceOptionPriceModel",
    "IndicatorBasedOptionPriceModel",
    "OptionPriceModelParameters",
    "OptionPriceModelResult",
]


class OptionPriceModelParameters(LeanObject):
    """What a price model is given."""

    def __init__(self, security: Any, slice: Any, contract: Any) -> None:  # noqa: A002  LEAN's name
        self.security, self.slice, self.contract = security, slice, contract


class OptionPriceModelResult(LeanObject):
    """`OptionPriceModelResult(theoretical_price, [implied_volatility,] greeks)`; functions are asked when needed."""

    NONE: "OptionPriceModelResult"

    def __init__(self, theoretical_price: Any = 0.0, *rest: Any) -> None:
        volatility, greeks = rest if len(rest) == 2 else (0.0, *rest) if rest else (0.0, Greeks())
        self._given: dict[str, Any] = {"price": theoretical_price, "volatility": volatility, "greeks": greeks}

    def _ask(self, name: str) -> Any:
        found = self._given[name]
        if callable(found):
            found = self._given[name] = found()
        return found

    @property
    def theoretical_price(self) -> float:
        """Theoretical price."""
        return float(self._ask("price"))

    @theoretical_price.setter
    def theoretical_price(self, value: float) -> None:
        """Give it, so that it is not computed."""
        self._given["price"] = value

    @property
    def implied_volatility(self) -> float:
        """Implied volatility."""
        return float(self._ask("volatility"))

    @implied_volatility.setter
    def implied_volatility(self, value: float) -> None:
        """Give it, so that it is not computed."""
        self._given["volatility"] = value

    @property
    def greeks(self) -> Greeks:
        """Greeks."""
        found: Greeks = self._ask("greeks")
        return found

    @greeks.setter
    def greeks(self, value: Greeks) -> None:
        """Give them, so that they are not computed."""
        self._given["greeks"] = value


OptionPriceModelResult.NONE = OptionPriceModelResult()


class OptionPriceModel(Protocol):
    """What `option.price_model` may be; algorithms write their own."""

    def evaluate(self, parameters: OptionPriceModelParameters) -> OptionPriceModelResult:
        """Price a contract."""
        ...


class CurrentPriceOptionPriceModel(LeanObject):
    """The security's price, without volatility and Greeks."""

    def evaluate(self, parameters: OptionPriceModelParameters) -> OptionPriceModelResult:
        """See OptionPriceModel."""
        return OptionPriceModelResult(parameters.security.price, 0.0, Greeks())


class IndicatorBasedOptionPriceModel(LeanObject):
    """LEAN's default model: what the option indicators give at the current prices."""

    def __init__(
        self,
        option_model: Any = None,
        iv_model: Any = None,
        dividend_yield_model: Any = None,
        risk_free_interest_rate_model: Any = None,
        use_mirror_contract: bool = True,
        security_provider: Any = None,  # noqa: ARG002  the run's securities are the ones there are
    ) -> None:
        self.option_model = None if option_model is None else OptionPricingModelType(option_model)
        self.iv_model = None if iv_model is None else OptionPricingModelType(iv_model)
        self.dividends, self.rates = dividend_yield_model, risk_free_interest_rate_model
        self.use_mirror_contract = use_mirror_contract

    def evaluate(self, parameters: OptionPriceModelParameters) -> OptionPriceModelResult:
        """See OptionPriceModel."""
        from lean_local.engine.backtest import current_run  # noqa: PLC0415  breaks an import cycle

        found = current_run().price_model.price_symbol(parameters.contract.symbol, self)
        return OptionPriceModelResult(found.theoretical_price, found.implied_volatility, found.greeks)
