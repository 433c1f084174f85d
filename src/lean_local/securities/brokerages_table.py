"""Brokers that differ from LEAN's default by tables: what they trade, which orders they take, what they charge."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from lean_local.enums import AccountType, Market, OrderType, SecurityType
from lean_local.securities.benchmarks import FuncBenchmark, SecurityBenchmark
from lean_local.securities.brokerage import (
    DEFAULT_MARKETS,
    TAKEN,
    Answer,
    DefaultBrokerageModel,
    minimum_size_problem,
    refused,
)
from lean_local.securities.fees import FeeModel
from lean_local.securities.security import Security

T, S = OrderType, SecurityType
_FOUR = (T.MARKET, T.LIMIT, T.STOP_MARKET, T.STOP_LIMIT)
_NO_UPDATE = "Brokerage does not support update. You must cancel and re-create instead."
_MARGIN_ONLY = "{0} brokerage can only be used with a Margin account type"


class TableBrokerageModel(DefaultBrokerageModel):
    """A broker told by its class attributes."""

    fee: Callable[[], FeeModel] | None = None
    by_type: ClassVar[Mapping[SecurityType, tuple[OrderType, ...]]] = {}  # order types by security type
    lives: ClassVar[tuple[str, ...]] = ()  # times in force that are taken; empty = all
    whole = False  # quantities are whole numbers
    sized = False  # the minimum size of the symbol-properties database is kept
    changes = True  # orders may be changed
    margin_only = ""  # the broker's name where cash accounts are refused
    benchmark: tuple[str, SecurityType, str] | None = ("SPY", S.EQUITY, Market.USA)
    markets: ClassVar[Mapping[SecurityType, str]] = {}  # other markets than the default
    only_markets = False  # whether there are no markets but those

    def __init__(self, account_type: AccountType = AccountType.MARGIN) -> None:
        if self.margin_only and AccountType(account_type) == AccountType.CASH:
            raise ValueError(_MARGIN_ONLY.format(self.margin_only))
        super().__init__(account_type)
        self.default_markets = {**({} if self.only_markets else DEFAULT_MARKETS), **self.markets}

    def get_benchmark(self, securities: Any) -> Any:  # noqa: ARG002
        """What the strategy is compared with when the algorithm sets nothing."""
        return FuncBenchmark(lambda _time: 0) if self.benchmark is None else SecurityBenchmark(*self.benchmark)

    def get_fee_model(self, security: Security) -> FeeModel:
        """The broker's fees."""
        return super().get_fee_model(security) if self.fee is None else type(self).fee()  # type: ignore[misc]

    def can_submit_order(self, security: Security, order: Any, message: Any = None) -> Any:
        """See DefaultBrokerageModel; sizes, types, orders, times in force and what is special, in LEAN's order."""
        if self.sized:
            problem = minimum_size_problem(security, order.record.quantity)
            if problem is not None:
                return problem
        if self.by_type:
            known = self.by_type.get(security.type)
            if known is None:
                return self.refused_type(security.type)
            if order.type not in known:
                return self.refused_order(order.type, known)
        answer = super().can_submit_order(security, order, message)
        if not answer[0]:
            return answer
        life = order.record.properties.time_in_force
        if self.lives and life.kind not in self.lives:
            return refused(f"The {type(self).__name__} does not support {type(life).__name__} time in force.")
        if self.whole and order.record.quantity % 1:
            return refused(f"Order Quantity must be Integer, but provided {abs(order.record.quantity):f}.")
        return self.special(security, order) or TAKEN

    def special(self, security: Security, order: Any) -> Answer | None:  # noqa: ARG002
        """What else the broker refuses."""
        return None

    def can_update_order(self, security: Security, order: Any, request: Any, message: Any = None) -> Any:  # noqa: ARG002
        """Whether orders are changed."""
        return TAKEN if self.changes else refused(_NO_UPDATE, "0")


def outside_hours(order: Any) -> bool:
    """Whether an order may trade outside regular hours."""
    return bool(getattr(order.record.properties, "outside_regular_trading_hours", False))


def crossing_problem(
    model: DefaultBrokerageModel, security: Security, order: Any, kinds: tuple[OrderType, ...]
) -> Answer | None:
    """Refusal of an order of some types that turns a position around."""
    held, quantity = security.holdings.quantity_exact, order.record.quantity
    if order.type not in kinds or not (held * quantity < 0 and held * (held + quantity) < 0):
        return None
    return refused(
        f"Order type '{order.type.csharp_name}' is not supported for orders that cross the zero holdings threshold in "
        f"the {type(model).__name__}. This means you cannot change a position from positive to negative or vice versa "
        "using this order type. Please close the existing position first."
    )
