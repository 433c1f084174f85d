"""The volatility notebook runs on made data, and what it is built of says what it promises."""

from datetime import date, time
from pathlib import Path

import nbclient
import nbformat
import numpy as np
import pytest

from lean_local.errors import BadInputError
from thetadesk.chain_day import ChainReplay, choose_chain, replay_hit_rates
from thetadesk.data.listings import ContractPlan
from thetadesk.data.maker import make_data
from thetadesk.report.chain_tables import gate_table, smile_table
from thetadesk.report.figures import volatility
from thetatrace.chain import ChainGates, ChainQuery, PricedChain
from thetatrace.chain.snapshot import ChainSnapshot
from thetatrace.volatility.smile import Smile, SmileFit, SmileReason

NOTEBOOK = Path(__file__).parents[2] / "research" / "02_volatility_surface.ipynb"
PLOTLY = "application/vnd.plotly.v1+json"
PLAN = ContractPlan(
    spxw_expiries=1, spxw_core_width=0.01, spxw_step=50, spxw_wing_low=0.03, spxw_wing_high=0.02, spxw_wing_step=50,
    zero_day_strikes=1, spx_days=50, spx_step=50, spx_wing_step=100, spy_expiries=1, spy_width=0.01,
)  # fmt: skip
TODAY = date(2018, 2, 2)
NEAR, MIDDLE, FAR = (TODAY.toordinal() + days for days in (14, 42, 77))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("made") / "data"
    make_data(made, start=TODAY, end=TODAY, plan=PLAN, workers=1)
    return made


@pytest.fixture
def source(folder, monkeypatch):
    monkeypatch.setenv("THETATRACE_DATA", str(folder))
    return choose_chain()


def executed(folder, monkeypatch):
    monkeypatch.setenv("THETATRACE_DATA", str(folder))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    resources = {"metadata": {"path": str(NOTEBOOK.parent)}}
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    return {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}


def test_notebook_shows_smiles_term_structure_greeks_and_hit_rates_of_the_made_chain(folder, monkeypatch):
    outputs = executed(folder, monkeypatch)
    assert "SPX chain of 02 February 2018" in outputs["parameters"][0].text
    for name, traces in (("smiles", 4), ("term", 2), ("greeks", 4), ("cache", 3)):
        assert len(outputs[name][0].data[PLOTLY]["data"]) == traces, name
    assert "fit to trade on" in outputs["gates"][0].data["text/html"]
    assert outputs["smile-table"][0].data["text/html"].count("OK") == 2
    assert "prices: 25.0% of 1,560 questions" in outputs["cache-share"][0].text


