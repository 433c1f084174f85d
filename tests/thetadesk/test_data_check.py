import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from lean_local.errors import BadInputError
from thetadesk.data.check import CheckReport, Severity, check_data
from thetadesk.data.listings import ContractPlan
from thetadesk.data.maker import make_data

SHARED = Path(__file__).parents[3] / "shared/lean/data"
SMALL = ContractPlan(
    spxw_expiries=2, spxw_core_width=0.01, spxw_step=25, spxw_wing_low=0.03, spxw_wing_high=0.02, spxw_wing_step=50,
    zero_day_strikes=2, spx_days=20, spx_step=100, spx_wing_step=200, spy_expiries=1, spy_width=0.02,
)  # fmt: skip
SPX = "index/usa/minute/spx/20180205_trade.zip"
SPY = "equity/usa/minute/spy/20180205_trade.zip"
CHAIN = "indexoption/usa/minute/spxw/20180205_quote_european.zip"
UNIVERSE = "indexoption/usa/universes/spxw/20180202.csv"
CALL = "20180205_spxw_minute_quote_european_call_27500000_20180207.csv"
PUT = CALL.replace("call", "put")
HIGHER_CALL = CALL.replace("27500000", "27750000")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "data"
    make_data(folder, start=date(2018, 2, 2), end=date(2018, 2, 6), plan=SMALL, workers=1)
    return folder


@pytest.fixture
def folder(made, tmp_path) -> Path:
    """A whole folder without the maker's record: any LEAN data folder."""
    copy = tmp_path / "data"
    shutil.copytree(made, copy)
    shutil.rmtree(copy / ".thetatrace")
    return copy


