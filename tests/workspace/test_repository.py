"""What is true of the repository as a whole: one set of versions, links that lead somewhere, rooms that keep apart."""

import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEAN_IMAGE = {"numpy": "1.26.4", "pandas": "2.3.3", "scipy": "1.13.1", "numba": "0.61.2", "scikit-learn": "1.6.1"}
DOCUMENTS = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md"), ROOT / "data" / "README.md"], key=str)


def constraints():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def test_packages_that_run_inside_lean_are_pinned_to_its_image():
    assert LEAN_IMAGE.items() <= constraints().items()


@pytest.mark.parametrize("name", sorted(constraints()))
def test_what_is_installed_is_what_is_pinned(name):
    try:
        assert version(name) == constraints()[name]
    except PackageNotFoundError:
        pytest.skip(f"{name} is pinned but not part of this install")


def test_every_install_uses_the_one_constraints_file():
    assert "--constraint constraints.txt" in (ROOT / "Makefile").read_text()
    assert not [path for path in ROOT.glob("**/requirements*.txt") if ".venv" not in path.parts]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_and_paths_of_documents_lead_somewhere(document):
    text = document.read_text()
    targets = [
        t.split("#")[0] for t in re.findall(r"\]\(([^)\s]+)\)", text) if not t.startswith(("http", "mailto", "#"))
    ]
    paths = re.findall(r"`((?:algorithms|Library|src|research|tests|benchmarks|docs|\.ci)/[\w./-]*)`", text)
    missing = [t for t in targets if t and not (document.parent / t).exists()]
    missing += [p for p in paths if not (ROOT / p).exists() and "my_idea" not in p]  # the reader's own algorithm
    assert not missing


def test_make_targets_the_readme_names_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)\b", (ROOT / "README.md").read_text()))
    assert {"backtest", "test", "help"} <= named
    assert named <= targets


@pytest.mark.parametrize(
    ("room", "forbidden"),
    [("thetatrace", ("lean_local", "thetadesk", "AlgorithmImports")), ("lean_local", ("thetatrace", "thetadesk"))],
)
def test_importing_a_room_pulls_in_no_other(room, forbidden):
    modules = {
        "thetatrace": "thetatrace.trace, thetatrace.chain, thetatrace.risk, thetatrace.orders",
        "lean_local": "lean_local.run",
    }[room]
    code = f"import sys, {modules}; print([m for m in sys.modules if m.split('.')[0] in {forbidden!r}])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
