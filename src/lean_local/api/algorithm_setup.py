"""What is done to new securities: brokerage models, initializers (semantics §6.1)."""

from typing import Any

from lean_local.api.trade_builder import TradeBuilder
from lean_local.engine.state import RunState
from lean_local.enums import AccountType, BrokerageName
from lean_local.naming import LeanObject
from lean_local.securities.brokerage import DefaultBrokerageModel
from lean_local.securities.brokerages_crypto import brokerage_model
from lean_local.securities.initializers import BrokerageModelSecurityInitializer, give_models

_LATE = " cannot be called after algorithm initialization. When you use the SetSecurityInitializer() method it will "
_LATE += "apply to all universes and manually added securities."


class SetupMethods(LeanObject):
    """Mixed into QCAlgorithm."""

    _run: Any
    _state: RunState
    debug: Any

    @property
    def brokerage_model(self) -> DefaultBrokerageModel:
        """The brokerage model."""
        return self._state.brokerage

    @property
    def brokerage_name(self) -> BrokerageName:
        """Name of the brokerage model."""
        return self._state.brokerage.name

    @property
    def account_type(self) -> AccountType:
        """Margin or cash."""
        return self._state.brokerage.account_type

    def set_brokerage_model(self, model: Any, account_type: Any = AccountType.MARGIN) -> None:
        """Set the brokerage model by name or with a model object; securities already added get its models.

        Once an initializer was set, the models are its business.
        """
        named = isinstance(model, int)
        if not named and not isinstance(model, DefaultBrokerageModel):
            raise TypeError(f"A brokerage model derives from DefaultBrokerageModel; {type(model).__name__} does not.")
        self._state.brokerage = brokerage_model(BrokerageName(model), AccountType(account_type)) if named else model
        initializers = self._state.initializers
        if initializers.is_replaced:
            return
        if initializers:
            self.debug(
                "Warning: SetBrokerageModel(): a custom security initializer has been added. Please call "
                "SetBrokerageModel() before calling AddSecurityInitializer()."
            )
        for security in self._state.securities.made():
            leverage = security.leverage_exact
            give_models(self._state.brokerage, security)
            initializers.run(security)
            security.models.margin.set_leverage_exact(security, leverage)

    @property
    def trade_builder(self) -> TradeBuilder:
        """What makes trades of fills."""
        return TradeBuilder.of(self._state.trades)

    def set_trade_builder(self, trade_builder: TradeBuilder) -> None:
        """Make trades of the fills from now on in another way."""
        self._state.trades = self._state.collector.trades = trade_builder.core

    @property
    def security_initializer(self) -> BrokerageModelSecurityInitializer:
        """What gives new securities the models of the brokerage."""
        return BrokerageModelSecurityInitializer(self._state.brokerage)

    def set_security_initializer(self, initializer: Any) -> None:
        """Set what is done to every new security, in the place of the brokerage's models: a function or an object with
        `initialize`."""
        self._refuse_late("SetSecurityInitializer()")
        if self._state.initializers.is_replaced:
            self.debug(
                "Warning: SetSecurityInitializer() has already been called, existing security initializers in all "
                "universes will be overwritten."
            )
        self._state.initializers.set(initializer)

    def add_security_initializer(self, initializer: Any) -> None:
        """Add to what is done to every new security."""
        self._refuse_late("AddSecurityInitializer()")
        self._state.initializers.add(initializer)

    def _refuse_late(self, name: str) -> None:
        if self._state.locked:
            raise RuntimeError(name + _LATE)
