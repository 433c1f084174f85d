"""The modules that answer to LEAN's names during a run: `AlgorithmImports`, `QuantConnect.…`, `System.…`, `clr`."""

from collections.abc import Iterable
from functools import cache
from types import ModuleType
from typing import Any

from lean_local import lean_api
from lean_local.api.imports import Globals, namespace
from lean_local.errors import NotInLeanLocalError
from lean_local.naming import placeholder

_FOREIGN = ("System", "System.Collections", "System.Collections.Generic", "System.Linq", "System.Drawing", "clr")
_NET_TYPES = {"List": list, "Dictionary": dict, "HashSet": set, "IEnumerable": list, "KeyValuePair": tuple}


@cache
def _names_of(module: str) -> tuple[str, ...]:
    return lean_api.modules()[module]


def make_modules(data_folder: str) -> dict[str, ModuleType]:
    """The modules to put into `sys.modules` for a run, by name. Every module that LEAN's stubs know can be imported."""
    Globals.data_folder = Globals.DataFolder = data_folder
    names = namespace()
    made = {name: _module(name, _names_of(name), names) for name in lean_api.modules()}
    for name in ("AlgorithmImports", *_FOREIGN):
        made[name] = _module(name, names, names)
        made[name].__dict__.update(names)
    made["System.Collections.Generic"].__dict__.update(_NET_TYPES)
    made["clr"].__dict__.update(AddReference=lambda _name: None, GetClrType=lambda python_type: python_type)
    for name, module in made.items():
        parent, _, child = name.rpartition(".")
        if parent in made:
            made[parent].__dict__.setdefault(child, module)
    return made


def _module(name: str, own: Iterable[str], everything: dict[str, Any]) -> ModuleType:
    """A module that offers its own names; these, their list and any other name of LEAN's are found when asked for."""
    offered = frozenset(own)

    def missing(wanted: str) -> Any:
        if wanted == "__all__":
            found = module.__dict__["__all__"] = sorted(n for n in offered if not n.startswith("_"))
            return found
        if wanted in everything:
            return everything[wanted]
        if wanted in offered:
            return placeholder(wanted)
        if wanted.startswith("__"):
            raise AttributeError(wanted)
        raise NotInLeanLocalError(f"{name}.{wanted}")

    module = ModuleType(name)
    module.__dict__["__getattr__"] = missing
    module.__dict__["__path__"] = []
    return module
