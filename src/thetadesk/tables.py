"""Tables as data: the terminal, the HTML report and the notebook all show these rows.

Cells are text that is ready to show; the unit of a column stands in its heading. A figure that is not defined is "–".
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from thetatrace.trace import STAGES, DecisionKind, ReasonCount, StageSummary, Trace, count_reasons, summarise_stages

NONE = "–"
COMPUTE_CLOCK = "monotonic"
TARGET_MS = {info.label: info.target_ms for info in STAGES}


@dataclass(frozen=True, slots=True)
class Column:
    """Heading of one column. Numbers stand to the right, words to the left."""

    title: str
    unit: str = ""
    right: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is ready to be drawn. `mark` holds a row's state ("good", "bad", "quiet") or "" per row."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    mark: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunCost:
    """What a run cost: wall seconds, data points, and counters of the algorithm (cache hits and the like)."""

    wall_seconds: float
    data_points: int
    counters: Mapping[str, int]

    @property
    def data_points_per_second(self) -> float:
        """Throughput of the run; NaN when no time passed."""
        return self.data_points / self.wall_seconds if self.wall_seconds > 0 else math.nan


def number(value: float, digits: int = 1) -> str:
    """Write a number with thousands separators; large ones lose the decimals. NaN becomes "–"."""
    if math.isnan(value):
        return NONE
    return f"{value:,.{digits if abs(value) < 1000 else 0}f}"


def percent(fraction: float, digits: int = 1) -> str:
    """Write a fraction (0…1) in percent, without the sign of the unit. NaN becomes "–"."""
    return NONE if math.isnan(fraction) else f"{fraction * 100:.{digits}f}"


def duration_ms(value_ms: float) -> str:
    """Write milliseconds in the unit that reads best: "2 ms", "1.5 s", "3 min"."""
    if value_ms >= 60_000:
        return f"{value_ms / 60_000:g} min"
    return f"{value_ms / 1000:g} s" if value_ms >= 1000 else f"{value_ms:g} ms"


def statistics_table(statistics: Mapping[str, str]) -> Table:
    """Show LEAN's statistics, in LEAN's order and text."""
    rows = tuple((name, text or NONE) for name, text in statistics.items())
    return Table("LEAN statistics", (Column("statistic", right=False), Column("value")), rows)


def stage_table(trace: Trace) -> Table:
    """Latency of the compute stages and the unattributed rest, with the p99 target and whether it was met."""
    rows, marks = [], []
    for row in summarise_stages(trace):
        if row.clock != COMPUTE_CLOCK:
            continue
        target_ms = TARGET_MS.get(row.stage)
        met = target_ms is None or math.isnan(row.p99) or row.p99 <= target_ms * 1000
        verdict = NONE if target_ms is None or row.count == 0 else ("met" if met else "missed")
        figures = (number(row.p50), number(row.p95), number(row.p99), number(row.max), percent(row.share))
        target = NONE if target_ms is None else f"≤ {duration_ms(target_ms)}"
        rows.append((row.stage, f"{row.count:,}", *figures, target, verdict))
        marks.append("" if met else "bad")
    columns = (
        Column("stage", right=False), Column("count"), Column("p50", "µs"), Column("p95", "µs"), Column("p99", "µs"),
        Column("max", "µs"), Column("share", "%"), Column("target p99"), Column("verdict", right=False),
    )  # fmt: skip
    note = "Self time of each stage on the monotonic clock; shares are of all decisions' time and sum to 100 %."
    return Table("Stage latency (compute)", columns, tuple(rows), note, tuple(marks))


def decision_table(trace: Trace) -> Table:
    """Whole decisions by kind: what one costs from its first stage to its last, unattributed time included."""
    total_us = trace.total_ns / 1e3
    rows = []
    for kind in DecisionKind:
        chosen = total_us[trace.decisions["kind"] == int(kind)]
        if len(chosen):
            p50, p95, p99 = np.percentile(chosen, (50, 95, 99)).tolist()
            figures = (number(p50), number(p95), number(p99), number(float(chosen.max())))
            rows.append((kind.name.lower(), f"{len(chosen):,}", *figures, percent(chosen.sum() / total_us.sum())))
    columns = (
        Column("decision", right=False), Column("count"), Column("p50", "µs"), Column("p95", "µs"), Column("p99", "µs"),
        Column("max", "µs"), Column("share", "%"),
    )  # fmt: skip
    note = "entry: a strategy was due; manage: a position was looked after; observe: market state kept up to date."
    return Table("Decision latency", columns, tuple(rows), note)


def market_table(trace: Trace) -> Table:
    """How long the market took (ack, fill), on the clock each row names; never mixed with compute time."""
    rows = tuple(
        (row.stage, row.clock, f"{row.count:,}", *(number(v, 0) for v in (row.p50, row.p95, row.p99, row.max)))
        for row in summarise_stages(trace)
        if row.clock != COMPUTE_CLOCK
    )
    columns = (
        Column("stage", right=False), Column("clock", right=False), Column("count"), Column("p50", "ms"),
        Column("p95", "ms"), Column("p99", "ms"), Column("max", "ms"),
    )  # fmt: skip
    note = "simulated: the engine's time in a backtest, which says nothing about a broker; wall: real time, live only."
    return Table("Market stages", columns, rows, note)


def reason_table(trace: Trace) -> Table:
    """Decisions taken, refused and held, per strategy and reason code."""
    counts = count_reasons(trace)
    rows = tuple((row.group, row.strategy or NONE, row.reason, row.text, f"{row.count:,}") for row in counts)
    marks = tuple({"taken": "good", "refused": "bad"}.get(row.group, "quiet") for row in counts)
    columns = (
        Column("outcome", right=False), Column("strategy", right=False), Column("reason", right=False),
        Column("meaning", right=False), Column("decisions"),
    )  # fmt: skip
    return Table("Decisions by reason", columns, rows, "", marks)


def cost_text(cost: RunCost) -> str:
    """Say what the run cost: wall time, throughput and the algorithm's own counters."""
    speed = number(cost.data_points_per_second, 0)
    counters = ", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in cost.counters.items())
    run = f"Cost: {cost.wall_seconds:,.2f} s wall time, {cost.data_points:,} data points, {speed} data points/s."
    return run + (f"\nCounters: {counters}." if counters else "")


def stages_as_data(trace: Trace) -> list[dict[str, object]]:
    """Return the stage rows for `--json`; undefined figures are None, `target_p99_ms` is None where none is set."""
    return [{**_stage_fields(row), "target_p99_ms": TARGET_MS.get(row.stage)} for row in summarise_stages(trace)]


def _stage_fields(row: StageSummary) -> dict[str, object]:
    names = ("p50", "p95", "p99", "max", "share")
    figures = {name: finite(getattr(row, name)) for name in names}
    return {"stage": row.stage, "clock": row.clock, "unit": row.unit, "count": row.count, **figures}


def reasons_as_data(rows: Iterable[ReasonCount]) -> list[dict[str, object]]:
    """Return the reason rows for `--json`."""
    return [
        {"strategy": r.strategy, "outcome": r.group, "reason": r.reason, "text": r.text, "count": r.count} for r in rows
    ]


def finite(value: float) -> float | None:
    """Return None for NaN and infinities: JSON has neither."""
    return value if math.isfinite(value) else None
