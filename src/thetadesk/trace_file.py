"""Find, check and copy the trace a run left: `<id>-trace.json` in its results folder, or in the object store."""

import os
from pathlib import Path

from thetadesk.errors import ResultsError
from thetatrace.reasons import Reason
from thetatrace.trace import MARKET_STAGES, DecisionKind, Trace, TraceFormatError, decode_trace

RUN_AGAIN = "Run the backtest again with this version of thetatrace."


def store_path(object_store: Path, algorithm_id: str) -> Path:
    """Return where an algorithm saves its trace in the object store: key `thetatrace/<algorithm_id>/trace.json`."""
    return object_store / "thetatrace" / algorithm_id / "trace.json"


def results_path(results: Path, algorithm_id: str) -> Path:
    """Return where a results folder keeps the trace."""
    return results / f"{algorithm_id}-trace.json"


def find_trace(results: Path, algorithm_id: str, object_store: Path | None) -> Path | None:
    """Return the trace of a run: the results folder's own, else the object store's; None if the run left none."""
    candidates = [results_path(results, algorithm_id)]
    if object_store is not None:
        candidates.append(store_path(object_store, algorithm_id))
    return next((path for path in candidates if path.is_file()), None)


def load_trace(path: Path) -> Trace:
    """Read and check a trace file.

    :raises ResultsError: if it cannot be decoded, or refers to names this version does not know
    """
    try:
        trace = decode_trace(path.read_text(encoding="ascii"))
    except UnicodeDecodeError as error:
        raise ResultsError(
            "The trace is damaged (it holds bytes that are not text)", path=path, fix=RUN_AGAIN
        ) from error
    except TraceFormatError as error:
        raise ResultsError(f"The trace cannot be read ({error})", path=path, fix=RUN_AGAIN) from error
    problem = _unknown_reference(trace)
    if problem:
        raise ResultsError(f"The trace cannot be shown ({problem})", path=path, fix=RUN_AGAIN)
    return trace


def _unknown_reference(trace: Trace) -> str:
    """Say which column refers to something that does not exist; "" if all is well."""
    known = {
        "reason": set(map(int, Reason)),
        "kind": set(map(int, DecisionKind)),
        "strategy": set(range(-1, len(trace.strategies))),
        "regime": set(range(-1, len(trace.regimes))),
    }
    for column, codes in known.items():
        unknown = set(trace.decisions[column].tolist()) - codes
        if unknown:
            return f"{column} {min(unknown)} is unknown"
    unknown = set(trace.market["stage"].tolist()) - {int(info.stage) for info in MARKET_STAGES}
    return f"market stage {min(unknown)} is unknown" if unknown else ""


def trace_stamps(object_store: Path) -> dict[Path, int]:
    """Return when each stored trace was last written (ns), to tell a run's own trace from an older one."""
    return {path: path.stat().st_mtime_ns for path in sorted(object_store.glob("thetatrace/*/trace.json"))}


def keep_trace(object_store: Path, before: dict[Path, int], results: Path, algorithm_id: str) -> Path | None:
    """Copy the trace a run just saved into its results folder; None if the run saved none.

    :param before: `trace_stamps` taken before the run
    """
    source = store_path(object_store, algorithm_id)
    if not source.is_file() or source.stat().st_mtime_ns == before.get(source):
        return None
    target = results_path(results, algorithm_id)
    partial = target.with_suffix(".part")
    partial.write_bytes(source.read_bytes())
    os.replace(partial, target)  # noqa: PTH105 - replaces atomically, so no half-written trace is ever seen
    return target
