"""The report: one HTML file with everything inside, for screen, phone and paper; same run, same bytes."""

import os
from dataclasses import dataclass
from pathlib import Path

import jinja2
import plotly.graph_objects as go
import plotly.io
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from thetadesk.report.days import entry_day_table
from thetadesk.report.figures import FIGURES
from thetadesk.report.figures.registry import EMPTY_TRACE, HOW_TO_TRACE, note_of
from thetadesk.report.results import RunResults
from thetadesk.report.trades import explained_table, trade_table
from thetadesk.tables import (
    NONE,
    Table,
    decision_table,
    market_table,
    percent,
    reason_table,
    stage_table,
    statistics_table,
)
from thetatrace.trace import Trace, unattributed_share

TEMPLATES = Path(__file__).parent / "templates"
PLOTLY_CONFIG = {"displaylogo": False, "responsive": True, "displayModeBar": False}
KEY_STATISTICS = ("Net Profit", "End Equity", "Drawdown", "Sharpe Ratio", "Win Rate", "Total Orders", "Total Fees")


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One figure at the head of the page."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the page: a chart (or the reason why there is none) and tables."""

    name: str
    title: str
    chart: Markup | None
    missing: str
    note: str
    tables: tuple[Table, ...] = ()


def write_report(results: RunResults, trace: Trace | None, target: Path) -> None:
    """Write the report to a file; a half-written page is never left behind.

    :raises OSError: if the file cannot be written
    """
    partial = target.with_name(f"{target.name}.part")
    partial.write_text(report_html(results, trace), encoding="utf-8")
    os.replace(partial, target)  # noqa: PTH105 - replaces atomically


def report_html(results: RunResults, trace: Trace | None) -> str:
    """Return the page as one text with plotly inlined once and no address to fetch from."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(
        results=results,
        facts=_run_facts(results, trace),
        key_figures=_key_figures(results, trace),
        sections=_sections(results, trace),
        # plotly.js is program text: it must not be escaped, and it holds no closing script tag.
        plotly_js=Markup(get_plotlyjs()),  # noqa: S704 - shipped with the plotly package
    )


def _run_facts(results: RunResults, trace: Trace | None) -> list[tuple[str, str]]:
    parameters = ", ".join(f"{name} = {value}" for name, value in results.parameters.items())
    facts = [
        ("Span", f"{results.start or NONE} to {results.end or NONE}"),
        ("Data", results.data_label or "not recorded by this run"),
        ("Status", results.status or NONE),
        ("Run", results.algorithm_id),
    ]
    if trace is not None:
        dropped = f", {trace.dropped:,} older ones dropped" if trace.dropped else ""
        facts.append(("Trace", f"{len(trace):,} decisions{dropped}"))
    facts.append(("Parameters", parameters or "the algorithm's defaults"))
    return facts


def _key_figures(results: RunResults, trace: Trace | None) -> list[KeyFigure]:
    figures = [
        KeyFigure(name, _grouped(results.statistics[name])) for name in KEY_STATISTICS if results.statistics.get(name)
    ]
    if trace is not None and len(trace):
        days = entry_day_table(trace)
        taken = sum(mark == "good" for mark in days.mark)
        figures.append(KeyFigure("Days entered", f"{taken} of {len(days.rows)}"))
        figures.append(KeyFigure("Unattributed", f"{percent(unattributed_share(trace))} %"))
    return figures


def _grouped(text: str) -> str:
    """Write a large plain number of LEAN's ("103953.68") as "103,954"; other texts stay as they are."""
    try:
        return f"{float(text):,.0f}" if abs(float(text)) >= 1000 else text
    except ValueError:
        return text


def _sections(results: RunResults, trace: Trace | None) -> list[Section]:
    trades = trade_table(results, trace)
    no_trades = "" if trades.rows else "No trade was closed in this run."
    tables = (trades,) if trace is None else _with_rows(trades, explained_table(trace))
    trade_section = Section("trades", "Trades", None, no_trades, "", tables if trades.rows else ())
    statistics = Section("statistics", "LEAN statistics", None, "", "", (statistics_table(results.statistics),))
    if trace is None or not len(trace):
        # One plain sentence instead of the same one in five sections.
        missing = HOW_TO_TRACE if trace is None else EMPTY_TRACE
        untraced = Section("trace", "Regimes, decisions and latency", None, missing, "")
        return [_section("equity", results, trace), trade_section, untraced, statistics]
    return [
        _section("equity", results, trace),
        _section("regimes", results, trace),
        Section("days", "Entry days", None, "", "", _with_rows(entry_day_table(trace))),
        trade_section,
        _section("refusals", results, trace, _with_rows(reason_table(trace))),
        _section(
            "stage-latency", results, trace, _with_rows(stage_table(trace), decision_table(trace), market_table(trace))
        ),
        _section("slowest", results, trace),
        statistics,
    ]


def _with_rows(*tables: Table) -> tuple[Table, ...]:
    return tuple(table for table in tables if table.rows)


def _section(name: str, results: RunResults, trace: Trace | None, tables: tuple[Table, ...] = ()) -> Section:
    spec = FIGURES[name]
    missing = spec.missing(results, trace)
    if missing:
        return Section(name, spec.title, None, missing, "", tables)
    drawn = spec.build(results, trace)
    return Section(name, spec.title, _chart(name, drawn), "", note_of(drawn), tables)


def _chart(name: str, drawn: go.Figure) -> Markup:
    # A fixed div id instead of plotly's random one: the same run gives the same page.
    text = plotly.io.to_html(
        drawn, config=PLOTLY_CONFIG, include_plotlyjs=False, full_html=False, div_id=f"chart-{name}"
    )
    return Markup(text)  # noqa: S704 - plotly escapes what it puts into its own JSON
