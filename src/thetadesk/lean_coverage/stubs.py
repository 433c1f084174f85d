"""From the installed `quantconnect-stubs` to `lean_local/lean_api.txt`: LEAN's modules, classes and members by name."""

import ast
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from lean_local.errors import BadInputError
from lean_local.lean_api import RESOURCE

PACKAGE = "quantconnect-stubs"
WIDTH = 118
# Parts of LEAN that no algorithm holds an object of: their types are known by name alone.
NAMES_ONLY = (
    "QuantConnect.Api", "QuantConnect.AlgorithmFactory", "QuantConnect.DownloaderDataProvider", "QuantConnect.Lean",
    "QuantConnect.Messaging", "QuantConnect.Optimizer", "QuantConnect.Packets", "QuantConnect.Queues",
    "QuantConnect.Report", "QuantConnect.Research", "QuantConnect.Configuration", "QuantConnect.Python",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StubClass:
    """A class of the stubs: its bases' and its own members' names, as an algorithm in Python writes them."""

    name: str
    bases: tuple[str, ...]
    members: tuple[str, ...]


def stubs_version() -> str | None:
    """Version of the installed stubs; None if they are not installed."""
    try:
        return distribution(PACKAGE).version
    except PackageNotFoundError:
        return None


def write_resource(target: Path = RESOURCE) -> None:
    """Read the stubs (about ten seconds) and write the resource.

    :raises BadInputError: if the stubs are not installed
    """
    version = stubs_version()
    if version is None:
        raise BadInputError("quantconnect-stubs is not installed", fix="Install the dev tools: make check does.")
    root = Path(str(distribution(PACKAGE).locate_file("")))
    lines = [f"# LEAN's API by name, from {PACKAGE} {version}: `make lean-coverage` writes this file."]
    lines += ["* " + " ".join(_star_imports(root / "AlgorithmImports" / "__init__.pyi"))]
    for module, classes in _modules(root / "QuantConnect"):
        lines.append(f"@{module}")
        known = not module.startswith(NAMES_ONLY)
        lines += [line for one in classes for line in _lines(one, with_members=known)]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _star_imports(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.names[0].name == "*")
    return [node.module for node in found if node.module and node.module.startswith("QuantConnect")]


def _modules(folder: Path) -> Iterator[tuple[str, list[StubClass]]]:
    for path in sorted(folder.rglob("__init__.pyi")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        classes = [_class(node) for node in tree.body if isinstance(node, ast.ClassDef)]
        named = [one for one in classes if "_" not in one.name]  # the others are artefacts of the stubs
        yield ".".join(path.relative_to(folder.parent).parts[:-1]), sorted(named, key=lambda one: one.name)


def _class(node: ast.ClassDef) -> StubClass:
    bases = [ast.unparse(base).split("[")[0].rsplit(".", 1) for base in node.bases]
    kept = tuple(parts[-1] for parts in bases if parts[0].startswith("QuantConnect"))
    members = {name for part in node.body for name in _names(part) if not name.startswith("_")}
    return StubClass(node.name, kept, tuple(sorted(members)))


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []


def _lines(one: StubClass, *, with_members: bool) -> list[str]:
    head = f"{one.name}({' '.join(one.bases)})" if one.bases and with_members else one.name
    text = f"{head}: {' '.join(one.members)}" if one.members and with_members else head
    return textwrap.wrap(text, WIDTH, subsequent_indent=" ", break_long_words=False, break_on_hyphens=False)
