"""The latency notebook runs on made results, shows what it promises, and is committed without outputs."""

from pathlib import Path

import nbclient
import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "research" / "01_backtest_latency.ipynb"
PLOTLY = "application/vnd.plotly.v1+json"


def executed(results, monkeypatch):
    """Run the notebook in its own kernel, from its own folder, as Jupyter does."""
    monkeypatch.setenv("THETATRACE_RESULTS", str(results))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    resources = {"metadata": {"path": str(NOTEBOOK.parent)}}
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    return {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}


def test_notebook_shows_the_run_its_figures_and_its_slowest_decisions(make_results, monkeypatch):
    outputs = executed(make_results(), monkeypatch)
    assert "4,680 decisions" in outputs["parameters"][0].text
    for name in ("equity", "regimes", "stages", "slowest-figure"):
        assert outputs[name][0].data[PLOTLY]["data"], name
    assert "submit" in outputs["stage-table"][0].data["text/html"]
    assert "VIX_HALT" in outputs["reasons"][0].data["text/html"]
    assert outputs["slowest"][0].text.count("New York") == 5
    assert "of the time" in outputs["share"][0].text


@pytest.mark.parametrize("case", ["no results", "no trace"])
def test_notebook_without_a_traced_run_says_in_one_sentence_what_to_do(make_results, tmp_path, monkeypatch, case):
    results = make_results(trace=False) if case == "no trace" else tmp_path / "nothing"
    with pytest.raises(nbclient.exceptions.CellExecutionError) as error:
        executed(results, monkeypatch)
    assert error.value.ename == "SystemExit"
    assert ("left no trace" if case == "no trace" else "does not exist") in error.value.evalue
    assert "\n" not in error.value.evalue


@pytest.mark.parametrize("path", sorted((ROOT / "research").glob("*.ipynb")), ids=lambda path: path.name)
def test_notebooks_are_committed_without_outputs(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
