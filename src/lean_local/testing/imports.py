"""`from AlgorithmImports import *` in any file, outside a run: a finder that answers for LEAN's module names."""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

_ROOTS = frozenset({"AlgorithmImports", "QuantConnect", "System", "clr"})


class LeanImports(MetaPathFinder, Loader):
    """Finds LEAN's modules where no real module has their name (type stubs are none)."""

    def __init__(self) -> None:
        self._modules: dict[str, ModuleType] = {}

    def install(self) -> None:
        """Ask this finder from now on."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Ask this finder no more."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module, when it is one of LEAN's and nobody else has it."""
        if fullname.partition(".")[0] not in _ROOTS:
            return None
        real = PathFinder.find_spec(fullname, path, target)
        if real is not None and real.loader is not None and real.origin is not None:
            return None
        if not self._modules:
            from lean_local.api.modules import make_modules  # noqa: PLC0415  pandas only when somebody asks

            self._modules = make_modules("")
        return ModuleSpec(fullname, self) if fullname in self._modules else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module as runs see it."""
        return self._modules[spec.name]

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to do: the module is made with its names."""
