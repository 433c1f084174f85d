"""One row per day on which an entry was due: taken or refused, with the reason. A no-trade day explains itself."""

from collections import Counter
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from thetadesk.report.columns import new_york
from thetadesk.report.trades import local_time
from thetadesk.tables import NONE, Column, Table
from thetatrace.reasons import Reason, ReasonGroup, reason_group, reason_of
from thetatrace.trace import DecisionKind, Stage, Trace


def entry_day_table(trace: Trace) -> Table:
    """Return the days with entry decisions, per strategy, in time order."""
    columns = trace.decisions
    days = new_york(columns["when_utc_ms"]).astype("datetime64[D]")
    due = columns["kind"] == int(DecisionKind.ENTRY)
    keys = sorted(
        {(day, int(strategy)) for day, strategy in zip(days[due].tolist(), columns["strategy"][due], strict=True)}
    )
    rows, marks = [], []
    for day, strategy in keys:
        chosen = np.flatnonzero((days == np.datetime64(day)) & (columns["strategy"] == strategy) & due)
        row, mark = _row(trace, day, strategy, chosen)
        rows.append(row)
        marks.append(mark)
    headings = (
        Column("day", right=False), Column("strategy", right=False), Column("VIX", "points"),
        Column("regime", right=False),
        Column("decisions"), Column("outcome", right=False), Column("reasons", right=False), Column("profit", "$"),
    )  # fmt: skip
    note = "VIX and regime at the day's last entry decision; ×n counts decisions, one per bar of the entry window."
    return Table("Entry days", headings, tuple(rows), note, tuple(marks))


def _row(trace: Trace, day: date, strategy: int, chosen: NDArray[np.intp]) -> tuple[tuple[str, ...], str]:
    columns = trace.decisions
    last = int(chosen[-1])
    reasons = Counter(reason_of(code) for code in columns["reason"][chosen].tolist())
    profit, entered = _profit(trace, day, strategy)
    sent = Reason.ENTERED in reasons
    filled = entered or bool(_filled(trace)[chosen].any())
    vix, regime = int(columns["vix_cents"][last]), int(columns["regime"][last])
    cells = (
        f"{day:%a %Y-%m-%d}",
        trace.strategies[strategy] if strategy >= 0 else NONE,
        f"{vix / 100:.2f}" if vix > 0 else NONE,
        trace.regimes[regime].replace("_", " ").lower() if regime >= 0 else NONE,
        f"{len(chosen):,}",
        "taken" if filled else ("sent, not filled" if sent else "refused"),
        _reasons_text(reasons, filled or sent),
        NONE if profit is None else f"{profit:,.2f}",
    )
    return cells, "good" if filled else "bad"


def _filled(trace: Trace) -> NDArray[np.bool_]:
    """Return which decisions sent an order that was filled, shape [decisions]."""
    filled = np.zeros(len(trace), dtype=bool)
    rows = trace.market["decision"][trace.market["stage"] == int(Stage.FILL)] - trace.dropped
    filled[rows[(rows >= 0) & (rows < len(trace))]] = True
    return filled


def _reasons_text(reasons: Counter[Reason], taken: bool) -> str:
    """Name the refusals with their counts; of a taken day the refusals before it are shown as well."""
    refused = [(reason, n) for reason, n in reasons.most_common() if reason_group(reason) is ReasonGroup.REFUSED]
    names = [f"{reason.name} ×{n}" if n > 1 else reason.name for reason, n in refused]
    if not taken:
        return ", ".join(names) or NONE
    return "ENTERED" + (f" after {', '.join(names)}" if names else "")


def _profit(trace: Trace, day: date, strategy: int) -> tuple[float | None, bool]:
    """Return the day's profit in account currency (None while open or unknown), and whether a trade was entered."""
    name = trace.strategies[strategy] if strategy >= 0 else ""
    trades = [
        trade
        for trade in trace.trades
        if trade.get("strategy") == name
        and datetime.strptime(local_time(trade.get("entered_utc_ms"))[:10], "%Y-%m-%d").date() == day  # noqa: DTZ007 - a date
    ]
    profits = [trade["profit_usd"] for trade in trades if trade.get("profit_usd") is not None]
    return (sum(profits) if profits else None), bool(trades)
