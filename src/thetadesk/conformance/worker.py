"""The process of one algorithm: reads a job from stdin, runs it, writes what came of it to the job's report file.

One process each, so that neither a crash nor a leftover of one algorithm touches the next.
"""

import json
import os
import sys
import threading
from pathlib import Path

from lean_local.errors import AlgorithmError, BadInputError, NotInLeanLocalError
from lean_local.run import BacktestRequest, run_backtest


def main() -> None:
    """Run the one job that stdin holds; leave at once when the process that sent it goes away."""
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_leave_with_sender, daemon=True).start()
    report = run_job(job)
    Path(job["report"]).write_text(json.dumps(report), encoding="utf-8")


def _leave_with_sender() -> None:
    sys.stdin.read()  # ends when the sender closes its side, also by dying
    os._exit(1)


def run_job(job: dict[str, object]) -> dict[str, object]:
    """Run an algorithm; the report holds its statistics, hash, missing files, and its error if it had one."""
    libraries = job["libraries"]
    parameters = job["parameters"]
    request = BacktestRequest(
        Path(str(job["algorithm"])),
        Path(str(job["data"])),
        parameters=dict(parameters) if isinstance(parameters, dict) else {},
        object_store=Path(str(job["object_store"])),
        libraries=tuple(Path(p) for p in libraries) if isinstance(libraries, list) else None,
    )
    try:
        outcome = run_backtest(request)
    except BadInputError as error:
        return {"statistics": {}, "order_list_hash": None, "missing": [], "error": str(error), "not_covered": None}
    return {
        "statistics": dict(outcome.result.statistics),
        "order_list_hash": outcome.result.order_list_hash,
        "missing": list(outcome.missing_files),
        "error": None if outcome.error is None else str(outcome.error),
        "not_covered": None if outcome.error is None else missing_member(outcome.error),
    }


def missing_member(error: AlgorithmError) -> str | None:
    """Return the LEAN member that lean_local lacks, if asking for it is what ended the algorithm."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, NotInLeanLocalError):
            return cause.member
        cause = cause.__cause__ or cause.__context__
    return None


if __name__ == "__main__":
    main()
