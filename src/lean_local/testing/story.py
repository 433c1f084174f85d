"""A finished run in a few lines: what a failed test of an algorithm shows."""

from lean_local.outcome import BacktestOutcome

_LINES = 20


def run_text(outcome: BacktestOutcome) -> str:
    """Orders, order events, the last log lines, the error and missing files of a run."""
    parts = [("orders", [str(order) for order in outcome.orders])]
    parts.append(("order events", [str(event) for event in outcome.order_events]))
    parts.append(("log", list(outcome.logs)))
    parts.append(("files that were asked for and do not exist", list(outcome.missing_files)))
    if outcome.damaged_data:
        parts.append(("damaged data that was left out", list(outcome.damaged_data)))
    if outcome.error is not None:
        parts.append(("error", outcome.error.stack_trace.rstrip().splitlines()))
    return "\n".join(line for title, lines in parts for line in _part(title, lines))


def _part(title: str, lines: list[str]) -> list[str]:
    left_out = len(lines) - _LINES
    head = f"{title}: {len(lines) or 'none'}" + (f", the last {_LINES}" if left_out > 0 else "")
    return [head, *(f"  {line}" for line in lines[-_LINES:])]
