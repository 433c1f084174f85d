"""Security initializers and seeders: what is done to every new security.

LEAN `BrokerageModelSecurityInitializer.cs`, `CompositeSecurityInitializer.cs`, `FuncSecuritySeeder.cs`,
`QCAlgorithm.SetSecurityInitializer`.
"""

from collections.abc import Callable, Iterable
from typing import Any

from lean_local.enums import AccountType, SecurityType
from lean_local.identifiers import DEFAULT_DATE
from lean_local.naming import LeanObject
from lean_local.securities.brokerage import DefaultBrokerageModel, models_of
from lean_local.securities.crypto_margin import CashBuyingPowerModel
from lean_local.securities.fees import FeeModel, InteractiveBrokersFeeModel
from lean_local.securities.fees_crypto import BinanceCoinFuturesFeeModel, BinanceFuturesFeeModel, CoinbaseFeeModel
from lean_local.securities.interest import BinanceFutureMarginInterestRateModel
from lean_local.securities.models import method
from lean_local.securities.pairs import CryptoFuture
from lean_local.securities.security import Security

_IB_TOO = (SecurityType.INDEX_OPTION, SecurityType.FOREX)


class BuiltInModels(DefaultBrokerageModel):
    """The models a security is made with, before any initializer: those of LEAN's constructors."""

    def __init__(self) -> None:
        super().__init__(AccountType.MARGIN)

    def get_fee_model(self, security: Security) -> FeeModel:
        """Fee model of a security."""
        if security.type in _IB_TOO:
            return InteractiveBrokersFeeModel()
        if security.type == SecurityType.CRYPTO:
            return CoinbaseFeeModel()
        if isinstance(security, CryptoFuture):
            return BinanceCoinFuturesFeeModel() if security.is_crypto_coin_future() else BinanceFuturesFeeModel()
        return super().get_fee_model(security)

    def get_buying_power_model(self, security: Security) -> Any:
        """Buying power model of a security."""
        return (
            CashBuyingPowerModel() if security.type == SecurityType.CRYPTO else super().get_buying_power_model(security)
        )

    def get_margin_interest_rate_model(self, security: Security) -> Any:
        """Margin interest model of a security."""
        if security.type == SecurityType.CRYPTO_FUTURE and security.symbol.id.date == DEFAULT_DATE:
            return BinanceFutureMarginInterestRateModel()
        return super().get_margin_interest_rate_model(security)


class InitializerChain:
    """The algorithm's initializers, and whose models a new security gets before they run.

    An initializer that is set takes the place of the brokerage's: unless it asks the brokerage, its securities keep the
    models they are made with. Initializers that are added come after the brokerage's.
    """

    def __init__(self) -> None:
        self.is_replaced = False
        self._after: list[Callable[[Any], Any]] = []

    def __bool__(self) -> bool:
        return bool(self._after)

    def models_of(self, brokerage: Any) -> Any:
        """The brokerage model that equips new securities."""
        return BuiltInModels() if self.is_replaced else brokerage

    def set(self, initializer: Any) -> None:
        """Put an initializer in the place of all."""
        self.is_replaced, self._after = True, [_callable(initializer)]

    def add(self, initializer: Any) -> None:
        """Append an initializer."""
        self._after.append(_callable(initializer))

    def run(self, security: Any) -> None:
        """Run the algorithm's initializers on a security."""
        for initializer in self._after:
            initializer(security)


def _callable(initializer: Any) -> Callable[[Any], Any]:
    found: Callable[[Any], Any] = (
        getattr(initializer, "initialize", None) or getattr(initializer, "Initialize", None) or initializer
    )
    if not callable(found):
        raise TypeError(f"A security initializer is a function or has `initialize`; {type(found).__name__} has not.")
    return found


def give_models(brokerage: Any, security: Any) -> None:
    """Give a security the models of a brokerage; its volatility model is not one of them."""
    old = security.models
    security.models = models_of(brokerage, security)
    security.models.volatility, security.models.fill.stale_ms = old.volatility, old.fill.stale_ms


class FuncSecurityInitializer(LeanObject):
    """Calls a function."""

    def __init__(self, initializer: Callable[[Any], Any]) -> None:
        self._function = initializer

    def initialize(self, security: Any) -> None:
        """Initialize one security."""
        self._function(security)


class NullSecuritySeeder(LeanObject):
    """Seeds nothing."""

    def seed_security(self, security: Any) -> bool:  # noqa: ARG002
        """Nothing is done, and that is fine."""
        return True


class SecuritySeeder(LeanObject):
    """Holds the seeder that does nothing."""

    NULL = NullSecuritySeeder()


class FuncSecuritySeeder(LeanObject):
    """Seeds a security with the data point or points that a function returns for it."""

    def __init__(self, seed_function: Callable[[Any], Any]) -> None:
        self._function = seed_function

    def seed_security(self, security: Any) -> bool:
        """Seed one security; says whether there was data. Canonical securities are left alone."""
        if security.symbol.is_canonical():
            return True
        found = self._function(security)
        points = list(found) if isinstance(found, Iterable) else [] if found is None else [found]
        from lean_local.engine.backtest import current_run  # noqa: PLC0415  breaks an import cycle

        for point in points:
            current_run().last_known.show(security, point)
        return bool(points)


class BrokerageModelSecurityInitializer(LeanObject):
    """Gives a security the models of a brokerage, then seeds its price."""

    def __init__(self, brokerage_model: Any, security_seeder: Any = SecuritySeeder.NULL) -> None:
        self._brokerage, self._seeder = brokerage_model, security_seeder

    def initialize(self, security: Any) -> None:
        """Initialize one security."""
        give_models(self._brokerage, security)
        method(self._seeder, "seed_security")(security)


class CompositeSecurityInitializer(LeanObject):
    """Several initializers, in their order."""

    def __init__(self, *initializers: Any) -> None:
        self.initializers = list(initializers)

    def initialize(self, security: Any) -> None:
        """Initialize one security."""
        for initializer in self.initializers:
            _callable(initializer)(security)

    def add_security_initializer(self, initializer: Any) -> None:
        """Append an initializer."""
        self.initializers.append(initializer)