def test_notebook_without_a_chain_says_in_one_sentence_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("THETATRACE_DATA", str(tmp_path))
    first = next(cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code")
    with pytest.raises(SystemExit, match="thetatrace data make"):
        exec(compile(first.source, NOTEBOOK.name, "exec"), {})  # a kernel would cost seconds


def test_a_folder_without_a_chain_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("THETATRACE_DATA", str(tmp_path))
    with pytest.raises(BadInputError, match="no GOOG or SPX option chain"):
        choose_chain()


def test_a_day_moves_on_and_never_back(source):
    day = ChainReplay(source)
    day.advance(time(9, 30))
    assert np.isnan(day.spot)
    assert np.isinf(day.age_seconds()).all()
    context = day.advance(time(12, 0))
    assert context.today == TODAY.toordinal()
    assert context.spot > 2000
    assert (day.age_seconds() == 0).any()
    assert (day.quotes.ask > 0).any()
    assert day.quotes.stamp == 1
    with pytest.raises(ValueError, match="before the instant"):
        day.advance(time(11, 59))


def test_time_runs_to_the_open_of_monthly_expiries_and_to_an_early_close(source):
    day = ChainReplay(source)
    day.advance(time(12, 0))
    monthly, early = date(2018, 2, 16), date(2018, 12, 24)
    found = day.years(np.array([monthly.toordinal(), early.toordinal(), monthly.toordinal()])) * 365 * 24
    assert found == pytest.approx([14 * 24 - 2.5, 325 * 24 + 1, 14 * 24 - 2.5])
    assert day.clock.settlement_utc_ms == day.utc_ms - 2.5 * 3_600_000


def test_hit_rates_count_from_the_first_bar_and_a_repeated_question_is_answered_from_memory(source):
    query = ChainQuery(0, 60, 0.1)
    found = replay_hit_rates(source, (query, query), last=time(9, 32))
    assert found.minutes == ("09:31", "09:32")
    assert found.rates["selections"][0] == 0.5
    assert found.rates["prices"] == [0.5, 0.5]
    assert found.rates["selections prepared"] == [1.0, 1.0]


def smile(days, level=0.2):
    years = days / 365
    variance = level**2 * years
    return SmileFit(
        Smile(0.9 * variance, 0.5 * variance, -0.3, 0.0, 0.2, 100.0, years, -0.2, 0.2, 0.004), SmileReason.OK
    )


FITS = {NEAR: SmileFit(None, SmileReason.TOO_FEW), MIDDLE: smile(42), FAR: smile(77)}


def test_gate_table_lists_only_codes_that_occur():
    table = gate_table(ChainGates(np.array([0, 0, 0, 1], np.uint8), (3, 1, 0, 0, 0, 0, 0, 0, 0)))
    assert table.rows == (("OK", "fit to trade on", "3", "75.0"), ("MISSING", "a side is not quoted", "1", "25.0"))


def test_smile_table_gives_figures_or_the_reason_why_there_are_none():
    rows = smile_table(FITS, TODAY).rows
    assert rows[0] == ("2018-02-16", "14", "TOO_FEW", *["–"] * 5)
    assert rows[1][:4] == ("2018-03-16", "42", "OK", "100.00")
    assert rows[1][4] == "20.00"  # √(0.9 + 0.5 · 0.2) of the level
    assert float(rows[1][5]) < 0
    assert rows[1][7] == "0.40"


def test_smiles_show_the_out_of_the_money_side_and_a_line_where_there_is_a_fit():
    strike, right = np.array([90.0, 90, 110, 110] * 2), np.array([1, -1] * 4)
    expiry = np.repeat([NEAR, MIDDLE], 4)
    flat = np.full(8, 0.2)
    chain = PricedChain(ChainSnapshot(100.0, np.arange(8), strike, right, flat, flat, expiry), *[flat] * 5)
    drawn = volatility.smiles(chain, FITS, TODAY)
    points = [trace for trace in drawn.data if trace.name == "quotes"]
    lines = [trace for trace in drawn.data if trace.name == "SVI"]
    assert [list(trace.x) for trace in points] == [[90, 110], [90, 110], []]
    assert [trace.showlegend for trace in lines] == [True, False]
    assert "too_few" not in drawn.layout.annotations[0].text
    assert "too few" in drawn.layout.annotations[0].text


def test_term_structure_has_a_step_between_each_pair_of_fitted_expiries():
    at, between = volatility.term_structure(FITS, TODAY).data
    assert list(at.x) == [42, 77]
    assert list(at.y) == pytest.approx([20, 20])
    assert list(between.y) == pytest.approx([20, 20])


def test_greek_surfaces_span_the_fitted_expiries_and_are_empty_without_two():
    delta, gamma, theta, vega = volatility.greek_surfaces(FITS, 100.0, 0.0, points=11).data
    assert (delta.y[0], delta.y[-1]) == pytest.approx((42, 77))
    assert delta.z[0][0] < 0 < delta.z[0][-1]
    assert np.argmax(gamma.z[0]) in (4, 5, 6)
    assert (np.array(theta.z) < 0).all()
    assert vega.z[-1][5] == pytest.approx(100 * np.sqrt(77 / 365) * 0.3989 / 100, rel=1e-3)
    assert not volatility.greek_surfaces({MIDDLE: FITS[MIDDLE]}, 100.0, 0.0).data
