"""Damaged and missing market data: left out as LEAN leaves it out, or refused by a run that requires its data."""

from datetime import date

import pytest

from lean_local import BacktestRequest, BadInputError, DataFormatError, run_backtest

DAYS = (date(2021, 3, 1), date(2021, 3, 2))
MINUTES = "equity/usa/minute/spy/20210302_trade.zip"
BODY = """
def initialize(self):
    self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
    self.option = self.add_option("SPY", Resolution.MINUTE)
    self.option.set_filter(-5, 5, 0, 30)
    self.bars, self.quoted = [], 0.0
def on_data(self, data):
    if data.bars.contains_key(self.spy):
        self.bars.append(round(data.bars[self.spy].close, 2))
    chain = data.option_chains.get(self.option.symbol)
    self.quoted += sum(c.bid_price for c in chain) if chain else 0
"""


@pytest.fixture
def two_days(made):
    """SPY at 100, 101, 102 on Monday and 103, 104, 105 on Tuesday; calls and puts quoted in those minutes."""
    for day, first in zip(DAYS, (100, 103), strict=True):
        made.chain_day("SPY", day, [first, first + 1.0, first + 2.0], [95, 100, 105, 110], [date(2021, 3, 19)])
    return made


def cut(path, keep):
    path.write_bytes(path.read_bytes()[:keep])


def flip(path):
    content = bytearray(path.read_bytes())
    content[content.index(b"1030000")] ^= 1
    path.write_bytes(content)


DAMAGE = {
    "truncated": (lambda path: cut(path, 100), "The zip file cannot be opened"),
    "empty": (lambda path: cut(path, 0), "The zip file cannot be opened"),
    "no zip": (lambda path: path.write_text("<html>not found</html>"), "The zip file cannot be opened"),
    "flipped bit": (flip, "The entry 20210302_spy_minute_trade.csv does not match its checksum"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_day_is_like_a_missing_day(run, two_days, kind):
    harm, says = DAMAGE[kind]
    harm(two_days.root / MINUTES)
    outcome = run(two_days, BODY, days=DAYS, day_cache=False)
    assert outcome.algorithm.bars[:3] == [100, 101, 102]
    assert set(outcome.algorithm.bars[3:]) <= {102}  # nothing new on Tuesday
    assert [text.startswith(says) for text in outcome.damaged_data] == [True]
    assert MINUTES in outcome.damaged_data[0]


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_run_that_requires_its_data_names_the_damaged_file(run, two_days, kind):
    harm, says = DAMAGE[kind]
    harm(two_days.root / MINUTES)
    with pytest.raises(DataFormatError) as caught:
        run(two_days, BODY, days=DAYS, day_cache=False, require_data=True)
    assert str(caught.value).startswith(says)
    assert MINUTES in str(caught.value)


def rows(two_days, *lines):
    stamps = [34_200_000, 34_260_000, 34_320_000]
    whole = [f"{ms},1030000,1030000,1030000,1030000,10" for ms in stamps]
    two_days.pack(MINUTES, {"20210302_spy_minute_trade.csv": [whole[0], *lines, whole[2]]})


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("34260000,many,1,1,1,10", "has 'many' in field 2 (open), which is not a number"),
        ("34260000,1,1,1", "has 4 fields instead of 6"),
        ("99999999,1,1,1,1,10", "has '99999999' in field 1 (time), which is not milliseconds since midnight"),
        ("34260000,nan,1,1,1,10", "has 'nan' in field 2 (open), which is not a number"),
        ("34260000,1e400,1,1,1,10", "has '1e400' in field 2 (open), which is not a number"),
    ],
)
def test_a_row_that_cannot_be_read_is_skipped(run, two_days, line, says):
    rows(two_days, line)
    outcome = run(two_days, BODY, days=DAYS, day_cache=False)
    assert outcome.algorithm.bars[390:393] == [103, 103, 103]  # the minute in between is filled forward
    assert f"Line 2 of entry 20210302_spy_minute_trade.csv {says}" in outcome.damaged_data[0]
    with pytest.raises(DataFormatError, match="Line 2 of entry"):
        run(two_days, BODY, days=DAYS, day_cache=False, require_data=True)


def test_a_damaged_contract_is_left_out_and_its_day_is_not_cached(run, two_days, tmp_path):
    path = two_days.root / "option/usa/minute/spy/20210302_quote_american.zip"
    content = path.read_bytes()
    for harm in (lambda: cut(path, 200), lambda: path.write_bytes(content.replace(b",10\n", b",1x\n", 1))):
        path.write_bytes(content)
        whole = run(two_days, BODY, days=DAYS, day_cache=False)
        harm()
        for _ in range(2):  # what was left out is said again, and not taken from the cache
            outcome = run(two_days, BODY, days=DAYS, day_cache=tmp_path / "cache")
            assert 0 < outcome.algorithm.quoted != whole.algorithm.quoted
            assert len(outcome.damaged_data) == 1


def test_missing_days_are_listed(run, two_days):
    (two_days.root / MINUTES).unlink()
    outcome = run(two_days, BODY, days=DAYS, day_cache=False)
    assert outcome.error is None
    assert MINUTES in outcome.missing_files
    assert outcome.damaged_data == ()


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("market-hours/market-hours-database.json", None, "market-hours-database.json"),
        ("market-hours/market-hours-database.json", "{", "market-hours-database.json"),
        ("symbol-properties/symbol-properties-database.csv", None, "symbol-properties-database.csv"),
        ("option/usa/universes/spy/20210301.csv", "#expiry\nsoon,1,C\n", "20210301.csv"),
        ("equity/usa/factor_files/spy.csv", "soon,1,1,1\n", "factor_files/spy.csv"),
        ("equity/usa/map_files/spy.csv", "soon,spy\n", "map_files/spy.csv"),
    ],
)
def test_files_about_securities_must_be_whole(two_days, tmp_path, name, text, says):
    path = two_days.root / name
    if text is None:
        path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    main = tmp_path / "main.py"
    main.write_text("from AlgorithmImports import *\n\n\nclass Made(QCAlgorithm):\n" + BODY.replace("\n", "\n    "))
    with pytest.raises(BadInputError) as caught:
        run_backtest(BacktestRequest(main, two_days.root, start=DAYS[0], end=DAYS[1], day_cache=False))
    assert says in str(caught.value)
    assert str(caught.value).count("\n") == 0
