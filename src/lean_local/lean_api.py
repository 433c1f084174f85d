"""LEAN's API by name: which modules, types and members exist there, whether or not they do here.

Read from `lean_api.txt` (generated from `quantconnect-stubs`; see `thetadesk.lean_coverage`) when a name is not found,
so that a name lean_local lacks is told apart from one that nobody has. Names found cost nothing.
"""

import re
from functools import cache
from pathlib import Path

RESOURCE = Path(__file__).with_name("lean_api.txt")
_HEAD = re.compile(r"(\w+)(?:\(([^)]*)\))?(?:: (.*))?$")


@cache
def _sections() -> tuple[tuple[str, ...], dict[str, dict[str, str]]]:
    """The modules that `AlgorithmImports` takes in, and by module and type the type's line."""
    star: tuple[str, ...] = ()
    modules: dict[str, dict[str, str]] = {}
    lines = RESOURCE.read_text(encoding="utf-8").replace("\n ", " ").splitlines()
    types: dict[str, str] = {}
    for line in lines:
        if line.startswith("*"):
            star = tuple(line[2:].split())
        elif line.startswith("@"):
            types = modules.setdefault(line[1:], {})
        elif not line.startswith("#"):
            types[re.split(r"\W", line, maxsplit=1)[0]] = line
    return star, modules


def modules() -> dict[str, tuple[str, ...]]:
    """Names of the types of every module."""
    return {module: tuple(types) for module, types in _sections()[1].items()}


@cache
def exported_types() -> tuple[str, ...]:
    """Names of the types that `from AlgorithmImports import *` brings in."""
    star, found = _sections()
    return tuple(dict.fromkeys(name for module in star for name in found.get(module, ())))


@cache
def _types() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Bases and own members by type name; types of one name in two modules share a line."""
    known: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for types in _sections()[1].values():
        for name, line in types.items():
            head = _HEAD.match(line)
            bases, own = ((head[2] or "").split(), (head[3] or "").split()) if head is not None else ([], [])
            before = known.get(name, (frozenset(), frozenset()))
            known[name] = (before[0] | frozenset(bases), before[1] | frozenset(own))
    return known


@cache
def members(type_name: str) -> frozenset[str]:
    """Members of a LEAN type, inherited ones included, in the stubs' spelling; empty for an unknown type."""
    bases, own = _types().get(type_name, (frozenset(), frozenset()))
    return own.union(*(members(base) for base in bases if base != type_name))


@cache
def bases(type_name: str) -> frozenset[str]:
    """Names of the LEAN types that a type derives from directly."""
    return _types().get(type_name, (frozenset(), frozenset()))[0]


@cache
def module_of(type_name: str) -> str:
    """Module of a LEAN type; empty for an unknown one."""
    return next((module for module, types in _sections()[1].items() if type_name in types), "")
