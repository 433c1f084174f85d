"""What becomes of orders whose margin or fill model fails: LEAN goes on.

Facts: LEAN `BrokerageTransactionHandler.HasSufficientBuyingPowerForOrders`, `BacktestingBrokerage.Scan`.
"""

from collections.abc import Callable, Sequence

from lean_local.engine.guard import EngineGuard, own_text
from lean_local.engine.state import RunState
from lean_local.enums import OrderStatus
from lean_local.errors import AlgorithmError, NotInLeanLocalError
from lean_local.orders.order_requests import OrderResponse
from lean_local.orders.records import OrderRecord
from lean_local.orders.requests import Code
from lean_local.orders.ticket import OrderTicket
from lean_local.securities.cash import ConversionRateError
from lean_local.securities.fills import Fill
from lean_local.securities.security import Security

Pair = tuple[Security, OrderRecord]
MARGIN = "Error executing margin models"


class ModelErrors:
    """Part of the order processor: asks models, and says what failed."""

    state: RunState
    tickets: dict[int, OrderTicket]
    pending: dict[int, OrderRecord]
    _emit: Callable[..., None]
    _models = EngineGuard()

    def _margin_problem(self, pairs: list[Pair]) -> tuple[bool, str]:
        """Whether the account can carry the orders, and why not. Raises ModelError for a model that fails."""
        records = [record for _, record in pairs]
        if len({r.symbol for r in records}) < len(records):
            twice = records[-1].symbol
            raise ModelError(f"An item with the same key has already been added. Key: {twice}")
        try:
            with self._models:
                verdict = self.state.portfolio.margin.check(pairs)
        except ConversionRateError as error:
            raise ModelError(str(error)) from error
        except AlgorithmError as error:
            raise _failure(error) from error
        return verdict.ok, verdict.reason

    def _margin_fails(self, records: Sequence[OrderRecord], problem: str) -> None:
        """At submission the orders stay New."""
        last = records[-1]
        self.state.error(f"Order Error: id: {last.id}, {MARGIN}: {problem}")
        self.tickets[last.id].submit_request.response = OrderResponse(
            last.id, Code.PROCESSING_ERROR, "An error occurred while checking sufficient buying power for the orders."
        )
        self._emit(last, OrderStatus.NEW, message=MARGIN)

    def _margin_fails_in_scan(self, records: Sequence[OrderRecord], problem: str) -> None:
        """Before a fill the orders become invalid."""
        for record in records:
            self.pending.pop(record.id, None)
        for record in records:
            self._emit(record, OrderStatus.INVALID, message=problem)
        ids = ",".join(str(r.id) for r in records)
        self.state.error(f"Order Error: ids: [{ids}], {MARGIN}: {problem}")

    def _fills_of(self, ask: Callable[[], list[Fill] | None], first: OrderRecord) -> list[Fill] | None:
        """The model's fills; a model that fails fills nothing, and is asked again at the next scan."""
        try:
            with self._models:
                return ask()
        except AlgorithmError as error:
            self.state.error(
                f"Order Error: id: {first.id}, Transaction model failed to fill for order type: "
                f"{first.type.csharp_name} with error: {_failure(error)}"
            )
            return None


class ModelError(Exception):
    """A margin model failed; the text is what it said."""


def _failure(error: AlgorithmError) -> ModelError:
    """What an algorithm's model raised; a member that lean_local lacks ends the run all the same."""
    if isinstance(error.__cause__, NotInLeanLocalError):
        raise error
    return ModelError(own_text(error))
