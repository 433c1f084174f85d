"""Small algorithms on the real sample days: GOOG's chain of 24 December 2015, SPXW of January 2021."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).parent / "thetatrace")
SAMPLES = ROOT.parent / "shared" / "lean" / "data"
ALGORITHMS = Path(__file__).parent / "algorithms"

pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the real LEAN sample data (../shared/lean/data) is not here"
)


def run(algorithm, start, end, tmp_path):
    output = tmp_path / "results"
    result = subprocess.run(
        [COMMAND, "backtest", str(ALGORITHMS / algorithm), "--data", str(SAMPLES),
         "--start", start, "--end", end, "--output", str(output), "--json"],
        capture_output=True, text=True, timeout=300, check=False, cwd=ROOT, env=os.environ,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    events = json.loads(next(output.glob("*-order-events.json")).read_text())
    return json.loads(result.stdout), [event for event in events if event["status"] == "filled"], output


def test_a_put_spread_of_the_real_goog_chain_is_sold_and_bought_back_at_its_quotes(tmp_path):
    printed, fills, output = run("goog_chain", "2015-12-24", "2015-12-24", tmp_path)
    assert [fill["direction"] for fill in fills] == ["sell", "buy", "buy", "sell"]
    assert fills[0]["fillPrice"] > fills[1]["fillPrice"] > 0
    assert all(fill["symbolValue"].startswith("GOOG  15") for fill in fills)
    log = next(output.glob("*-log.txt")).read_text()
    delta = float(log.split("short delta ")[1].split()[0])
    assert -0.25 <= delta < -0.1
    assert printed["trace"] is None


def test_spxw_calls_of_january_2021_settle_in_cash_at_their_intrinsic_value(tmp_path):
    printed, fills, _ = run("spx_2021", "2021-01-04", "2021-01-08", tmp_path)
    sold = [fill for fill in fills if fill["direction"] == "sell"]
    settled = [fill for fill in fills if fill["direction"] == "buy"]
    assert len(sold) >= 2
    assert settled
    assert all(fill["fillPrice"] == 0 for fill in settled)
    assert {fill["symbolValue"] for fill in settled} <= {fill["symbolValue"] for fill in sold}
    assert float(printed["statistics"]["End Equity"]) != 1_000_000
