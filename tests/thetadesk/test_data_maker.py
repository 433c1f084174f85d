import hashlib
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from lean_local.errors import BadInputError
from thetadesk.data import maker as maker_module
from thetadesk.data import manifest as manifest_module
from thetadesk.data.calendar import trading_calendar, weekly_expiries
from thetadesk.data.check import check_data
from thetadesk.data.history import load_history
from thetadesk.data.listings import ContractPlan, Lister
from thetadesk.data.maker import make_data

SMALL = ContractPlan(
    spxw_expiries=2, spxw_core_width=0.01, spxw_step=25, spxw_wing_low=0.03, spxw_wing_high=0.02, spxw_wing_step=50,
    zero_day_strikes=2, spx_days=40, spx_step=100, spx_wing_step=200, spy_expiries=1, spy_width=0.02,
)  # fmt: skip
SPAN = {"start": date(2018, 2, 2), "end": date(2018, 2, 6), "plan": SMALL, "workers": 1}


def bytes_of(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "data"
    make_data(folder, **SPAN)
    return folder


def test_two_runs_are_byte_identical_with_any_number_of_workers(made, tmp_path):
    make_data(tmp_path, **SPAN | {"workers": 2})
    assert bytes_of(tmp_path) == bytes_of(made)


def test_a_second_call_makes_nothing(made):
    report = make_data(made, **SPAN)
    assert report.files_made == 0
    assert report.files_kept == len(json.loads((made / ".thetatrace/manifest.json").read_text())["files"])
    assert report.sessions == 3


def test_the_checker_finds_nothing_in_a_made_folder(made):
    report = check_data(made)
    assert report.findings == ()
    assert report.rows > 10_000


def test_a_killed_run_is_completed(made, tmp_path):
    class Killed(Exception):
        pass

    def kill(share: float, _text: str) -> None:
        if share > 0.5:
            raise Killed

    with pytest.raises(Killed):
        make_data(tmp_path, **SPAN, progress=kill)
    journal = tmp_path / ".thetatrace/journal.jsonl"
    journal.write_text(journal.read_text()[:-20])
    (tmp_path / "equity/.left.zip.1.part").write_bytes(b"half")
    report = make_data(tmp_path, **SPAN)
    assert report.files_kept > 0
    assert bytes_of(tmp_path) == bytes_of(made)


def test_workers_of_a_killed_run_leave_and_the_rest_is_made_later(made, tmp_path):
    script = (
        "import sys; from tests_plan import SPAN; from pathlib import Path\n"
        "from thetadesk.data.maker import make_data\n"
        "make_data(Path(sys.argv[1]), **SPAN, progress=lambda share, text: print(share, flush=True))"
    )
    plan = (
        f"from datetime import date; from thetadesk.data.listings import ContractPlan\nSPAN = {SPAN | {'workers': 2}!r}"
    )
    (tmp_path / "tests_plan.py").write_text(plan.replace("datetime.date", "date"))
    folder = tmp_path / "data"
    command = [sys.executable, "-c", script, str(folder)]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE) as run:
        run.stdout.readline()
        run.kill()
        run.stdout.read()  # ends only when no worker holds the pipe any more
    make_data(folder, **SPAN)
    assert bytes_of(folder) == bytes_of(made)


def test_a_negative_seed_is_one_clear_error(tmp_path):
    with pytest.raises(BadInputError, match="negative"):
        make_data(tmp_path, **SPAN, seed=-1)


def test_a_damaged_and_a_deleted_file_are_made_again(made, tmp_path):
    make_data(tmp_path, **SPAN)
    (tmp_path / "index/usa/minute/spx/20180205_trade.zip").write_bytes(b"not a zip")
    (tmp_path / "indexoption/usa/universes/spxw/20180202.csv").unlink()
    make_data(tmp_path, **SPAN)
    assert bytes_of(tmp_path) == bytes_of(made)


def test_a_sub_span_gives_the_same_days(made, tmp_path):
    make_data(tmp_path, **SPAN | {"start": date(2018, 2, 5), "end": date(2018, 2, 5)})
    whole, part = bytes_of(made), bytes_of(tmp_path)
    assert {path for path in part if "20180205" in path}
    assert all(whole[path] == part[path] for path in part if "manifest" not in path)


@pytest.mark.parametrize("change", [{"seed": 8}, {"end": date(2018, 2, 7)}])
def test_another_seed_or_span_is_refused_and_changes_nothing(made, change):
    before = bytes_of(made)
    with pytest.raises(BadInputError, match="this data folder was made with (seed|end)"):
        make_data(made, **SPAN | change)
    assert bytes_of(made) == before


def test_a_folder_with_foreign_market_data_is_refused(tmp_path):
    (tmp_path / "equity/usa").mkdir(parents=True)
    with pytest.raises(BadInputError, match="was not made here"):
        make_data(tmp_path, **SPAN)
    assert not (tmp_path / ".thetatrace").exists()


def test_an_unreadable_record_is_one_clear_error(tmp_path):
    (tmp_path / ".thetatrace").mkdir()
    (tmp_path / ".thetatrace/manifest.json").write_text("{")
    with pytest.raises(BadInputError, match="cannot be read"):
        make_data(tmp_path, **SPAN)
    with pytest.raises(BadInputError, match="cannot be read"):
        check_data(tmp_path)


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / ".thetatrace").mkdir()
    (tmp_path / ".thetatrace/manifest.json").mkdir()
    with pytest.raises(BadInputError, match="cannot be (read|written)"):
        make_data(tmp_path, **SPAN)


