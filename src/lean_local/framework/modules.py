"""Module names under which LEAN's framework models can be imported: `from Alphas.RsiAlphaModel import RsiAlphaModel`.

LEAN's Launcher lays the Python files of its framework folders side by side. Here a name is answered only when the
algorithm's own folders and libraries have no such module.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_FOLDERS = ("Alphas", "Execution", "Orders", "Orders.Slippage", "Portfolio", "Risk", "Selection")


class FrameworkFinder(MetaPathFinder, Loader):
    """Finds `<folder>.<class>` for the classes of `AlgorithmImports`, after every other finder."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """See MetaPathFinder."""
        folder, _, name = fullname.rpartition(".")
        is_folder = fullname in _FOLDERS
        if is_folder or (folder in _FOLDERS and name in self._names) or self._is_model(fullname):
            return ModuleSpec(fullname, self, is_package=is_folder)
        return None

    def _is_model(self, name: str) -> bool:
        """Whether a name is a framework class: LEAN's files import each other by it alone."""
        return str(getattr(self._names.get(name), "__module__", "")).startswith(__package__)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:  # noqa: ARG002
        """The usual module."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """A module shows every name of `AlgorithmImports`, as LEAN's files do."""
        if module.__name__ not in _FOLDERS:
            module.__dict__.update({n: v for n, v in self._names.items() if not n.startswith("__")})

    def forget(self) -> None:
        """Take the made modules away again."""
        for name in [n for n, m in sys.modules.items() if getattr(m, "__loader__", None) is self]:
            del sys.modules[name]
