"""Trades for tables and charts: the trace's rows when there are some, else LEAN's closed trades."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from thetadesk.report.results import ClosedTrade, RunResults
from thetadesk.slowest import NEW_YORK
from thetadesk.tables import NONE, Column, Table
from thetatrace.trace import Trace

MAX_ROWS = 500
LEGS_NOTE = (
    "LEAN's closed trades, leg by leg; profit is before fees. For cash-settled options LEAN counts the premium only, "
    "not the settlement, so these profits need not sum to the change of the equity."
)
TIME_FORMAT = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True)
class ClosedPoint:
    """A trade on the equity chart: when it closed, its profit in account currency, and what the mark says."""

    entered_utc_ms: int
    closed_utc_ms: int
    profit_usd: float
    text: str


def closed_points(results: RunResults, trace: Trace | None) -> list[ClosedPoint]:
    """Return the closed trades in the order they are recorded; open positions have no point."""
    if trace is not None and trace.trades:
        return [_trace_point(row) for row in trace.trades if row.get("profit_usd") is not None]
    return _grouped([_lean_point(trade) for trade in results.closed_trades])


def _grouped(legs: list[ClosedPoint]) -> list[ClosedPoint]:
    """Make one point of the legs that closed at the same moment: marks on top of each other would hide all but one."""
    by_close: dict[int, list[ClosedPoint]] = {}
    for leg in legs:
        by_close.setdefault(leg.closed_utc_ms, []).append(leg)
    points = []
    for closed_utc_ms, together in by_close.items():
        profit = sum(leg.profit_usd for leg in together)
        text = together[0].text if len(together) == 1 else f"{len(together)} legs ${profit:+,.2f}"
        points.append(ClosedPoint(min(leg.entered_utc_ms for leg in together), closed_utc_ms, profit, text))
    return points


def _trace_point(row: Mapping[str, Any]) -> ClosedPoint:
    profit = float(row["profit_usd"])
    text = f"{row.get('structure', 'trade')} ${profit:+,.2f}<br>{row.get('exit_reason') or 'expired'}"
    return ClosedPoint(int(row["entered_utc_ms"]), int(row["closed_utc_ms"]), profit, text)


def _lean_point(trade: ClosedTrade) -> ClosedPoint:
    return ClosedPoint(
        round(_moment(trade.entry_time).timestamp() * 1000),
        round(_moment(trade.exit_time).timestamp() * 1000),
        trade.profit_usd,
        f"{trade.symbol} ${trade.profit_usd:+,.2f}",
    )


def _moment(iso_utc: str) -> datetime:
    return datetime.fromisoformat(iso_utc).astimezone(UTC)


def local_time(utc_ms: int | None) -> str:
    """Return New York time to the minute; "–" for None."""
    if utc_ms is None:
        return NONE
    return datetime.fromtimestamp(utc_ms / 1000, UTC).astimezone(NEW_YORK).strftime(TIME_FORMAT)


def trade_table(results: RunResults, trace: Trace | None) -> Table:
    """List the trades: structures from the trace when it has some, else LEAN's closed trades leg by leg."""
    if trace is not None and trace.trades:
        return _structures(trace)
    return _legs(results)


