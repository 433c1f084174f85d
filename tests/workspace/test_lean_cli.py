"""The workspace is one the real lean CLI can run: its own classes read lean.json and every project."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECTS = sorted(path.parent.name for path in ROOT.glob("algorithms/*/main.py"))

# The CLI downloads this list at import unless a copy younger than a day is there; offline it would not start.
MODULES = {
    "modules": [
        {"id": "Local", "display-id": "Local", "type": ["data-downloader"], "platform": ["cli"], "configurations": []}
    ]
}

SCRIPT = """
import json, sys
from pathlib import Path
from lean.container import container

project = Path(sys.argv[1])
manager = container.lean_config_manager
config = manager.get_complete_lean_config("backtesting", project / "main.py", None)
project_config = container.project_config_manager.get_project_config(project)
print(json.dumps({
    "data": str(manager.get_data_directory()),
    "root": str(manager.get_cli_root_directory()),
    "language": project_config.get("algorithm-language"),
    "libraries": [str(path) for path in container.project_manager.get_project_libraries(project)],
    "is_project": container.project_manager.find_algorithm_file(project).name,
    "parameters": config["parameters"],
    "type": config["algorithm-type-name"],
    "location": config["algorithm-location"],
}))
"""


@pytest.fixture
def workspace(tmp_path):
    """A copy of the workspace's committed shape: the CLI rewrites lean.json and config.json as it goes."""
    copy = tmp_path / "workspace"
    for folder in ("algorithms", "Library"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__", "backtests"))
    shutil.copy(ROOT / "lean.json", copy)
    (copy / "data").mkdir()
    return copy


@pytest.fixture(scope="module", autouse=True)
def modules_file():
    spec = importlib.util.find_spec("lean")
    if spec is None or spec.origin is None:
        pytest.skip("the lean CLI is not installed (pip install '.[dev]')")
    path = Path(spec.origin).parent / "modules-1.14.json"
    if not path.exists() or time.time() - path.stat().st_mtime > 3_600:
        path.write_text(json.dumps(MODULES))


def ask_cli(workspace, project):
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(workspace / "algorithms" / project)],
        capture_output=True, text=True, cwd=workspace, timeout=120, check=False,
        env={**os.environ, "HOME": str(workspace.parent), "USERPROFILE": str(workspace.parent)},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize("project", PROJECTS)
def test_the_clis_own_classes_read_the_workspace_and_the_project(workspace, project):
    ours = json.loads((workspace / "algorithms" / project / "config.json").read_text())
    seen = ask_cli(workspace, project)
    assert seen["root"] == str(workspace)
    assert Path(seen["data"]).resolve() == (workspace / "data").resolve()
    assert seen["language"] == "Python"
    assert seen["libraries"] == [str(workspace / library["path"]) for library in ours.get("libraries", [])]
    assert seen["is_project"] == "main.py"
    assert (seen["type"], seen["location"]) == ("main", "/LeanCLI/main.py")
    assert seen["parameters"] == ours["parameters"]
    assert all(isinstance(value, str) for value in seen["parameters"].values())


def test_lean_json_is_plain_json_with_what_the_cli_needs():
    config = json.loads((ROOT / "lean.json").read_text())
    assert config["organization-id"]
    assert config["data-folder"] == "data"


def test_the_library_folder_shadows_no_module_and_asks_for_no_install():
    library = ROOT / "Library" / "thetatrace"
    assert sorted(path.name for path in library.iterdir() if path.name != "__pycache__") == ["thetatrace"]
    assert not list(library.rglob("requirements.txt"))


@pytest.mark.parametrize("project", PROJECTS)
def test_project_parameters_are_texts_and_the_library_is_named(project):
    config = json.loads((ROOT / "algorithms" / project / "config.json").read_text())
    assert config["algorithm-language"] == "Python"
    assert config["libraries"] == [{"name": "thetatrace", "path": "Library/thetatrace"}]
    assert all(isinstance(value, str) for value in config["parameters"].values())
