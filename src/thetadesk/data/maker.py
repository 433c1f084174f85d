"""`thetatrace data make`: a LEAN data folder anchored on real history.

One task per session, run in worker processes; each file is written through a rename and recorded by its SHA-256, so a
killed run goes on where it stopped and a finished folder is left alone.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import as_completed
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lean_local.errors import BadInputError
from thetadesk.data.calendar import trading_calendar
from thetadesk.data.listings import ContractPlan
from thetadesk.data.manifest import Manifest, Recipe, open_manifest
from thetadesk.data.tasks import Task, plan_tasks, run_task
from thetadesk.data.workers import worker_pool
from thetadesk.data.writers import write_atomic

DEFAULT_START, DEFAULT_END, DEFAULT_SEED = date(2018, 1, 2), date(2018, 3, 29), 7
# Options need the VIX of the session before; the VIX history begins on 2014-01-03, the S&P 500 history ends with 2018.
FIRST_DAY, LAST_DAY = date(2014, 1, 6), date(2018, 12, 31)
_MARKET_FOLDERS = (
    *("alternative", "crypto", "equity", "forex", "future", "futureoption", "index", "indexoption", "option"),
    *("market-hours", "symbol-properties"),
)
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class MakeReport:
    """What a run did. `sessions` counts trading days of the span, `bytes_on_disk` the files of the whole folder."""

    folder: Path
    sessions: int
    files_made: int
    files_kept: int
    bytes_on_disk: int
    wall_seconds: float


def make_data(
    folder: Path,
    *,
    start: date = DEFAULT_START,
    end: date = DEFAULT_END,
    seed: int = DEFAULT_SEED,
    progress: Progress | None = None,
    workers: int = 2,
    plan: ContractPlan | None = None,
) -> MakeReport:
    """Make, complete or verify the data folder of a span.

    :param progress: called with the share done (0…1) and what was just done
    :param workers: processes; 1 works in this one
    :raises BadInputError: the span is outside the real history, or the folder holds something else
    """
    began = time.perf_counter()
    check_span(start, end)
    if seed < 0:
        raise BadInputError(f"the seed {seed} is negative", fix="Give a seed of 0 or more.")
    recipe = Recipe(start, end, seed, plan or ContractPlan())
    manifest = _claim(folder, recipe)
    tasks = plan_tasks(recipe, trading_calendar())
    report = progress or (lambda _share, _text: None)
    missing = [task for task in tasks if not manifest.intact(list(task.paths))]
    if missing or not manifest.finished:
        try:
            manifest.save(finished=False)
            for at, (task, made) in enumerate(_run(missing, recipe, folder, workers)):
                manifest.add(made)
                report((at + 1) / len(missing), task.name)
            manifest.drop_obsolete()
            manifest.save(finished=True)
        except OSError as error:
            fix = "Free space or permissions, then run it again: it goes on where it stopped."
            raise BadInputError(f"the data cannot be written ({error.strerror})", path=folder, fix=fix) from error
    made_count = sum(len(task.paths) for task in missing)
    size = sum((folder / path).stat().st_size for path in manifest.files)
    sessions = sum(1 for task in tasks if task.day is not None and not task.eve)
    return MakeReport(folder, sessions, made_count, len(manifest.files) - made_count, size, time.perf_counter() - began)


def check_span(start: date, end: date) -> None:
    """:raises BadInputError: the span is empty, reversed or outside the real history."""
    if start > end:
        raise BadInputError(f"the start {start} is after the end {end}", fix="Give an end on or after the start.")
    if start < FIRST_DAY or end > LAST_DAY:
        raise BadInputError(
            f"{start} to {end} is outside the real history, which allows {FIRST_DAY} to {LAST_DAY}",
            fix="The VIX history begins on 2014-01-03 and the S&P 500 history ends on 2018-12-31.",
        )
    if not trading_calendar().between(start, end):
        raise BadInputError(f"there is no trading day from {start} to {end}", fix="Give a longer span.")


def _claim(folder: Path, recipe: Recipe) -> Manifest:
    """The folder's manifest, after making sure that nothing foreign is in the way."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(
            f"the data folder cannot be made ({error.strerror})", path=folder, fix="Choose another folder."
        ) from error
    manifest = open_manifest(folder, recipe)
    if not manifest.path.exists():
        foreign = [name for name in _MARKET_FOLDERS if (folder / name).exists()]
        if foreign:
            raise BadInputError(
                f"this folder already holds market data ({foreign[0]}/) that was not made here",
                path=folder,
                fix="Choose an empty folder.",
            )
    elif not manifest.finished:
        for leftover in folder.rglob(".*.part"):  # our own temporary files, left by a kill
            leftover.unlink()
    return manifest


def _make(task: Task, recipe: Recipe, folder: Path) -> dict[str, str]:
    return {path: write_atomic(folder / path, content) for path, content in run_task(task, recipe).items()}


def _run(tasks: list[Task], recipe: Recipe, folder: Path, workers: int) -> Iterator[tuple[Task, dict[str, str]]]:
    if workers <= 1:
        for task in tasks:
            yield task, _make(task, recipe, folder)
        return
    with worker_pool(workers) as pool:
        running = {pool.submit(_make, task, recipe, folder): task for task in tasks}
        try:
            for done in as_completed(running):
                yield running[done], done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
