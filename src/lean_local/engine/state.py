"""What the parts of a run share: clock, account, securities, and the way back to the algorithm."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from lean_local.engine.clock import Clock
from lean_local.enums import AccountType
from lean_local.orders.views import MarketOnCloseOrder
from lean_local.results.trades import TradeBuilder
from lean_local.securities.brokerage import DefaultBrokerageModel
from lean_local.securities.initializers import InitializerChain
from lean_local.securities.manager import SecurityManager
from lean_local.securities.margin import MarginCalculator
from lean_local.securities.portfolio import SecurityPortfolioManager


def _nothing(*_: Any) -> None:
    """Default sink."""


@dataclass(slots=True)
class RunState:
    """Shared state of one run. The callables reach the algorithm and the results."""

    clock: Clock = field(default_factory=Clock)
    securities: SecurityManager = field(default_factory=SecurityManager)
    brokerage: DefaultBrokerageModel = field(default_factory=lambda: DefaultBrokerageModel(AccountType.MARGIN))
    initializers: InitializerChain = field(default_factory=InitializerChain)
    warming_up: bool = False
    locked: bool = False  # initialize has returned
    stop_reason: str | None = None  # set by quit
    on_order_event: Callable[[Any], None] = _nothing
    on_assignment_order_event: Callable[[Any], None] = _nothing
    error: Callable[[str], None] = _nothing
    debug: Callable[[str], None] = _nothing
    collector: Any = None  # lean_local.results.ResultCollector
    trades: TradeBuilder = field(default_factory=TradeBuilder)
    portfolio: SecurityPortfolioManager = field(init=False)

    _warned: set[str] = field(default_factory=set)

    @property
    def market_on_close_buffer(self) -> timedelta:
        """How long before the close it is too late for a market-on-close order."""
        return MarketOnCloseOrder.submission_time_buffer

    def warn_once(self, text: str, *, error: bool = False) -> None:
        """A debug or error line, the first time only."""
        if text not in self._warned:
            self._warned.add(text)
            (self.error if error else self.debug)(text)

    def __post_init__(self) -> None:
        MarketOnCloseOrder.submission_time_buffer = MarketOnCloseOrder.DEFAULT_SUBMISSION_TIME_BUFFER
        self.portfolio = SecurityPortfolioManager(self.securities)
        self.portfolio.margin = MarginCalculator(self.portfolio)
