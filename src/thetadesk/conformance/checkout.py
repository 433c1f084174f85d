"""A checkout of LEAN: where its algorithms, twins and sample data are, and which sample files it has lost."""

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lean_local.errors import BadInputError
from thetadesk.commented_json import read_commented_json
from thetadesk.conformance.twins import Twin, TwinLibrary

# LEAN's Launcher lays this folder's Python files beside the algorithms (`Orders.Slippage.X`, …). The models of its
# framework (`Alphas.X`, `Portfolio.X`, …) are part of what is tested: they are lean_local's own.
LIBRARIES = ("Common",)
_OPTION_QUOTE = re.compile(r"(?:option|indexoption|futureoption)/.*_quote")
_TICK_QUOTE = re.compile(r"\w+/\w+/tick/.*_quote")


@dataclass(frozen=True)
class LeanCheckout:
    """The folder of LEAN's public source."""

    path: Path

    @classmethod
    def open(cls, path: Path) -> "LeanCheckout":
        """Return the checkout at a path.

        :raises BadInputError: if the folder is not one
        """
        fix = "Name the folder of a LEAN checkout: git clone https://github.com/QuantConnect/Lean"
        if not path.is_dir():
            raise BadInputError("The LEAN checkout does not exist", path=path, fix=fix)
        for part in ("Algorithm.Python", "Algorithm.CSharp", "Data"):
            if not (path / part).is_dir():
                raise BadInputError(f"This is no LEAN checkout (it has no {part} folder)", path=path, fix=fix)
        return cls(path.resolve())

    @property
    def data(self) -> Path:
        """LEAN's sample data."""
        return self.path / "Data"

    @property
    def libraries(self) -> tuple[Path, ...]:
        """Folders whose Python modules an algorithm may import."""
        return tuple(self.path / name for name in LIBRARIES if (self.path / name).is_dir())

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Parameters of LEAN's own configuration, with which its regression tests run."""
        path = self.path / "Launcher" / "config.json"
        found = read_commented_json(path).get("parameters") if path.is_file() else None
        return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}

    @cached_property
    def _twins(self) -> TwinLibrary:
        return TwinLibrary(self.path / "Algorithm.CSharp")

    def algorithm(self, name: str) -> Path:
        """Path of an algorithm's Python file."""
        return self.path / "Algorithm.Python" / f"{name}.py"

    def twin(self, name: str) -> Twin | None:
        """What LEAN expects of an algorithm; None without a C# twin that says."""
        return self._twins.find(name)

    def names(self) -> list[str]:
        """Names of all algorithms with a Python file and a C# twin with expected statistics."""
        found = sorted(path.stem for path in (self.path / "Algorithm.Python").glob("*.py"))
        return [name for name in found if self.twin(name) is not None]

    @cached_property
    def _deleted(self) -> frozenset[str] | None:
        """Sample files that git tracks and that are gone, relative to Data; None where git cannot tell."""
        if not (self.path / ".git").exists():
            return None
        words = ["git", "-C", str(self.path), "-c", "core.quotePath=false", "ls-files", "--deleted", "--", "Data"]
        try:
            done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
        except (OSError, subprocess.SubprocessError):
            return None
        return frozenset(line.removeprefix("Data/") for line in done.stdout.splitlines())

    def lost(self, requested: Iterable[str]) -> list[str]:
        """Return those of the requested and absent files that LEAN's repository has and this copy lost.

        With git its index tells. Without it, quotes of options and quote ticks count as lost where the trades of the
        same file name are there: LEAN's repository has no option or tick day with trades alone.
        """
        if self._deleted is not None:
            return [path for path in requested if path in self._deleted]
        return [path for path in requested if self._has_only_trades(path)]

    def _has_only_trades(self, path: str) -> bool:
        is_quote = _OPTION_QUOTE.match(path) or _TICK_QUOTE.match(path)
        return bool(is_quote) and (self.data / path.replace("_quote", "_trade")).is_file()
