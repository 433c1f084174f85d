"""The slowest decisions of a run, each with the time its stages took: a waterfall in text, rows for charts."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from thetatrace.reasons import reason_of
from thetatrace.trace import COMPUTE_STAGES, DecisionKind, Trace

UNATTRIBUTED = "unattributed"
SLOTS = (*(info.label for info in COMPUTE_STAGES), UNATTRIBUTED)
NEW_YORK = ZoneInfo("America/New_York")
BAR_WIDTH = 48


@dataclass(frozen=True, slots=True)
class SlowDecision:
    """One decision: when (New York time), what it was, how it ended, and its stages in microseconds of self time."""

    when: str
    kind: str
    strategy: str
    reason: str
    total_us: float
    stages_us: dict[str, float]  # only the stages the decision went through, in stage order, then the rest

    def as_data(self) -> dict[str, Any]:
        """Return the fields as a dictionary for JSON."""
        return asdict(self)


def slowest_decisions(trace: Trace, count: int) -> list[SlowDecision]:
    """Return the `count` slowest decisions, slowest first; equal ones in the order they were made."""
    order = np.argsort(-trace.total_ns, kind="stable")[:count]
    return [_decision(trace, int(row)) for row in order]


def _decision(trace: Trace, row: int) -> SlowDecision:
    columns = trace.decisions
    strategy = int(columns["strategy"][row])
    moment = datetime.fromtimestamp(int(columns["when_utc_ms"][row]) / 1000, UTC).astimezone(NEW_YORK)
    spent = {label: int(columns[f"{label}_ns"][row]) for label in SLOTS}
    return SlowDecision(
        when=moment.strftime("%Y-%m-%d %H:%M:%S"),
        kind=DecisionKind(int(columns["kind"][row])).name.lower(),
        strategy=trace.strategies[strategy] if strategy >= 0 else "",
        reason=reason_of(int(columns["reason"][row])).name,
        total_us=float(trace.total_ns[row]) / 1e3,
        stages_us={label: spent_ns / 1e3 for label, spent_ns in spent.items() if spent_ns >= 0},
    )


def waterfall_text(decision: SlowDecision) -> str:
    """Draw a decision as text: each stage's bar begins where the one before it ended."""
    who = f" {decision.strategy}" if decision.strategy else ""
    lines = [f"{decision.when} New York · {decision.kind}{who} · {decision.reason} · {decision.total_us:,.1f} µs"]
    begun_us = 0.0
    for label, spent_us in decision.stages_us.items():
        share = spent_us / decision.total_us if decision.total_us > 0 else 0.0
        left = round(begun_us / decision.total_us * BAR_WIDTH) if decision.total_us > 0 else 0
        width = max(round((begun_us + spent_us) / max(decision.total_us, 1e-9) * BAR_WIDTH) - left, 0)
        bar = " " * left + ("█" * width or "▏")
        lines.append(f"  {label:<12} {spent_us:>12,.1f} µs {share * 100:>5.1f} %  {bar}".rstrip())
        begun_us += spent_us
    return "\n".join(lines)
