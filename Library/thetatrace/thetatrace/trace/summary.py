"""Tables of a trace: latency per stage and decisions per reason. Undefined figures are NaN, never 0."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from thetatrace.reasons import ReasonGroup, reason_group, reason_of
from thetatrace.trace.codec import Trace
from thetatrace.trace.recorder import ABSENT
from thetatrace.trace.stages import COMPUTE_STAGES, MARKET_STAGES, UNATTRIBUTED, DecisionKind


@dataclass(frozen=True, slots=True)
class StageSummary:
    """Latency of one stage. Compute stages are in microseconds of monotonic time, market stages in ms on `clock`."""

    stage: str
    clock: str  # "monotonic", "simulated" or "wall"
    unit: str  # "us" or "ms"
    count: int
    p50: float
    p95: float
    p99: float
    max: float
    share: float  # of all decisions' time, 0…1; NaN for market stages


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How often a strategy's decisions ended for one reason."""

    strategy: str
    group: str  # "taken", "refused" or "held"
    reason: str
    text: str
    count: int


def _percentiles(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> tuple[float, float, float, float]:
    if len(values) == 0:
        nan = float("nan")
        return nan, nan, nan, nan
    p50, p95, p99 = np.percentile(values, (50, 95, 99))
    return float(p50), float(p95), float(p99), float(values.max())


def summarise_stages(trace: Trace, kinds: Collection[DecisionKind] | None = None) -> list[StageSummary]:
    """Per stage, in stage order: count, percentiles and share; then the unattributed rest; then the market stages.

    :param kinds: only decisions of these kinds; None takes all
    """
    chosen = np.ones(len(trace), dtype=bool)
    if kinds is not None:
        chosen = np.isin(trace.decisions["kind"], [int(kind) for kind in kinds])
    total_ns = float(trace.total_ns[chosen].sum())
    rows = []
    for label in [*(info.label for info in COMPUTE_STAGES), UNATTRIBUTED]:
        column = trace.decisions[f"{label}_ns"][chosen]
        taken = column[column != ABSENT].astype(np.float64)
        share = float(taken.sum()) / total_ns if total_ns > 0 else float("nan")
        rows.append(StageSummary(label, "monotonic", "us", len(taken), *_percentiles(taken / 1e3), share))
    for info in MARKET_STAGES:
        for clock, flag in (("simulated", 0), ("wall", 1)):
            mask = (trace.market["stage"] == int(info.stage)) & (trace.market["wall_clock"] == flag)
            if mask.any():
                duration_ms = trace.market["duration_ms"][mask].astype(np.float64)
                rows.append(
                    StageSummary(info.label, clock, "ms", int(mask.sum()), *_percentiles(duration_ms), float("nan"))
                )
    return rows


def unattributed_share(trace: Trace) -> float:
    """Share of all decisions' time that no stage claims, 0…1; NaN for an empty trace."""
    total_ns = float(trace.total_ns.sum())
    return float(trace.decisions[f"{UNATTRIBUTED}_ns"].sum()) / total_ns if total_ns > 0 else float("nan")


def count_reasons(trace: Trace) -> list[ReasonCount]:
    """Entry and management decisions per strategy and reason, most frequent first within taken, refused, held."""
    due = trace.decisions["kind"] != int(DecisionKind.OBSERVE)
    pairs = np.stack([trace.decisions["strategy"][due], trace.decisions["reason"][due]], axis=1)
    rows = []
    if len(pairs):
        found, counts = np.unique(pairs, axis=0, return_counts=True)
        for (strategy, code), count in zip(found.tolist(), counts.tolist(), strict=True):
            reason = reason_of(code)
            name = trace.strategies[strategy] if strategy >= 0 else ""
            rows.append(ReasonCount(name, reason_group(reason).value, reason.name, reason.text, count))
    order = [group.value for group in ReasonGroup]
    return sorted(rows, key=lambda row: (row.strategy, order.index(row.group), -row.count, row.reason))
