"""The algorithm's callbacks as the loop calls them: each inside the guard that turns its errors into the run's."""

from collections.abc import Callable
from typing import Any

from lean_local.api.changes import SecurityChangesView
from lean_local.engine.loop import Callbacks
from lean_local.engine.margin_calls import MarginCalls
from lean_local.symbols import Symbol


def guarded(run: Any, name: str) -> Callable[..., Any]:
    """A method of the algorithm."""
    method, guard = getattr(run.algorithm, name), run.guard

    def call(*arguments: Any) -> Any:
        with guard:
            return method(*arguments)

    return call


def in_turn(run: Any, *names: str) -> Callable[..., Any]:
    """Several methods with the same arguments as one."""
    calls = [guarded(run, name) for name in names]

    def call(*arguments: Any) -> None:
        for each in calls:
            each(*arguments)

    return call


def callbacks(run: Any) -> Callbacks:
    """All callbacks of a run."""
    algorithm, guard, consolidators = run.algorithm, run.guard, run.consolidators
    warning = guarded(run, "on_margin_call_warning")
    margin_calls = MarginCalls(run.state, run.orders, guarded(run, "on_margin_call"), warning)

    def set_slice(current: Any) -> None:
        algorithm.current_slice = current

    def consolidate(step: Any) -> None:
        if not consolidators.is_empty:
            with guard:
                consolidators.update(step)

    def scan(moment: int) -> None:
        if consolidators.is_scan_due(moment):
            with guard:
                consolidators.scan_past(moment)

    def make_changes(added: list[Symbol], removed: list[Symbol]) -> SecurityChangesView:
        run.end_of_day.changed(added, removed)
        gone = run.subscriptions.gone
        return SecurityChangesView(added, removed, lambda s: run.state.securities.find(s) or gone[s])

    return Callbacks(
        on_data=guarded(run, "on_data"),
        on_framework_data=guarded(run, "on_framework_data"),
        on_securities_changed=in_turn(run, "on_securities_changed", "on_framework_securities_changed"),
        on_delistings=guarded(run, "on_delistings"),
        on_splits=guarded(run, "on_splits"),
        on_dividends=guarded(run, "on_dividends"),
        on_symbol_changed_events=guarded(run, "on_symbol_changed_events"),
        on_warmup_finished=guarded(run, "on_warmup_finished"),
        set_slice=set_slice,
        make_changes=make_changes,
        consolidate=consolidate,
        feed_sessions=consolidators.feed_sessions,
        scan_consolidators=scan,
        margin_call=margin_calls.check,
    )