def edit(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


def edit_line(path: Path, entry: str, number: int, change: Callable[[list[str]], list[str]]) -> None:
    def apply(entries: dict[str, bytes]) -> None:
        lines = entries[entry].decode().splitlines()
        lines[number] = ",".join(change(lines[number].split(",")))
        entries[entry] = ("\n".join(lines) + "\n").encode()

    edit(path, apply)


def found(report: CheckReport, code: str) -> tuple[str, str, str, str]:
    one = next(finding for finding in report.findings if finding.code == code)
    return one.severity.value, one.path, one.where, one.text


def test_a_whole_folder_without_a_record_has_no_findings(folder):
    report = check_data(folder)
    assert report.findings == ()
    assert (report.errors, report.warnings, report.counts) == (0, 0, {})


def test_progress_ends_at_one(folder):
    shares = []
    check_data(folder, progress=lambda share, _text: shares.append(share))
    assert shares[-1] == 1
    assert shares == sorted(shares)


def test_a_truncated_zip_is_found_and_the_others_are_still_read(folder):
    (folder / SPX).write_bytes((folder / SPX).read_bytes()[:200])
    edit_line(folder / SPY, "20180205_spy_minute_trade.csv", 3, lambda row: [*row, "1"])
    report = check_data(folder)
    assert found(report, "zip")[:2] == ("error", SPX)
    assert found(report, "format") == (
        "error", SPY, "20180205_spy_minute_trade.csv line 4", "has 7 fields, trade bars have 6"
    )  # fmt: skip


def test_a_flipped_byte_in_one_entry_is_found(folder):
    content = bytearray((folder / CHAIN).read_bytes())
    content[300] ^= 0xFF
    (folder / CHAIN).write_bytes(bytes(content))
    severity, path, where, _ = found(check_data(folder), "zip")
    assert (severity, path) == ("error", CHAIN)
    assert where.endswith(".csv")


@pytest.mark.parametrize("text", ["x", "1.2.3"])
def test_a_field_that_is_no_number_is_found(folder, text):
    edit_line(folder / SPX, "20180205_spx_minute_trade.csv", 9, lambda row: [*row[:2], text, *row[3:]])
    assert found(check_data(folder), "format")[2:] == (
        "20180205_spx_minute_trade.csv line 10", f"has '{text}' where a number belongs"
    )  # fmt: skip


def test_a_time_that_is_no_time_is_found(folder):
    edit_line(folder / SPX, "20180205_spx_minute_trade.csv", 0, lambda row: ["", *row[1:]])
    assert "has the time ''" in found(check_data(folder), "format")[3]


def test_a_time_off_the_minute_is_found(folder):
    edit_line(folder / SPX, "20180205_spx_minute_trade.csv", 0, lambda row: ["30600001", *row[1:]])
    assert "is not the start of a minute" in found(check_data(folder), "format")[3]


def test_times_that_go_back_are_found(folder):
    edit_line(folder / SPX, "20180205_spx_minute_trade.csv", 9, lambda row: ["30600000", *row[1:]])
    assert found(check_data(folder), "order")[2] == "20180205_spx_minute_trade.csv line 10"


def test_an_entry_of_another_day_and_one_lean_does_not_know_are_found(folder):
    def rename(entries: dict[str, bytes]) -> None:
        entries[CALL.replace("20180205_", "20180206_")] = entries.pop(CALL)
        entries["notes.csv"] = b"1,2\n"

    edit(folder / CHAIN, rename)
    severity, path, where, text = found(check_data(folder), "name")
    assert (severity, path) == ("error", CHAIN)
    assert "is of 2018-02-06, but the file is of 2018-02-05" in text
    assert "1 more" in text
    assert where.startswith("20180206")


def test_a_file_name_lean_does_not_know_is_found(folder):
    (folder / CHAIN).rename(folder / "indexoption/usa/minute/spxw/20180205_quotes.zip")
    assert found(check_data(folder), "name")[0] == "error"


def test_bars_while_the_exchange_is_closed_are_found(folder):
    edit_line(folder / SPX, "20180205_spx_minute_trade.csv", 0, lambda row: ["3600000", *row[1:]])
    report = check_data(folder)
    assert found(report, "hours")[0] == "warning"
    assert "1 of 405 session minutes have no bar, the first at 08:30" in found(report, "gap-minute")[3]


def test_a_high_below_the_close_is_found(folder):
    edit_line(folder / SPX, "20180205_spx_minute_trade.csv", 5, lambda row: [*row[:2], row[3], *row[3:]])
    edit_line(folder / SPX, "20180205_spx_minute_trade.csv", 7, lambda row: [*row[:2], "1", *row[3:]])
    assert found(check_data(folder), "ohlc")[1] == SPX


def test_a_price_of_zero_is_found(folder):
    edit_line(folder / SPX, "20180205_spx_minute_trade.csv", 5, lambda row: [row[0], "0", "0", "0", "0", row[5]])
    assert found(check_data(folder), "price")[:3] == ("error", SPX, "20180205_spx_minute_trade.csv line 6")


@pytest.mark.parametrize(("factor", "severity"), [(1.05, "warning"), (3.0, "error")])
def test_a_bid_above_the_ask_is_found(folder, factor, severity):
    def cross(row: list[str]) -> list[str]:
        bid = str(int(int(row[9]) * factor))
        return [row[0], bid, bid, bid, bid, *row[5:]]

    edit_line(folder / CHAIN, CALL, 4, cross)
    assert found(check_data(folder), "crossed")[:3] == (severity, CHAIN, f"{CALL} line 5")


def test_a_missing_day_is_found(folder):
    (folder / SPX).unlink()
    report = check_data(folder)
    assert (
        "1 trading days between 2018-02-02 and 2018-02-06 have no trade file, the first 2018-02-05"
        in (found(report, "gap-day")[3])
    )
    assert found(report, "underlying")[1].startswith("indexoption/usa/minute/")


def test_quotes_after_expiry_and_an_expiry_on_a_sunday_are_found(folder):
    def rename(entries: dict[str, bytes]) -> None:
        entries[CALL.replace("_20180207", "_20180202")] = entries.pop(CALL)
        entries[PUT.replace("_20180207", "_20180211")] = entries.pop(PUT)

    edit(folder / CHAIN, rename)
    report = check_data(folder)
    assert "expired on 2018-02-02" in found(report, "expired")[3]
    assert found(report, "expiry")[::3] == ("error", "the expiry 2018-02-11 is not a trading day")


def shifted(dollars: float) -> Callable[[dict[str, bytes]], None]:
    def shift(entries: dict[str, bytes]) -> None:
        moved = []
        for line in entries[PUT].decode().splitlines():
            row = line.split(",")
            prices = [str(int(one) + round(dollars * 10_000)) if one else "" for one in row]
            moved.append(",".join([row[0], *prices[1:5], row[5], *prices[6:10], row[10]]))
        entries[PUT] = ("\n".join(moved) + "\n").encode()

    return shift


@pytest.mark.parametrize(("dollars", "severity"), [(10.0, "warning"), (200.0, "error")])
def test_a_put_far_from_its_call_breaks_parity_and_convexity(folder, dollars, severity):
    edit(folder / CHAIN, shifted(dollars))
    report = check_data(folder)
    assert found(report, "parity")[:2] == (severity, CHAIN)
    assert "strike 2750" in found(report, "parity")[2]
    assert found(report, "arbitrage")[1] == CHAIN


def test_two_strikes_exchanged_are_an_arbitrage(folder):
    def exchange(entries: dict[str, bytes]) -> None:
        entries[CALL], entries[HIGHER_CALL] = entries[HIGHER_CALL], entries[CALL]

    edit(folder / CHAIN, exchange)
    _, path, where, text = found(check_data(folder), "arbitrage")
    assert path == CHAIN
    assert "calls" in where
    assert "bids above" in text or "sells for more" in text


def test_a_universe_that_lists_too_much_and_too_little_is_found(folder):
    lines = (folder / UNIVERSE).read_text().splitlines()
    lines[2] = lines[2].replace(",", ",9", 1)
    (folder / UNIVERSE).write_text("\n".join([*lines, lines[-1]]) + "\n")
    text = found(check_data(folder), "universe")[3]
    assert "1 contracts are listed twice" in text
    assert "2 more" in text


def test_a_universe_without_underlying_or_with_a_bad_line_is_found(folder):
    lines = (folder / UNIVERSE).read_text().splitlines()
    (folder / UNIVERSE).write_text("\n".join([lines[0], *lines[2:]]) + "\n")
    other = folder / UNIVERSE.replace("20180202", "20180205")
    other.write_text(other.read_text() + "20180207,2700,X,1,1,1,1,1,1,1,1,1,1,1,1\n")
    (folder / UNIVERSE.replace("20180202", "today")).write_text(lines[0] + "\n")
    report = check_data(folder)
    assert "does not hold the underlying" in found(report, "universe")[3]
    assert "'X'" in found(report, "format")[3]
    assert "<yyyyMMdd>.csv" in found(report, "name")[3]


def test_an_expired_contract_in_a_universe_is_found(folder):
    path = folder / UNIVERSE
    path.write_text(path.read_text() + "20180129,2700,C,1,1,1,1,1,1,1,1,1,1,1,1\n")
    assert "the first on 2018-01-29" in found(check_data(folder), "expired")[3]


@pytest.mark.parametrize(
    "path",
    [
        "market-hours/market-hours-database.json",
        "symbol-properties/symbol-properties-database.csv",
        "alternative/interest-rate/usa/interest-rate.csv",
        "equity/usa/factor_files/spy.csv",
    ],
)
def test_a_damaged_database_is_found(folder, path):
    (folder / path).write_text("{nonsense\n{nonsense\n")
    assert found(check_data(folder), "database")[:2] == ("error", path)


def test_missing_databases_are_found(folder):
    shutil.rmtree(folder / "market-hours")
    shutil.rmtree(folder / "alternative")
    report = check_data(folder)
    assert {(one.severity, one.path.split("/")[0]) for one in report.findings} == {
        (Severity.ERROR, "market-hours"), (Severity.WARNING, "alternative")
    }  # fmt: skip


def test_in_a_made_folder_every_defect_is_an_error(made, tmp_path):
    copy = tmp_path / "data"
    shutil.copytree(made, copy)
    (copy / SPX).unlink()
    edit_line(copy / CHAIN, CALL, 4, lambda row: [row[0], *[str(int(row[9]) + 500)] * 4, *row[5:]])
    report = check_data(copy)
    assert report.warnings == 0
    assert {"changed", "crossed", "gap-day"} <= set(report.counts)
    assert report.counts["changed"] == 2


def test_a_missing_and_an_empty_folder_are_one_clear_error(tmp_path):
    with pytest.raises(BadInputError, match="does not exist"):
        check_data(tmp_path / "nowhere")
    with pytest.raises(BadInputError, match="no LEAN market data"):
        check_data(tmp_path)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real sample data of ../shared is not here")
def test_real_sample_data_has_no_errors():
    report = check_data(SHARED)
    assert report.errors == 0, [one for one in report.findings if one.severity is Severity.ERROR]
    assert report.rows > 500_000
    assert json.dumps(report.counts)
