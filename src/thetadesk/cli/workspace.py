"""Where things are in a LEAN workspace: lean.json, the data folder, the object store, the output of a run.

The rules are the lean CLI's (semantics §1.1–1.2): the root is the nearest folder upwards that holds lean.json.
"""

import os
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from pathlib import Path

from lean_local.errors import BadInputError
from thetadesk.commented_json import read_commented_json
from thetadesk.data.manifest import made_span

LONG_WEEKEND = timedelta(days=3)
MAKE_DATA = "Run `thetatrace data make` first, or name a LEAN data folder with --data."


def find_root(*starts: Path) -> Path | None:
    """Return the nearest folder, upwards from each start in turn, that holds lean.json; None if there is none."""
    for start in starts:
        for folder in (start.resolve(), *start.resolve().parents):
            if (folder / "lean.json").is_file():
                return folder
    return None


def read_lean_json(root: Path) -> dict[str, object]:
    """Read a workspace's lean.json.

    :raises BadInputError: if it is not a JSON object
    """
    return read_commented_json(root / "lean.json")


def resolve_algorithm(algorithm: Path) -> Path:
    """Return the project folder or .py file as an absolute path.

    :raises BadInputError: if it does not exist, or is a folder without main.py
    """
    fix = "Name a project folder that holds main.py (such as algorithms/tom_king), or a .py file."
    if not algorithm.exists():
        raise BadInputError("There is no algorithm at this path", path=algorithm, fix=fix)
    if algorithm.is_dir() and not (algorithm / "main.py").is_file():
        raise BadInputError("The project folder has no main.py", path=algorithm, fix=fix)
    if algorithm.is_file() and algorithm.suffix != ".py":
        raise BadInputError("The algorithm is not a Python file", path=algorithm, fix=fix)
    return algorithm.resolve()


def project_folder(algorithm: Path) -> Path:
    """Return the folder of a project, given the folder itself or a file in it."""
    return algorithm if algorithm.is_dir() else algorithm.parent


def resolve_data(given: Path | None, root: Path | None) -> Path:
    """Return the data folder: the one given, else lean.json's "data-folder".

    :raises BadInputError: if there is none, or it does not exist
    """
    if given is not None:
        if not given.is_dir():
            raise BadInputError("The data folder does not exist", path=given, fix=MAKE_DATA)
        return given.resolve()
    if root is None:
        problem = "No data folder was named, and no lean.json is above the algorithm or the current folder"
        raise BadInputError(problem, path=Path.cwd(), fix="Name one with --data, or work inside a lean workspace.")
    folder = data_folder_of(root)
    if not folder.is_dir():
        raise BadInputError("The data folder that lean.json names does not exist", path=folder, fix=MAKE_DATA)
    if not any(each.is_dir() for each in folder.iterdir()):
        raise BadInputError("The data folder that lean.json names is empty", path=folder, fix=MAKE_DATA)
    return folder


def data_folder_of(root: Path) -> Path:
    """Return the data folder that a workspace's lean.json names, whether it exists or not.

    :raises BadInputError: if lean.json cannot be read
    """
    return root / str(read_lean_json(root).get("data-folder", "data"))


def check_finished(data: Path) -> None:
    """Refuse a folder that `thetatrace data make` is still filling, or was stopped in: days are missing in it.

    :raises BadInputError: if it is one, or its record cannot be read
    """
    made = made_span(data)
    if made is not None and not made.finished:
        command = shlex.join(
            ["thetatrace", "data", "make", "--folder", str(data), "--start", str(made.start), "--end", str(made.end)]
        )
        fix = f"Finish it with `{command} --seed {made.seed}`, or run with --allow-missing."
        raise BadInputError("The data folder is half made", path=data, fix=fix)


def outside_made_span(data: Path, start: date, end: date) -> str:
    """Say that a run of these dates went beyond the made data; "" if it did not, or the data was not made here."""
    made = made_span(data)
    if made is None or max(made.start - start, end - made.end) <= LONG_WEEKEND:
        return ""
    return f"The data was made for {made.start} to {made.end}: the run, {start} to {end}, had none outside these days."


def new_output_folder(algorithm: Path, now: datetime) -> Path:
    """Make the lean CLI's place for a new run, `<project>/backtests/<YYYY-mm-dd_HH-MM-SS>`: no other run gets it too.

    :raises BadInputError: if it cannot be made
    """
    base = project_folder(algorithm) / "backtests" / now.strftime("%Y-%m-%d_%H-%M-%S")
    candidate, count = base, 1
    while not _make_folder(candidate, exist_ok=False):
        count += 1
        candidate = base.with_name(f"{base.name}_{count}")
    return candidate


def _make_folder(folder: Path, *, exist_ok: bool) -> bool:
    """Make a results folder that can be written; False if it exists and may not."""
    reason = "Permission denied"
    try:
        folder.mkdir(parents=True, exist_ok=exist_ok)
        if os.access(folder, os.W_OK | os.X_OK):
            return True
    except FileExistsError:
        return False
    except OSError as error:
        reason = error.strerror or reason
    fix = "Name a folder that you may write with --output."
    raise BadInputError(f"The results folder cannot be written ({reason})", path=folder, fix=fix)


@contextmanager
def results_slot(results: Path, *, overwrite: bool, own: bool = False) -> Iterator[Path]:
    """Yield the folder a run writes to, and put it in place of `results` when the run succeeded.

    Without `overwrite` that folder is `results` itself, which must not hold anything yet. It is made before the run, so
    that a long run does not end where nothing can be written; what we made and nothing was written to goes away again.

    :param own: `results` comes from `new_output_folder`
    :raises BadInputError: if `results` cannot be written, or holds files that may not be replaced
    """
    occupied = results.exists() and (results.is_file() or any(results.iterdir()))
    if not occupied:
        made = [folder for folder in (results, *results.parents) if not folder.exists()]
        _make_folder(results, exist_ok=True)
        try:
            yield results
        finally:
            for folder in (results, results.parent) if own else made:
                with suppress(OSError):  # holds something
                    folder.rmdir()
        return
    if not overwrite:
        fix = "Choose another --output, or replace them with --overwrite."
        raise BadInputError("The results folder is not empty", path=results, fix=fix)
    if results.is_file() or not any(results.glob("*-summary.json")):
        fix = "Choose another --output: only results of an earlier run are replaced."
        raise BadInputError("The output holds something other than results", path=results, fix=fix)
    _make_folder(results.parent, exist_ok=True)
    slot = results.with_name(f"{results.name}.new")
    if slot.exists():  # left by a run that was killed
        shutil.rmtree(slot)
    yield slot
    if slot.exists():
        shutil.rmtree(results)
        slot.rename(results)


def newest_results(*places: Path) -> Path | None:
    """Return the results folder whose summary was written last, among the places and the folders in them."""
    patterns = ("*-summary.json", "*/*-summary.json")
    summaries = [path for place in places for pattern in patterns for path in sorted(place.glob(pattern))]
    return max(summaries, key=lambda path: (path.stat().st_mtime_ns, path)).parent if summaries else None
