"""What the maker has made in a folder: seed, span, plan and the SHA-256 of every file.

`manifest.json` is written when a run starts (state "making") and when it ends (state "made"). In between each finished
task adds a line to `journal.jsonl`, so a run that was killed goes on where it stopped.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from lean_local.errors import BadInputError
from thetadesk.data.listings import ContractPlan
from thetadesk.data.writers import write_atomic

MAKER_VERSION = 9
FOLDER = ".thetatrace"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides the bytes of a made folder."""

    start: date
    end: date
    seed: int
    plan: ContractPlan

    def as_json(self) -> dict[str, Any]:
        """The recipe as plain JSON values."""
        plan = asdict(self.plan) | {"roots": list(self.plan.roots)}
        return {
            "version": MAKER_VERSION,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "seed": self.seed,
            "plan": plan,
        }


@dataclass
class Manifest:
    """The record of one folder. `files` maps paths below the folder to SHA-256 digests.

    `obsolete` holds the files of an older maker version of the same seed and span: they are made again, and those that
    no longer belong are removed (the record proves they were made here).
    """

    folder: Path
    recipe: Recipe
    files: dict[str, str] = field(default_factory=dict)
    finished: bool = False
    obsolete: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """`manifest.json`."""
        return self.folder / FOLDER / "manifest.json"

    @property
    def journal(self) -> Path:
        """`journal.jsonl`."""
        return self.folder / FOLDER / "journal.jsonl"

    def save(self, *, finished: bool) -> None:
        """Write the manifest; a finished one replaces the journal."""
        self.finished = finished
        content = {
            "state": "made" if finished else "making",
            **self.recipe.as_json(),
            "files": dict(sorted(self.files.items())),
            "obsolete": dict(sorted(self.obsolete.items())),
        }
        write_atomic(self.path, (json.dumps(content, indent=1) + "\n").encode())
        if finished:
            self.journal.unlink(missing_ok=True)

    def add(self, files: dict[str, str]) -> None:
        """Record a finished task's files at once."""
        self.files.update(files)
        with self.journal.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(files, sort_keys=True) + "\n")

    def drop_obsolete(self) -> None:
        """Remove what an older version of the maker left and this one does not make."""
        for path in sorted(set(self.obsolete) - set(self.files)):
            if digest(self.folder / path) == self.obsolete[path]:
                (self.folder / path).unlink()
        self.obsolete = {}

    def intact(self, paths: list[str]) -> bool:
        """True when every one of these files is recorded and still has the recorded bytes."""
        return all(path in self.files and digest(self.folder / path) == self.files[path] for path in paths)


def digest(path: Path) -> str | None:
    """SHA-256 of a file; None when it is missing."""
    if not path.is_file():
        return None
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def recorded_files(folder: Path) -> dict[str, str] | None:
    """Paths and digests of a made folder; None when the folder was not made here.

    :raises BadInputError: the record cannot be read
    """
    path = folder / FOLDER / "manifest.json"
    if not path.exists():
        return None
    try:
        return {str(name): str(value) for name, value in json.loads(path.read_text(encoding="utf-8"))["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(path) from error


@dataclass(frozen=True, slots=True)
class MadeSpan:
    """What a folder was made for. `finished` is False while it is made, and when the making was stopped."""

    start: date
    end: date
    seed: int
    finished: bool


def made_span(folder: Path) -> MadeSpan | None:
    """The span of a made folder; None when the folder was not made here.

    :raises BadInputError: the record cannot be read
    """
    path = folder / FOLDER / "manifest.json"
    if not path.exists():
        return None
    try:
        made = json.loads(path.read_text(encoding="utf-8"))
        start, end = date.fromisoformat(made["start"]), date.fromisoformat(made["end"])
        return MadeSpan(start, end, int(made["seed"]), made["state"] == "made")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(path) from error


def _unreadable(path: Path) -> BadInputError:
    fix = "Choose another folder, or move this one away."
    return BadInputError("the record of this data folder cannot be read", path=path, fix=fix)


def open_manifest(folder: Path, recipe: Recipe) -> Manifest:
    """The folder's manifest, or a new one when the folder has none.

    :raises BadInputError: the folder was made with another recipe, or its manifest cannot be read
    """
    manifest = Manifest(folder, recipe)
    if not manifest.path.exists():
        return manifest
    try:
        content = json.loads(manifest.path.read_text(encoding="utf-8"))
        made = {key: content[key] for key in recipe.as_json()}
        manifest.files = dict(content["files"])
        manifest.obsolete = dict(content.get("obsolete", {}))
        manifest.finished = content["state"] == "made"
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(manifest.path) from error
    if made["version"] != MAKER_VERSION and made | {"version": MAKER_VERSION, "plan": None} == recipe.as_json() | {
        "plan": None
    }:
        manifest.obsolete |= manifest.files
        manifest.files, manifest.finished = {}, False
        return manifest
    if made != recipe.as_json():
        what = _difference(made, recipe.as_json())
        raise BadInputError(
            f"this data folder was made with {what}", path=folder, fix="Choose another folder, or move this one away."
        )
    _replay(manifest)
    return manifest


def _difference(made: dict[str, Any], asked: dict[str, Any]) -> str:
    return " and ".join(f"{key} {made[key]} (now asked: {asked[key]})" for key in asked if made[key] != asked[key])


def _replay(manifest: Manifest) -> None:
    if not manifest.journal.exists():
        return
    for line in manifest.journal.read_text(encoding="utf-8").splitlines():
        try:
            manifest.files.update(json.loads(line))
        except ValueError:  # a line cut short by a kill: its task is simply done again
            continue
