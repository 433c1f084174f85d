"""From a project folder to an algorithm class: config.json, libraries, module search path, fresh user modules."""

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from lean_local.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Project:
    """An algorithm file with what its config.json says, or a class that is already imported."""

    main: Path
    name: str
    parameters: dict[str, str]
    libraries: tuple[Path, ...]
    workspace: Path | None  # the nearest parent with lean.json
    imported: type | None = None


def _project_of_class(algorithm: type) -> Project:
    from lean_local.api.algorithm import QCAlgorithm  # noqa: PLC0415  pandas only when a run starts

    if not issubclass(algorithm, QCAlgorithm):
        raise BadInputError(
            f"The class {algorithm.__name__} does not derive from QCAlgorithm",
            fix="Name an algorithm class, a project folder with a main.py, or a .py file.",
        )
    return Project(Path(), algorithm.__name__, {}, (), None, algorithm)


def find_project(path: Path | type, libraries: Iterable[Path] | None) -> Project:
    """The project of a folder, .py file or class. Raises BadInputError when there is none or its config.json is broken.

    A class is run as it is: its module is not imported anew, and nothing is added to the search path.
    """
    if isinstance(path, type):
        return _project_of_class(path)
    main = path / "main.py" if path.is_dir() else path
    if not main.is_file() or main.suffix != ".py":
        raise BadInputError(
            "There is no algorithm here", path=path, fix="Name a project folder with a main.py, or a .py file."
        )
    folder = main.parent.resolve()
    workspace = next((p for p in (folder, *folder.parents) if (p / "lean.json").is_file()), None)
    config = _read_config(folder / "config.json")
    parameters = config.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise BadInputError(
            '"parameters" is not an object', path=folder / "config.json", fix='Write {"name": "value"}.'
        )
    if libraries is None:
        libraries = [_library(folder, workspace, entry) for entry in config.get("libraries") or []]
    name = folder.name if path.is_dir() else main.stem
    return Project(main.resolve(), name, {str(k): str(v) for k, v in parameters.items()}, tuple(libraries), workspace)


def _read_config(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        config = json.loads(path.read_text(encoding="utf-8-sig"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        line = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise BadInputError(
            f"The project configuration is not valid JSON{line}", path=path, fix="Correct it."
        ) from error
    if not isinstance(config, dict):
        raise BadInputError("The project configuration is not a JSON object", path=path, fix="Correct it.")
    return config


def _library(folder: Path, workspace: Path | None, entry: Any) -> Path:
    text = entry.get("path") if isinstance(entry, dict) else None
    found = None if text is None else (workspace or folder) / text
    if found is None or not found.is_dir():
        problem = (
            f"The library {entry!r} has no path" if found is None else f"The library folder {found} does not exist"
        )
        fix = 'Correct its "path" under "libraries" (relative to the workspace), or take the library out.'
        raise BadInputError(problem, path=folder / "config.json", fix=fix)
    resolved: Path = found.resolve()
    return resolved


class AlgorithmLoader(AbstractContextManager["AlgorithmLoader"]):
    """Puts our AlgorithmImports and the project's search path in place, and takes both away again."""

    def __init__(self, project: Project, data_folder: str) -> None:
        self.project = project
        self._data_folder = data_folder
        self._path: list[str] = []
        self._finder: Any = None
        self._modules: dict[str, ModuleType] = {}

    def __enter__(self) -> "AlgorithmLoader":
        from lean_local.api.modules import make_modules  # noqa: PLC0415  pandas only when a run starts
        from lean_local.framework.modules import FrameworkFinder  # noqa: PLC0415

        self._path, self._modules = list(sys.path), dict(sys.modules)
        if self.project.imported is None:
            self._open_project()
        modules = make_modules(self._data_folder)
        sys.modules.update(modules)
        self._finder = FrameworkFinder(vars(modules["AlgorithmImports"]))
        sys.meta_path.append(self._finder)
        return self

    def _open_project(self) -> None:
        project = self.project
        added = [str(project.main.parent)]
        if project.workspace is not None and (project.workspace / "Library").is_dir():
            added.append(str(project.workspace / "Library"))
        added += [str(p) for p in reversed(project.libraries)]
        sys.path[:0] = added
        self._forget([project.main.parent])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.path[:] = self._path
        sys.meta_path.remove(self._finder)
        self._finder.forget()
        for name in set(sys.modules) - set(self._modules):
            if self._is_of_project(sys.modules[name]) or name.split(".")[0] in (
                "AlgorithmImports",
                "QuantConnect",
                "System",
                "clr",
            ):
                del sys.modules[name]
        for name, module in self._modules.items():
            if sys.modules.get(name) is not module:
                sys.modules[name] = module
        importlib.invalidate_caches()

    def _roots(self) -> list[Path]:
        return [] if self.project.imported is not None else [self.project.main.parent, *self.project.libraries]

    def _is_of_project(self, module: ModuleType) -> bool:
        file = getattr(module, "__file__", None)
        return file is not None and file.startswith(tuple(f"{root}{os.sep}" for root in self._roots()))

    def _forget(self, roots: list[Path]) -> None:
        """Modules of the algorithm's folder are imported anew in every run."""
        here, folders = f"{Path(__file__).parent}{os.sep}", {str(root) for root in roots}
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if (
                name != "__main__"
                and file is not None
                and not file.startswith(here)
                and "site-packages" not in file
                and os.path.dirname(file) in folders  # noqa: PTH120  of hundreds: a Path costs a hundred times more
            ):
                del sys.modules[name]

    def algorithm_class(self, guard: AbstractContextManager[Any]) -> type:
        """Import the file and choose its algorithm class: the alphabetically last one, as LEAN does."""
        if self.project.imported is not None:
            return self.project.imported
        from lean_local.api.algorithm import QCAlgorithm  # noqa: PLC0415  pandas only when a run starts

        main = self.project.main
        spec = importlib.util.spec_from_file_location(main.stem, main)
        if spec is None or spec.loader is None:
            raise BadInputError("The algorithm cannot be imported", path=main, fix="Check that it is a Python file.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[main.stem] = module
        with guard:
            spec.loader.exec_module(module)
        found = [
            value
            for _, value in sorted(vars(module).items())
            if isinstance(value, type) and issubclass(value, QCAlgorithm) and value.__module__ == main.stem
        ]
        if not found:
            raise BadInputError(
                "No class deriving from QCAlgorithm is defined here",
                path=main,
                fix="Define one: class MyAlgorithm(QCAlgorithm).",
            )
        return found[-1]
