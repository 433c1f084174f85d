"""What tracing costs: per stage, per decision, and in memory. Goal: at most 1 µs per stage.

The figure of a stage includes both clock reads, the bookkeeping and the loop that calls it; the peers do the least a
tracer could do (two clock reads) and what a generic one does (a generator context manager that appends a tuple).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from harness import median_ns, write_table
from thetatrace.reasons import Reason
from thetatrace.trace import COMPUTE_STAGES, DecisionKind, DecisionTracer, Stage


def main() -> None:
    tracer = DecisionTracer(["friday_0dte"], capacity=100_000)
    stages = [info.stage for info in COMPUTE_STAGES]

    def decision(count: int) -> None:
        tracer.begin(0)
        for stage in stages[:count]:
            tracer.stage(stage)
        tracer.end(DecisionKind.ENTRY, 0, Reason.ENTERED, vix=14.0, regime=1, spot=2800.0)

    span = tracer.spans[Stage.GREEKS]

    def nested() -> None:
        with span:
            pass

    kept: list[tuple[str, int]] = []

    @contextmanager
    def generic(name: str) -> Iterator[None]:
        start = time.perf_counter_ns()
        yield
        kept.append((name, time.perf_counter_ns() - start))

    def generic_span() -> None:
        with generic("greeks"):
            pass
        kept.clear()

    def two_reads() -> None:
        time.perf_counter_ns()
        time.perf_counter_ns()

    empty, full = median_ns(lambda: decision(0)), median_ns(lambda: decision(8))
    rows = [
        ["stage, sequential (`tracer.stage`)", f"{(full - empty) / 8:.0f}"],
        ["stage, nested (`with tracer.spans[…]`)", f"{median_ns(nested):.0f}"],
        ["decision without stages (begin, end, row kept)", f"{empty:.0f}"],
        ["decision with all eight stages", f"{full:.0f}"],
        ["peer: two clock reads, nothing kept", f"{median_ns(two_reads):.0f}"],
        ["peer: `@contextmanager` span appending a tuple", f"{median_ns(generic_span):.0f}"],
    ]
    write_table("trace", "Cost of stage tracing on the decision path.", ["what", "ns"], rows)


if __name__ == "__main__":
    main()
