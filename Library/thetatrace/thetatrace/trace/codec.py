"""The trace file: a JSON text of compressed columns, the same from lean_local and from real LEAN.

It is text because LEAN's object store saves text on every platform. Layout: `docs/trace-format.md`.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thetatrace.reasons import Reason
from thetatrace.trace.recorder import ABSENT, MARKET_ROW_WIDTH, ROW_WIDTH, DecisionTracer
from thetatrace.trace.stages import COMPUTE_STAGES, STAGES, UNATTRIBUTED, DecisionKind

TRACE_FORMAT = "thetatrace.trace"
TRACE_FORMAT_VERSION = 1
DECISION_COLUMNS: tuple[str, ...] = (
    "when_utc_ms",
    "kind",
    "strategy",
    "reason",
    "vix_cents",
    "regime",
    "spot_cents",
    *(f"{info.label}_ns" for info in COMPUTE_STAGES),
    f"{UNATTRIBUTED}_ns",
)
MARKET_COLUMNS: tuple[str, ...] = ("decision", "order_id", "stage", "duration_ms", "wall_clock")
Columns = dict[str, NDArray[np.int64]]


class TraceFormatError(ValueError):
    """The text is not a trace file this version can read; `str(error)` says why."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A decoded trace. Columns are int64; −1 marks an absent value."""

    decisions: Columns  # each [decisions]
    market: Columns  # each [market events]
    strategies: tuple[str, ...]
    regimes: tuple[str, ...]
    reasons: Mapping[int, str]
    dropped: int = 0
    counters: Mapping[str, int] = field(default_factory=dict)
    trades: Sequence[Mapping[str, Any]] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.decisions["when_utc_ms"])

    @property
    def total_ns(self) -> NDArray[np.int64]:
        """Duration of each decision, shape [decisions]: its stages plus the unattributed rest."""
        names = DECISION_COLUMNS[-len(COMPUTE_STAGES) - 1 :]
        stacked = np.vstack([self.decisions[name] for name in names])
        total: NDArray[np.int64] = np.where(stacked == ABSENT, 0, stacked).sum(axis=0)
        return total


def _pack(column: NDArray[np.int64]) -> str:
    # Differences of neighbours compress several times better than the values: times step, codes repeat.
    steps = np.diff(column, prepend=np.int64(0)).astype("<i8")
    return base64.b64encode(zlib.compress(steps.tobytes(), 6)).decode("ascii")


def _unpack(text: str, count: int, name: str) -> NDArray[np.int64]:
    try:
        raw = zlib.decompress(base64.b64decode(text, validate=True))
    except (binascii.Error, zlib.error) as error:
        raise TraceFormatError(f"column {name} cannot be decompressed ({error})") from error
    if len(raw) != 8 * count:
        raise TraceFormatError(f"column {name} holds {len(raw) // 8} values instead of {count}")
    return np.cumsum(np.frombuffer(raw, dtype="<i8"), dtype=np.int64)


def encode_trace(
    tracer: DecisionTracer,
    *,
    regimes: Sequence[str],
    counters: Mapping[str, int],
    trades: Sequence[Mapping[str, Any]],
    facts: Mapping[str, Any],
) -> str:
    """Write everything a tracer holds as one JSON text (ASCII), ready for the object store."""
    decisions = np.array(tracer.rows, dtype=np.int64).reshape(-1, ROW_WIDTH)
    market = np.array(tracer.market_rows, dtype=np.int64).reshape(-1, MARKET_ROW_WIDTH)
    document = {
        "format": TRACE_FORMAT,
        "version": TRACE_FORMAT_VERSION,
        "facts": dict(facts),
        "stages": [info.label for info in STAGES],
        "kinds": [kind.name for kind in DecisionKind],
        "strategies": list(tracer.strategies),
        "regimes": list(regimes),
        "reasons": {str(int(reason)): reason.name for reason in Reason},
        "dropped": tracer.dropped,
        "counters": dict(counters),
        "trades": [dict(trade) for trade in trades],
        "decisions": {
            "count": len(decisions),
            "columns": {name: _pack(decisions[:, i]) for i, name in enumerate(DECISION_COLUMNS)},
        },
        "market": {
            "count": len(market),
            "columns": {name: _pack(market[:, i]) for i, name in enumerate(MARKET_COLUMNS)},
        },
    }
    return json.dumps(document, separators=(",", ":"))


def _table(document: Mapping[str, Any], name: str, columns: Sequence[str]) -> Columns:
    table = document[name]
    count = int(table["count"])
    return {column: _unpack(table["columns"][column], count, f"{name}.{column}") for column in columns}


def decode_trace(text: str) -> Trace:
    """Read a trace file.

    :raises TraceFormatError: if the text is not JSON, not a trace, of another version, or damaged
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise TraceFormatError(f"not JSON ({error})") from error
    if not isinstance(document, dict) or document.get("format") != TRACE_FORMAT:
        raise TraceFormatError(f"not a {TRACE_FORMAT} file")
    if document.get("version") != TRACE_FORMAT_VERSION:
        raise TraceFormatError(f"version {document.get('version')!r} is not {TRACE_FORMAT_VERSION}")
    try:
        return Trace(
            decisions=_table(document, "decisions", DECISION_COLUMNS),
            market=_table(document, "market", MARKET_COLUMNS),
            strategies=tuple(document["strategies"]),
            regimes=tuple(document["regimes"]),
            reasons={int(code): name for code, name in document["reasons"].items()},
            dropped=int(document["dropped"]),
            counters=dict(document["counters"]),
            trades=tuple(document["trades"]),
            facts=dict(document["facts"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, TraceFormatError):
            raise
        raise TraceFormatError(f"a part is missing or of the wrong kind ({error})") from error
