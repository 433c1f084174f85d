"""`docs/lean-local-coverage.md`: every type of `AlgorithmImports`, its members in LEAN against those of lean_local."""

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import EnumType
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from lean_local import lean_api
from lean_local.naming import placeholder, to_snake
from thetadesk.conformance import known
from thetadesk.tables import percent

TARGET = Path("docs") / "lean-local-coverage.md"
UNIVERSES = "Universes"
# The first group whose modules hold a type takes it.
GROUPS = {
    "Algorithm": ("QuantConnect.Algorithm", "QuantConnect.Scheduling", "QuantConnect.Storage"),
    "Securities": ("QuantConnect.Securities", "QuantConnect.Brokerages", "QuantConnect.Data.Shortable"),
    "Orders": ("QuantConnect.Orders",),
    "Consolidators": ("QuantConnect.Data.Consolidators",),
    UNIVERSES: ("QuantConnect.Data.UniverseSelection",),
    "Data": ("QuantConnect.Data",),
    "Indicators": ("QuantConnect.Indicators",),
    "Other": ("QuantConnect",),
}
HEADER = """\
# What lean_local covers of LEAN

Made by `make lean-coverage`; do not edit. LEAN's side is `{source}`: the types that
`from AlgorithmImports import *` brings in, with their public members, inherited ones included. lean_local's side is
the class that the same import gives here: a member counts if the class or a base of it has it as a method, property,
constant or slot, declares it, or assigns it to `self`. Either spelling counts, and overloads count once. That a
member is there says nothing of its results: those are held against LEAN by `thetatrace conformance`
([conformance.md](conformance.md)); LEAN's own algorithms that do not pass stand at the end, with the reason.

Using what is missing raises `NotInLeanLocalError`, which names the member and points to `lean backtest`.
"""


@dataclass(frozen=True, slots=True)
class TypeCoverage:
    """One LEAN type that lean_local offers: how many of its members there are, and which are missing."""

    name: str
    group: str
    members: int
    missing: tuple[str, ...]

    @property
    def present(self) -> int:
        """Members that lean_local has."""
        return self.members - len(self.missing)


def offered() -> dict[str, Any]:
    """What `from AlgorithmImports import *` gives for every LEAN type that is not a stand-in, by name."""
    import_module("lean_local.run")  # a run has the engine's classes loaded, and they are offered too
    namespace = import_module("lean_local.api.imports").namespace()
    names = sorted(lean_api.exported_types())
    return {name: namespace[name] for name in names if namespace[name] is not placeholder(name)}


def coverage_of(name: str, value: Any) -> TypeCoverage:
    """LEAN's members of the type `name` against those of the class (or object) that stands for it."""
    cls = value if isinstance(value, type) else type(value)
    members = lean_api.members(name)
    present = runtime_members(cls)
    missing = sorted(member for member in members if to_snake(member) not in present)
    return TypeCoverage(name, group_of(name), len(members), tuple(missing))


def group_of(name: str) -> str:
    """Heading under which a LEAN type stands."""
    if name.endswith("Universe"):
        return UNIVERSES
    module = lean_api.module_of(name) + "."
    return next(group for group, starts in GROUPS.items() if any(module.startswith(f"{start}.") for start in starts))


def runtime_members(cls: type) -> frozenset[str]:
    """Public members of a class and of its instances, in snake_case."""
    names = set(dir(cls))
    if isinstance(cls, EnumType):
        names |= cls.__members__.keys()  # `dir` leaves out second names of one value
    for base in cls.__mro__:
        names |= inspect.get_annotations(base).keys()
        module = inspect.getmodule(base)
        if module is not None and module.__name__.startswith("lean_local."):
            names |= _assigned(module).get(base.__name__, set())
    return frozenset(to_snake(name) for name in names if not name.startswith("_"))


@cache
def _assigned(module: ModuleType) -> dict[str, set[str]]:
    """Attributes that the methods of a module's classes assign to `self`, by class."""
    tree = ast.parse(inspect.getsource(module))
    return {node.name: set(_self_targets(node)) for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def _self_targets(node: ast.ClassDef) -> Iterator[str]:
    for part in ast.walk(node):
        if (
            isinstance(part, ast.Attribute)
            and isinstance(part.ctx, ast.Store)
            and isinstance(part.value, ast.Name)
            and part.value.id == "self"
        ):
            yield part.attr


def render() -> str:
    """The whole document as Markdown. Import order decides which classes a process offers: call it in a fresh one."""
    values = offered()
    found = [coverage_of(name, value) for name, value in values.items()]
    rows = [row for row in found if row.members]
    plain = [row.name for row in found if not row.members]
    lines = [HEADER.format(source=lean_api_source()), *_summary(rows, len(lean_api.exported_types()), len(values))]
    for group in GROUPS:
        lines += [f"## {group}", "", *_table([row for row in rows if row.group == group])]
    if plain:
        lines += ["## Without members in the stubs", "", "Offered; known to the stubs' list by name alone.", ""]
        lines += [*_wrapped(plain), ""]
    return "\n".join([*lines, *_absent(values), *known.table(known.read())]).rstrip() + "\n"


def lean_api_source() -> str:
    """Name and version of the stubs that `lean_api.txt` was written from, out of its first line."""
    first = lean_api.RESOURCE.read_text(encoding="utf-8").split("\n", 1)[0]
    return first.split(" from ", 1)[1].split(":", 1)[0]


def _summary(rows: list[TypeCoverage], types: int, offered_types: int) -> list[str]:
    lines = ["| group | types | members in LEAN | here | covered % |", "| --- | ---: | ---: | ---: | ---: |"]
    lines += [_total(group, [row for row in rows if row.group == group]) for group in GROUPS]
    lines.append(_total("all offered types", rows))
    return [*lines, "", f"{offered_types} of {types:,} types are offered; the others are listed at the end.", ""]


def _total(label: str, rows: list[TypeCoverage]) -> str:
    members, present = sum(row.members for row in rows), sum(row.present for row in rows)
    share = percent(present / members) if members else "–"
    return f"| {label} | {len(rows)} | {members:,} | {present:,} | {share} |"


def _table(rows: list[TypeCoverage]) -> list[str]:
    lines = ["| type | members in LEAN | here | covered % | missing |", "| --- | ---: | ---: | ---: | --- |"]
    for row in rows:
        missing = ", ".join(f"`{name}`" for name in row.missing)
        share = percent(row.present / row.members)
        lines.append(f"| `{row.name}` | {row.members} | {row.present} | {share} | {missing} |")
    return [*lines, ""]


def _absent(values: dict[str, Any]) -> list[str]:
    lines = ["## Types not offered", "", "By LEAN's module. They can be imported; using one raises.", ""]
    by_module: dict[str, list[str]] = {}
    for name in sorted(lean_api.exported_types()):
        if name not in values:
            by_module.setdefault(lean_api.module_of(name), []).append(name)
    for module, names in sorted(by_module.items()):
        lines += [f"**{module}** ({len(names)})", "", *_wrapped(names), ""]
    return lines


def _wrapped(names: Iterable[str]) -> list[str]:
    return textwrap.wrap(", ".join(names), 118, break_long_words=False, break_on_hyphens=False)
