"""Records decisions: eight self-times, the rest, the reason, and what the market did with the orders."""

from array import array
from collections.abc import Callable, Sequence
from types import TracebackType

from thetatrace.trace.clock import monotonic_ns
from thetatrace.trace.stages import COMPUTE_STAGES, DecisionKind, Stage

STAGE_COUNT = len(COMPUTE_STAGES)
REST = STAGE_COUNT  # slot of the time that no stage claims
# time, kind, strategy, reason, vix in cents, regime, spot in cents, the stages' and the rest's nanoseconds
COLUMNS_BEFORE_STAGES = 7
ROW_WIDTH = COLUMNS_BEFORE_STAGES + STAGE_COUNT + 1
MARKET_ROW_WIDTH = 5  # decision row, order id, stage, duration in ms, clock
ABSENT = -1


class _Span:
    """Context manager of one stage. Entering stops the outer stage's clock, leaving starts it again: self-times."""

    __slots__ = ("_slot", "_tracer")

    def __init__(self, tracer: "DecisionTracer", slot: int) -> None:
        self._tracer = tracer
        self._slot = slot

    def __enter__(self) -> None:
        tracer = self._tracer
        now = tracer.clock()
        tracer.elapsed[tracer.current] += now - tracer.mark
        tracer.mark = now
        tracer.outer.append(tracer.current)
        tracer.current = self._slot
        tracer.touched[self._slot] = 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tracer = self._tracer
        now = tracer.clock()
        tracer.elapsed[tracer.current] += now - tracer.mark
        tracer.mark = now
        tracer.current = tracer.outer.pop()


class DecisionTracer:
    """Times the stages of one decision after another. Never switched off, no I/O, no locks.

    Use `begin`, then `stage(Stage.DATA)`, `stage(Stage.REGIME)`, … as the work moves on, then `end`. Work nested inside
    a stage has its own span: `with tracer.spans[Stage.GREEKS]: …`. Every stage gets its *self* time, so the stages and
    the unattributed rest (what `stage(None)` and the edges leave) sum to the decision's total exactly.

    :param strategies: names; a decision refers to one by position
    :param capacity: decisions kept; when full, the older half is dropped and counted in `dropped`
    :param clock: monotonic nanoseconds
    """

    __slots__ = (
        "_capacity", "_when_utc_ms", "active", "clock", "current", "dropped", "elapsed", "mark", "market_rows", "outer",
        "rows", "spans", "strategies", "touched",
    )  # fmt: skip

    def __init__(
        self, strategies: Sequence[str], *, capacity: int = 500_000, clock: Callable[[], int] = monotonic_ns
    ) -> None:
        if capacity < 2:
            raise ValueError(f"capacity was {capacity}; at least 2 decisions must fit")
        self.strategies = tuple(strategies)
        self.clock = clock
        self.spans = tuple(_Span(self, slot) for slot in range(STAGE_COUNT))
        self.rows = array("q")
        self.market_rows = array("q")
        self.dropped = 0
        self.active = False
        self.elapsed = [0] * (STAGE_COUNT + 1)
        self.touched = [0] * STAGE_COUNT
        self.outer: list[int] = []
        self.current = REST
        self.mark = 0
        self._capacity = capacity
        self._when_utc_ms = 0

    @property
    def decision(self) -> int:
        """Number of the running (or next) decision, counted from the start of the run."""
        return self.dropped + len(self.rows) // ROW_WIDTH

    def begin(self, when_utc_ms: int) -> None:
        """Start a decision at engine time `when_utc_ms`.

        :raises RuntimeError: if a decision is still running
        """
        if self.active:
            raise RuntimeError("a decision is already running; end it first")
        self.active = True
        self._when_utc_ms = when_utc_ms
        self.elapsed = [0] * (STAGE_COUNT + 1)
        self.touched = [0] * STAGE_COUNT
        self.outer.clear()
        self.current = REST
        self.mark = self.clock()

    def stage(self, stage: Stage | None) -> None:
        """Move on to the next stage: the running one stops at the same instant. None: no stage claims what follows."""
        now = self.clock()
        self.elapsed[self.current] += now - self.mark
        self.mark = now
        if stage is None:
            self.current = REST
        else:
            self.current = stage
            self.touched[stage] = 1

    def end(
        self, kind: DecisionKind, strategy: int, reason: int, *, vix: float | None, regime: int, spot: float | None
    ) -> None:
        """Close the decision and keep its row. `vix` and `spot` are prices or None; `strategy` −1 means none."""
        self.elapsed[self.current] += self.clock() - self.mark
        self.active = False
        elapsed, touched = self.elapsed, self.touched
        self.rows.extend(
            (
                self._when_utc_ms,
                kind,
                strategy,
                reason,
                ABSENT if vix is None else round(vix * 100),
                regime,
                ABSENT if spot is None else round(spot * 100),
                *[elapsed[i] if touched[i] else ABSENT for i in range(STAGE_COUNT)],
                elapsed[REST],
            )
        )
        if len(self.rows) > self._capacity * ROW_WIDTH:
            self._drop_older_half()

    def market(self, decision: int, order_id: int, stage: Stage, duration_ms: int, *, wall_clock: bool) -> None:
        """Keep how long the market took, on the named clock: wall time when live, simulated time in a backtest."""
        if stage < Stage.ACK:
            raise ValueError(f"{stage.name} is a compute stage; the market's are ACK and FILL")
        self.market_rows.extend((decision, order_id, stage, duration_ms, int(wall_clock)))

    def _drop_older_half(self) -> None:
        half = self._capacity // 2
        del self.rows[: half * ROW_WIDTH]
        self.dropped += half
        while self.market_rows and self.market_rows[0] < self.dropped:
            del self.market_rows[:MARKET_ROW_WIDTH]
