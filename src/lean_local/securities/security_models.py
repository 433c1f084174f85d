"""The models of a security, and the members of `Security` that read and replace them (semantics §6.1)."""

from dataclasses import dataclass
from typing import Any

from lean_local.naming import LeanObject
from lean_local.securities.cache import decimal_of


@dataclass(slots=True)
class Models:
    """The models of a security (semantics §6.1); set by the brokerage model, replaceable by the algorithm."""

    fee: Any
    fill: Any
    slippage: Any
    settlement: Any
    margin: Any
    interest: Any = None
    shortable: Any = None
    volatility: Any = None


class SecurityModels(LeanObject):
    """Mixed into Security."""

    models: Models
    extended_market_hours: bool
    fill_forward: bool

    @property
    def fee_model(self) -> Any:
        """Fee model."""
        return self.models.fee

    @fee_model.setter
    def fee_model(self, model: Any) -> None:
        self.set_fee_model(model)

    @property
    def fill_model(self) -> Any:
        """Fill model."""
        return self.models.fill

    @property
    def slippage_model(self) -> Any:
        """Slippage model."""
        return self.models.slippage

    @property
    def settlement_model(self) -> Any:
        """Settlement model."""
        return self.models.settlement

    @property
    def buying_power_model(self) -> Any:
        """Buying power model."""
        return self.models.margin

    @property
    def margin_model(self) -> Any:
        """Same as `buying_power_model`."""
        return self.models.margin

    def set_fee_model(self, model: Any) -> None:
        """Replace the fee model; a Python class with `get_order_fee` works."""
        from lean_local.securities.fees import adapt_fee_model  # noqa: PLC0415  breaks an import cycle

        self.models.fee = adapt_fee_model(model)

    def set_fill_model(self, model: Any) -> None:
        """Replace the fill model."""
        from lean_local.securities.fill_models import adapt_fill_model  # noqa: PLC0415  breaks an import cycle

        stale = self.models.fill.stale_ms
        self.models.fill = adapt_fill_model(model)
        self.models.fill.stale_ms = stale

    def set_slippage_model(self, model: Any) -> None:
        """Replace the slippage model; needs `get_slippage_approximation(asset, order)`."""
        from lean_local.securities.slippage import NullSlippageModel  # noqa: PLC0415  breaks an import cycle

        self.models.slippage = NullSlippageModel.INSTANCE if model is None else model

    @property
    def margin_interest_rate_model(self) -> Any:
        """Margin interest model."""
        return self.models.interest

    @margin_interest_rate_model.setter
    def margin_interest_rate_model(self, model: Any) -> None:
        self.models.interest = model

    @property
    def subscriptions(self) -> Any:
        """How the security's data are subscribed."""
        from lean_local.api.subscription_configs import SubscriptionConfigs  # noqa: PLC0415  breaks an import cycle
        from lean_local.engine.backtest import current_run  # noqa: PLC0415

        return SubscriptionConfigs(current_run()).of(self)

    @property
    def volatility_model(self) -> Any:
        """Volatility model; none sees data unless one is set."""
        from lean_local.securities.volatility import VolatilityModel  # noqa: PLC0415  breaks an import cycle

        return VolatilityModel.NULL if self.models.volatility is None else self.models.volatility

    @volatility_model.setter
    def volatility_model(self, model: Any) -> None:
        self.models.volatility = model

    def set_volatility_model(self, model: Any) -> None:
        """Replace the volatility model; needs `update(security, data)` and `volatility`."""
        self.models.volatility = model

    @property
    def subscription_data_config(self) -> Any:
        """The first subscription of the security."""
        from lean_local.api.subscription_configs import SubscriptionConfigs  # noqa: PLC0415  breaks an import cycle
        from lean_local.engine.backtest import current_run  # noqa: PLC0415  breaks an import cycle

        return SubscriptionConfigs(current_run()).of(self)[0]

    @property
    def is_extended_market_hours(self) -> bool:
        """Whether the data reach beyond regular hours."""
        return bool(self.extended_market_hours)

    @property
    def is_fill_data_forward(self) -> bool:
        """Whether gaps in the data are filled."""
        return bool(self.fill_forward)

    @property
    def shortable_provider(self) -> Any:
        """Who says how many shares can be borrowed."""
        return self.models.shortable

    def set_buying_power_model(self, model: Any) -> None:
        """Replace the buying power model."""
        from lean_local.securities.python_models import adapt_buying_power_model  # noqa: PLC0415  breaks an import cycle

        self.models.margin = adapt_buying_power_model(model)

    def set_margin_model(self, model: Any) -> None:
        """Same as `set_buying_power_model`."""
        self.set_buying_power_model(model)

    def set_settlement_model(self, model: Any) -> None:
        """Replace the settlement model."""
        from lean_local.securities.settlement import adapt_settlement_model  # noqa: PLC0415  breaks an import cycle

        self.models.settlement = adapt_settlement_model(model)

    def set_margin_interest_rate_model(self, model: Any) -> None:
        """Replace the margin interest model; needs `apply_margin_interest_rate(parameters)`."""
        self.models.interest = model

    def set_shortable_provider(self, provider: Any) -> None:
        """Replace the shortable provider."""
        self.models.shortable = provider

    def set_leverage(self, leverage: float) -> None:
        """Change the leverage."""
        self.models.margin.set_leverage_exact(self, decimal_of(leverage))