def _structures(trace: Trace) -> Table:
    columns = (
        Column("entered", right=False), Column("closed", right=False), Column("strategy", right=False),
        Column("structure", right=False), Column("legs", right=False), Column("contracts"), Column("credit", "points"),
        Column("exit", "points"), Column("fees", "$"), Column("profit", "$"), Column("exit reason", right=False),
    )  # fmt: skip
    rows, marks = [], []
    for trade in trace.trades[:MAX_ROWS]:
        profit = trade.get("profit_usd")
        entered, closed = local_time(trade.get("entered_utc_ms")), local_time(trade.get("closed_utc_ms"))
        rows.append(
            (
                entered,
                closed.removeprefix(entered[:11]) if len(entered) > 11 else closed,  # the time alone on the same day
                str(trade.get("strategy", NONE)),
                str(trade.get("structure", NONE)).replace("_", " "),
                _legs_text(trade),
                _amount(trade.get("contracts"), 0),
                _amount(trade.get("credit_points")),
                _amount(trade.get("exit_points")),
                _amount(trade.get("fees_usd")),
                _amount(profit),
                str(trade.get("exit_reason") or NONE),
            )
        )
        marks.append("" if profit is None else ("good" if profit > 0 else "bad"))
    note = "New York times. A minus marks a sold strike. Points are per contract; profit is after fees. "
    note += _cap_note(len(trace.trades))
    return Table("Trades", columns, tuple(rows), note.strip(), tuple(marks))


def explained_table(trace: Trace) -> Table:
    """Say per date where the profit of closed trades came from; the parts sum to the trades' profit."""
    titles = ("delta", "gamma", "theta", "vega", "execution", "fees", "rest")
    sums: dict[str, list[float]] = {}
    for trade in trace.trades:
        for day in trade.get("explained") or ():
            row = sums.setdefault(str(day["date"]), [0.0] * len(titles))
            for i, title in enumerate(titles):
                row[i] += float(day[f"{title}_usd"])
    columns = (Column("date", right=False), *(Column(title, "$") for title in titles), Column("profit", "$"))
    rows = [(date, *(_amount(part) for part in parts), _amount(sum(parts))) for date, parts in sorted(sums.items())]
    note = (
        "Closed trades. Greeks at each bar times the bar's moves; execution is fills against the marks after them; "
        "rest is what the Greeks leave. The parts sum to the profit, nothing is scaled."
    )
    marks = tuple("good" if sum(parts) > 0 else "bad" for _, parts in sorted(sums.items()))
    return Table("Profit by Greek", columns, tuple(rows), note, marks)


def _legs_text(trade: Mapping[str, Any]) -> str:
    """Strikes per right, sold ones marked with a minus: `P 2750 −2765 · C −2785 2800`."""
    strikes: dict[str, list[tuple[float, int]]] = {}
    for leg in trade.get("legs") or ():
        strikes.setdefault(str(leg["right"]), []).append((float(leg["strike"]), int(leg["ratio"])))
    sides = [
        f"{right} " + " ".join(f"{'−' if ratio < 0 else ''}{strike:g}" for strike, ratio in sorted(strikes[right]))
        for right in sorted(strikes, reverse=True)
    ]
    return " · ".join(sides) or NONE


def _amount(value: float | None, digits: int = 2) -> str:
    return NONE if value is None else f"{value:,.{digits}f}"


def _cap_note(count: int) -> str:
    return f"The first {MAX_ROWS} of {count:,} trades." if count > MAX_ROWS else ""


def _legs(results: RunResults) -> Table:
    columns = (
        Column("entered", right=False), Column("closed", right=False), Column("symbol", right=False),
        Column("side", right=False), Column("quantity"), Column("entry price", "$"), Column("exit price", "$"),
        Column("fees", "$"), Column("profit", "$"),
    )  # fmt: skip
    trades = results.closed_trades[:MAX_ROWS]
    points = [_lean_point(trade) for trade in trades]
    rows = tuple(
        (
            local_time(point.entered_utc_ms), local_time(point.closed_utc_ms), trade.symbol,
            "long" if trade.is_long else "short", f"{trade.quantity:g}", _amount(trade.entry_price),
            _amount(trade.exit_price), _amount(trade.fees_usd), _amount(trade.profit_usd),
        )
        for trade, point in zip(trades, points, strict=True)
    )  # fmt: skip
    marks = tuple("good" if trade.profit_usd > 0 else "bad" for trade in trades)
    note = f"{LEGS_NOTE} {_cap_note(len(results.closed_trades))}"
    return Table("Trades", columns, rows, note.strip(), marks)