def test_a_full_disk_is_one_clear_error_and_the_next_run_goes_on(made, tmp_path, monkeypatch):
    write = maker_module.write_atomic

    def full(path: Path, content: bytes) -> str:
        if "20180206" in path.name:
            raise OSError(28, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(maker_module, "write_atomic", full)
    with pytest.raises(BadInputError, match="No space left on device"):
        make_data(tmp_path, **SPAN)
    monkeypatch.setattr(maker_module, "write_atomic", write)
    make_data(tmp_path, **SPAN)
    assert bytes_of(tmp_path) == bytes_of(made)


def test_a_folder_that_is_a_file_is_one_clear_error(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(BadInputError, match="cannot be made"):
        make_data(tmp_path / "data", **SPAN)


def test_another_version_of_the_maker_makes_its_folder_anew(made, tmp_path, monkeypatch):
    make_data(tmp_path, **SPAN)
    (tmp_path / "mine.txt").write_text("kept")
    monkeypatch.setattr(manifest_module, "MAKER_VERSION", manifest_module.MAKER_VERSION + 1)
    report = make_data(tmp_path, **SPAN | {"plan": replace(SMALL, roots=("spx", "spxw"))})
    assert report.files_kept == 0
    assert not list(tmp_path.glob("option/usa/minute/spy/*.zip"))
    assert (tmp_path / "mine.txt").exists()


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (date(2018, 2, 6), date(2018, 2, 5), "after the end"),
        (date(2013, 1, 2), date(2014, 2, 5), "outside the real history"),
        (date(2018, 1, 2), date(2019, 1, 2), "outside the real history"),
        (date(2018, 2, 3), date(2018, 2, 4), "no trading day"),
    ],
)
def test_a_bad_span_is_one_clear_error(tmp_path, start, end, text):
    with pytest.raises(BadInputError, match=text):
        make_data(tmp_path / "data", start=start, end=end, plan=SMALL)
    assert not (tmp_path / "data").exists()


def test_an_expiring_weekly_is_quoted_to_the_stock_close_and_others_longer(made):
    with zipfile.ZipFile(made / "indexoption/usa/minute/spxw/20180205_quote_european.zip") as archive:
        last = {}
        for name in archive.namelist():
            time = int(archive.read(name).splitlines()[-1].split(b",")[0])
            last[name[-12:-4]] = max(time, last.get(name[-12:-4], 0))
    assert last["20180205"] < 16 * 3_600_000
    assert last["20180207"] >= 16 * 3_600_000


def test_every_file_is_sparse_and_starts_with_the_open(made):
    with zipfile.ZipFile(made / "indexoption/usa/minute/spxw/20180205_quote_european.zip") as archive:
        for name in archive.namelist():
            rows = [line.split(",") for line in archive.read(name).decode().splitlines()]
            assert rows[0][0] == "34200000"
            quotes = [(row[4], row[5], row[9], row[10]) for row in rows]
            assert all(here != before for before, here in pairwise(quotes[1:]))
            assert max(int(here[0]) - int(before[0]) for before, here in pairwise(rows)) <= 30 * 60_000


def test_hours_of_the_index_are_its_minutes_added_up(made):
    with zipfile.ZipFile(made / "index/usa/minute/spx/20180205_trade.zip") as archive:
        minutes = [line.split(",") for line in archive.read("20180205_spx_minute_trade.csv").decode().split()]
    with zipfile.ZipFile(made / "index/usa/hour/spx.zip") as archive:
        lines = archive.read("spx.csv").decode().splitlines()
    hours = {line[9:11]: line.split(",")[1:] for line in lines if line.startswith("20180205 ")}
    assert list(hours) == ["08", "09", "10", "11", "12", "13", "14", "15"]
    for hour, bar in hours.items():
        inside = [row for row in minutes if int(row[0]) // 3_600_000 == int(hour)]
        high, low = (f(float(row[at]) for row in inside) for f, at in ((max, 2), (min, 3)))
        assert [float(word) for word in bar] == [
            float(inside[0][1]), high, low, float(inside[-1][4]), sum(int(row[5]) for row in inside)
        ]  # fmt: skip


def test_a_half_day_can_be_made(tmp_path):
    make_data(tmp_path, **SPAN | {"start": date(2018, 7, 3), "end": date(2018, 7, 3)})
    assert check_data(tmp_path).findings == ()


def test_real_weekly_expiries_of_the_span_are_listed():
    days = weekly_expiries(trading_calendar(), date(2018, 1, 12), date(2018, 3, 30))
    assert date(2018, 1, 16) in days  # Monday 15 January was a holiday
    assert date(2018, 3, 29) in days  # Good Friday was 30 March
    assert date(2018, 3, 30) not in days
    assert {day.weekday() for day in days} == {0, 1, 2, 3, 4}
    assert date(2018, 2, 20) in days


def test_a_listed_contract_stays_listed_until_it_expires():
    calendar = trading_calendar()
    lister = Lister(ContractPlan(), load_history(), calendar)
    before: dict[tuple[str, date], set[float]] = {}
    for day in calendar.between(date(2018, 1, 29), date(2018, 2, 9)):
        now = {(one.root, one.expiry): set(one.strikes.tolist()) for one in lister.listings(day)}
        for key, strikes in before.items():
            still = key[1] > day if key[0] == "spx" else key[1] >= day
            assert not still or strikes <= now[key]
        before = now


def test_zero_day_chains_reach_sixty_strikes_each_way():
    lister = Lister(ContractPlan(), load_history(), trading_calendar())
    today = next(one for one in lister.listings(date(2018, 2, 9)) if one.root == "spxw")
    assert today.expiry == date(2018, 2, 9)
    assert {2580.0 + 5 * at for at in range(-60, 61)} <= set(today.strikes.tolist())
