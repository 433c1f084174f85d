"""The data folder: real sample data, zips made here, and every kind of damage."""

import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lean_local.data.columns import ContractKey
from lean_local.data.folder import DataFolder
from lean_local.enums import DataMappingMode, Market, OptionRight, OptionStyle, Resolution, SecurityType, TickType
from lean_local.errors import BadInputError, DataFormatError
from lean_local.identifiers import SecurityIdentifier
from lean_local.symbols import Symbol

DATA = Path(__file__).resolve().parents[3] / "shared" / "lean" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared LEAN sample data is not on this machine")
MINUTE, HOUR, DAILY = Resolution.MINUTE, Resolution.HOUR, Resolution.DAILY
SPX, SPY, GOOG = Symbol.create_index("SPX"), Symbol.create_equity("SPY"), Symbol.create_equity("GOOG")
LISTED_GOOG = Symbol(
    SecurityIdentifier.generate("GOOCV", SecurityType.EQUITY, Market.USA, date=date(2014, 3, 27)), "GOOG"
)
WEEKLY, SPY_CHAIN = Symbol.create_canonical_option(SPX, "SPXW"), Symbol.create_canonical_option(SPY)
DAY = date(2018, 2, 5)
HOURS = """{"entries": {
 "Equity-usa-[*]": {"dataTimeZone": "America/New_York", "exchangeTimeZone": "America/New_York"},
 "Option-usa-[*]": {"dataTimeZone": "America/New_York", "exchangeTimeZone": "America/New_York"},
 "Index-usa-[*]": {"dataTimeZone": "America/Chicago", "exchangeTimeZone": "America/Chicago"},
 "IndexOption-usa-[*]": {"dataTimeZone": "America/New_York", "exchangeTimeZone": "America/Chicago"}}}"""


@pytest.fixture(scope="module")
def sample():
    return DataFolder(DATA)


@pytest.fixture
def made(tmp_path):
    (tmp_path / "market-hours").mkdir()
    (tmp_path / "market-hours" / "market-hours-database.json").write_text(HOURS)
    return DataFolder(tmp_path)


def write_zip(folder, relative, **entries):
    path = folder.path / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr(f"{name}.csv", text)
    return path


def write_text(folder, relative, text):
    path = folder.path / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def utc(*parts):
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)


@needs_data
def test_index_minutes_are_on_the_chicago_clock(sample):
    bars = sample.trade_bars(SPX, MINUTE, date(2021, 1, 4))
    assert (len(bars), bars.open[0], bars.close[0]) == (411, 3764.61, 3766.63)
    assert bars.start_utc_ms[0] == utc(2021, 1, 4, 14, 30)
    assert bars.end_utc_ms[0] - bars.start_utc_ms[0] == 60_000


@needs_data
def test_index_option_minutes_are_on_the_new_york_clock(sample):
    chain = sample.option_quotes(WEEKLY, MINUTE, date(2021, 1, 4))
    assert chain.rows.start_utc_ms[0] == utc(2021, 1, 4, 14, 30)
    assert chain.contracts[0] == ContractKey(date(2021, 1, 4), 3700.0, "call", "european")
    order = np.lexsort((chain.contract, chain.rows.end_utc_ms))
    assert (order == np.arange(len(order))).all()


@needs_data
def test_one_contract_alone_equals_its_rows_in_the_chain(sample):
    chain = sample.option_quotes(WEEKLY, MINUTE, date(2021, 1, 4))
    for index, key in enumerate(chain.contracts):
        right = OptionRight.CALL if key.right == "call" else OptionRight.PUT
        contract = Symbol.create_option(SPX, "SPXW", "usa", OptionStyle.EUROPEAN, right, key.strike, key.expiry)
        bars = sample.quote_bars(contract, MINUTE, date(2021, 1, 4))
        assert np.array_equal(bars.ask_close, chain.rows.ask_close[chain.contract == index], equal_nan=True)


@needs_data
def test_goog_chain_of_a_day_with_missing_sides(sample):
    canonical = Symbol.create_canonical_option(GOOG)
    chain = sample.option_quotes(canonical, MINUTE, date(2015, 12, 24))
    assert (len(chain.contracts), len(chain.rows)) == (2192, 275_552)
    index = chain.contracts.index(ContractKey(date(2015, 12, 24), 1000.0, "call", "american"))
    chosen = chain.contract == index
    assert np.isnan(chain.rows.bid_close[chosen]).all()
    assert chain.rows.ask_open[chosen][0] == 2.15
    few = sample.option_quotes(canonical, MINUTE, date(2015, 12, 24), only={chain.contracts[index]})
    assert (few.contracts, len(few.rows)) == ((chain.contracts[index],), int(chosen.sum()))
    assert sample.option_trades(canonical, MINUTE, date(2015, 12, 24)).rows.volume.sum() == 7471
    assert sample.option_open_interest(canonical, MINUTE, date(2015, 12, 24)).rows.value.sum() == 179_502


@needs_data
def test_daily_and_hourly_files_hold_many_dates(sample):
    daily = sample.trade_bars(SPY, DAILY, None)
    assert (daily.open[0], daily.start_utc_ms[0]) == (97.31, utc(1998, 1, 2, 5))
    assert daily.end_utc_ms[0] == utc(1998, 1, 3, 5)
    assert sample.trade_bars(SPY, DAILY, date(2013, 10, 7)).close.tolist() == [167.42]
    assert sample.trade_bars(SPY, DAILY, date(2013, 10, 6)) is None
    hourly = sample.trade_bars(SPY, HOUR, None)
    assert set(np.unique(hourly.end_utc_ms - hourly.start_utc_ms)) == {3_600_000}
    options = sample.option_quotes(Symbol.create_canonical_option(GOOG), DAILY, date(2015, 12, 24))
    assert (len(options.rows), len(options.contracts)) == (4250, 2192)


@needs_data
def test_futures_and_their_options_and_crypto(sample):
    future = Symbol.create_future("ES", Market.CME, date(2013, 12, 20))
    quotes = sample.quote_bars(future, MINUTE, date(2013, 10, 7))
    assert (quotes.bid_open[0], quotes.start_utc_ms[0]) == (1676.5, utc(2013, 10, 7))
    assert sample.open_interest(future, DAILY, date(2013, 10, 7)).value.tolist() == [2_674_467]
    assert sample.future_universe(future.canonical, date(2013, 10, 7)).contract_month[0] == date(2013, 12, 1)
    later = Symbol.create_canonical_option(Symbol.create_future("ES", Market.CME, date(2020, 3, 20)))
    chain = sample.option_quotes(later, MINUTE, date(2020, 1, 6))
    assert (chain.contracts[0].strike, chain.rows.bid_open[0]) == (3000.0, 242.5)
    universe = sample.universe(later, date(2020, 1, 6))
    assert universe.underlying.close == 3233
    assert np.isnan(universe.delta).all()
    for kind in (SecurityType.CRYPTO, SecurityType.CRYPTO_FUTURE):
        symbol = Symbol.create("BTCUSDT", kind, Market.BYBIT)
        assert len(sample.trade_bars(symbol, MINUTE, date(2022, 12, 13))) > 700


@needs_data
def test_universe_of_a_weekly_root(sample):
    universe = sample.universe(WEEKLY, date(2023, 6, 23))
    assert universe.underlying.close == 4348.23
    assert (universe.expiry[0], universe.strike[0], universe.right[0]) == (date(2023, 6, 30), 4440, 1)
    assert (universe.theta[0], universe.open_interest[0]) == (-0.5790110, 1209)
    assert sample.universe_days(WEEKLY) == [date(2020, 12, 31), date(2023, 6, 23)]


@needs_data
def test_every_price_of_the_sample_is_the_double_nearest_to_the_file(sample):
    path = DATA / "equity/usa/minute/spy/20131007_trade.zip"
    with zipfile.ZipFile(path) as archive:
        lines = archive.read(archive.namelist()[0]).decode().split()
    opens = sample.trade_bars(SPY, MINUTE, date(2013, 10, 7)).open
    assert [Decimal(repr(x)) for x in opens.tolist()] == [Decimal(line.split(",")[1]) / 10_000 for line in lines]


@needs_data
def test_interest_rates_step_and_extend(sample):
    rates = sample.interest_rates
    assert rates.rate(date(1998, 1, 2)) == Decimal("0.0225")
    assert rates.rate(date(2018, 2, 5)) == Decimal("0.02")
    assert rates.rate(date(2030, 1, 1)) == Decimal("0.055")


def test_missing_folder_file_and_entry(made, tmp_path):
    with pytest.raises(BadInputError, match=r"The data folder does not exist: .*nowhere\. Make it"):
        DataFolder(tmp_path / "nowhere")
    assert made.trade_bars(SPY, MINUTE, DAY) is None
    assert made.option_quotes(SPY_CHAIN, MINUTE, DAY) is None
    assert made.universe(WEEKLY, DAY) is None
    assert made.interest_rates is None
    relative = "option/usa/minute/spy/20180205_quote_american.zip"
    write_zip(made, relative, other="")
    contract = Symbol.create_option(SPY, "usa", OptionStyle.AMERICAN, OptionRight.CALL, 270, date(2018, 2, 9))
    assert made.quote_bars(contract, MINUTE, DAY) is None
    assert made.requests.succeeded == [relative]
    assert "equity/usa/minute/spy/20180205_trade.zip" in made.requests.failed
    with pytest.raises(ValueError, match="name it"):
        made.trade_bars(SPY, MINUTE, None)


def test_lines_with_carriage_returns_blank_lines_and_no_end(made):
    text = "34200000,2700000,2700100,2699900,2700000,100\r\n\r\n34260000,2700000,2700100,2699900,2700050,7"
    write_zip(made, "equity/usa/minute/spy/20180205_trade.zip", **{"20180205_spy_minute_trade": text})
    bars = made.trade_bars(SPY, MINUTE, DAY)
    assert bars.close.tolist() == [270.0, 270.005]
    assert bars.end_utc_ms.tolist() == [utc(2018, 2, 5, 14, 31), utc(2018, 2, 5, 14, 32)]


def test_a_side_of_zeros_or_blanks_is_missing_and_bid_above_ask_is_not_an_error(made):
    rows = "34200000,,,,,0,100,100,100,100,5\n34260000,0,0,0,0,3,100,100,100,100,5\n"
    rows += "34320000,300,300,300,300,1,200,200,200,200,2\n"
    name = "20180205_spy_minute_quote_american_call_2700000_20180209"
    write_zip(made, "option/usa/minute/spy/20180205_quote_american.zip", **{name: rows})
    quotes = made.option_quotes(SPY_CHAIN, MINUTE, DAY).rows
    assert np.isnan(quotes.bid_close[:2]).all()
    assert np.isnan(quotes.bid_size[:2]).all()
    assert (quotes.bid_close[2], quotes.ask_close[2]) == (0.03, 0.02)


GOOD = "34200000,1,1,1,1,1,2,2,2,2,2\n"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (
            "34260000,1,1,x,1,1,2,2,2,2,2\n",
            r"Line 2 of entry .*_call_.* has 'x' in field 4 \(bid_low\), which is not a",
        ),
        ("34260000,1,1,1,1,1,2,2,2,2\n", "Line 2 of entry .* has 10 fields instead of 11"),
        ("34260000,1,1,1,1,1,2,2,2,2,2,9\n", "Line 2 of entry .* has 12 fields instead of 11"),
        ("34260000,1,1,nan,1,1,2,2,2,2,2\n", r"'nan' in field 4 \(bid_low\)"),
        ("34260000,1,1,1,1,1,2,2,inf,2,2\n", r"'inf' in field 9 \(ask_low\)"),
        (",1,1,1,1,1,2,2,2,2,2\n", r"'' in field 1 \(time\)"),
        ("86400000,1,1,1,1,1,2,2,2,2,2\n", r"'86400000' in field 1 \(time\)"),
        ("09:31,1,1,1,1,1,2,2,2,2,2\n", r"'09:31' in field 1 \(time\)"),
    ],
)
def test_a_damaged_row_is_named(made, row, says):
    names = [f"20180205_spy_minute_quote_american_{right}_2700000_20180209" for right in ("put", "call")]
    path = write_zip(
        made, "option/usa/minute/spy/20180205_quote_american.zip", **{names[0]: GOOD, names[1]: GOOD + row}
    )
    with pytest.raises(DataFormatError, match=says) as caught:
        made.option_quotes(SPY_CHAIN, MINUTE, DAY)
    assert str(path) in str(caught.value)


def test_damaged_archives_are_named(made):
    relative = "equity/usa/minute/spy/20180205_trade.zip"
    path = write_zip(made, relative, **{"20180205_spy_minute_trade": "34200000,1,1,1,1,1\n" * 500})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataFormatError, match="cannot be opened"):
        made.trade_bars(SPY, MINUTE, DAY)
    for position in (0, 30 + len("20180205_spy_minute_trade.csv") + 10):
        damaged = bytearray(whole)
        damaged[position] ^= 0xFF
        path.write_bytes(bytes(damaged))
        with pytest.raises(DataFormatError, match="entry 20180205_spy_minute_trade.csv"):
            made.trade_bars(SPY, MINUTE, DAY)


def test_a_damaged_daily_date_is_named(made):
    write_zip(made, "equity/usa/daily/spy.zip", spy="20180205 00:00,1,1,1,1,1\n2018-02-06 00:00,1,1,1,1,1\n")
    with pytest.raises(DataFormatError, match="Line 2 of entry spy.csv has '2018-02-06 00:00' in field 1"):
        made.trade_bars(SPY, DAILY, None)


def test_daily_options_of_several_years(made):
    contract = Symbol.create_option(SPY, "usa", OptionStyle.AMERICAN, OptionRight.PUT, 150.5, date(2018, 2, 9))
    for year in (2017, 2018):
        entry = {"spy_trade_american_put_1505000_20180209": f"{year}0105 00:00,10000,10000,10000,10000,3\n"}
        write_zip(made, f"option/usa/daily/spy_{year}_trade_american.zip", **entry)
    assert len(made.trade_bars(contract, DAILY, None)) == 2
    assert made.trade_bars(contract, DAILY, date(2018, 1, 5)).close.tolist() == [1.0]


UNIVERSE = (
    "#expiry,strike,right,open,high,low,close,volume,open_interest,"
    "implied_volatility,delta,gamma,vega,theta,rho\n,,,1,2,0.5,1.5,10,,,,,,,\n"
)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("20180209,2700,C,1,1,1,1,1,1,x,0,0,0,0,0", "Line 3 has 'x' in the field implied_volatility"),
        ("20180209,2700,X,1,1,1,1,1,1,0,0,0,0,0,0", "Line 3 has 'X' in the field right"),
        ("20189909,2700,C,1,1,1,1,1,1,0,0,0,0,0,0", "Line 3 has '20189909' in the field expiry"),
        ("20180209,2700,C,1", "Line 3 has 4 fields instead of 15"),
    ],
)
def test_a_damaged_universe_row_is_named(made, row, says):
    write_text(made, "indexoption/usa/universes/spxw/20180205.csv", UNIVERSE + row + "\n")
    with pytest.raises(DataFormatError, match=says):
        made.universe(WEEKLY, DAY)


def test_a_universe_without_contracts_and_with_empty_fields(made):
    write_text(made, "indexoption/usa/universes/spxw/20180205.csv", UNIVERSE)
    assert (len(made.universe(WEEKLY, DAY)), made.universe(WEEKLY, DAY).underlying.close) == (0, 1.5)
    write_text(
        made, "indexoption/usa/universes/spxw/20180205.csv", UNIVERSE + "20180209,2700,P,1,1,1,1,1,,0,0,0,0,0,0\n"
    )
    universe = made.universe(WEEKLY, DAY)
    assert (universe.right.tolist(), universe.open_interest.tolist()) == ([-1], [0.0])


@needs_data
def test_ticks_of_an_equity_day(sample):
    ticks = sample.ticks(SPY, TickType.TRADE, date(2013, 10, 9))
    assert len(ticks) > 300_000
    assert (ticks.price[0], ticks.size[0], ticks.exchange[0]) == (165.98, 600, "P")
    assert ticks.utc_ns[0] == (utc(2013, 10, 9, 4) + 14_400_924) * 1_000_000
    assert (np.diff(ticks.utc_ns) >= 0).all()


def test_quote_ticks_keep_fractions_and_short_lines(made):
    rows = "34200000.5,100,1,200,2,C,1\n34200000.25,,,200,2,C,0\n"
    name = "20180205_spy_tick_quote_american_call_2700000_20180209"
    write_zip(made, "option/usa/tick/spy/20180205_quote_american.zip", **{name: rows})
    contract = Symbol.create_option(SPY, "usa", OptionStyle.AMERICAN, OptionRight.CALL, 270, date(2018, 2, 9))
    ticks = made.ticks(contract, TickType.QUOTE, DAY)
    assert (np.diff(ticks.utc_ns).tolist(), ticks.suspicious.tolist()) == ([250_000], [False, True])
    assert np.isnan(ticks.bid_price[0])
    write_zip(made, "equity/usa/tick/spy/20180205_trade.zip", **{"20180205_spy_Trade_Tick": "34200000,100,1\n"})
    assert made.ticks(SPY, TickType.TRADE, DAY).exchange.tolist() == [""]
    write_zip(made, "equity/usa/tick/spy/20180205_trade.zip", **{"20180205_spy_Trade_Tick": ""})
    assert len(made.ticks(SPY, TickType.TRADE, DAY)) == 0
    assert made.ticks(SPX, TickType.TRADE, DAY) is None
    for row, says in (("34200000,x,1,P,,0", "'x' in field 2"), (",1,1,P,,0", "'' in field 1"), ("1,2", "2 fields")):
        entry = {"20180205_spy_Trade_Tick": f"34200000,100,1,P,,0\n{row}\n"}
        write_zip(made, "equity/usa/tick/spy/20180205_trade.zip", **entry)
        with pytest.raises(DataFormatError, match=f"Line 2 of entry .* {says}"):
            made.ticks(SPY, TickType.TRADE, DAY)


def test_map_files_move_the_path_and_give_the_listing(made):
    write_text(made, "equity/usa/map_files/goog.csv", "20140327,goocv,Q\n20140402,goocv,Q\n20501231,goog,Q\n")
    row = {"20140401_goocv_minute_trade": "34200000,1,1,1,1,1\n"}
    write_zip(made, "equity/usa/minute/goocv/20140401_trade.zip", **row)
    assert made.trade_bars(LISTED_GOOG, MINUTE, date(2014, 4, 1)) is not None
    assert made.first_listing("GOOG", "usa") == ("GOOCV", date(2014, 3, 27))
    assert made.first_listing("NONE", "usa") is None
    assert made.map_file("goog").delisting_day == date(2050, 12, 31)
    write_text(made, "future/cme/map_files/es.csv", "20091130,es uik2f7cj4v0h,CME,1\n20091215,es x,CME,2\n")
    mapped = made.future_map_file("ES", "cme")
    assert mapped.ticker_on(date(2009, 11, 1), DataMappingMode.FIRST_DAY_MONTH) == "es uik2f7cj4v0h"
    assert mapped.ticker_on(date(2009, 12, 1), DataMappingMode.FIRST_DAY_MONTH) is None


def test_daily_files_follow_a_change_of_ticker(made):
    write_text(made, "equity/usa/map_files/goog.csv", "20140327,goocv,Q\n20140402,goocv,Q\n20501231,goog,Q\n")
    both = "20140402 00:00,10000,10000,10000,10000,1\n20140403 00:00,20000,20000,20000,20000,1\n"
    write_zip(made, "equity/usa/daily/goocv.zip", goocv=both)
    write_zip(made, "equity/usa/daily/goog.zip", goog=both)
    assert made.trade_bars(LISTED_GOOG, DAILY, None).close.tolist() == [1.0, 2.0]


def test_factor_files_tell_dividends_and_splits(made):
    text = "20180101,0.9,0.5,0\n20180205,0.9,0.5,100\n20180206,0.95,0.5,101\n20501231,1,1,0\n"
    write_text(made, "equity/usa/factor_files/spy.csv", text)
    factors = made.factor_file("SPY")
    assert factors.dividend_after(DAY) == (Decimal("0.9") / Decimal("0.95"), Decimal(100))
    assert factors.split_after(DAY) is None
    assert factors.split_after(date(2018, 2, 6)) == (Decimal("0.5"), Decimal(101))
    assert factors.row_on(date(2018, 2, 6)).price_factor == Decimal("0.95")
    assert factors.row_on(date(2051, 1, 1)) is None


@pytest.mark.parametrize(
    ("relative", "text", "read"),
    [
        ("equity/usa/map_files/spy.csv", "1998,spy,P\n", lambda folder: folder.map_file("spy")),
        ("equity/usa/map_files/spy.csv", "19980102\n", lambda folder: folder.map_file("spy")),
        ("equity/usa/factor_files/spy.csv", "19980102,a,1,1\n", lambda folder: folder.factor_file("spy")),
        ("alternative/interest-rate/usa/interest-rate.csv", "x,1\n", lambda folder: folder.interest_rates),
        ("alternative/interest-rate/usa/interest-rate.csv", "2018-01-01,nan\n", lambda folder: folder.interest_rates),
    ],
)
def test_damaged_small_files_name_the_line(made, relative, text, read):
    write_text(made, relative, text)
    with pytest.raises(DataFormatError, match="Line 1 "):
        read(made)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 1439), *[st.one_of(st.none(), st.integers(1, 9_999_999))] * 2), min_size=1, max_size=30
    )
)
def test_written_quotes_are_read_back(made, rows):
    rows = sorted({minute: (minute, bid, ask) for minute, bid, ask in rows}.values())
    lines = []
    for minute, bid, ask in rows:
        sides = [",".join([str(price or "")] * 4) for price in (bid, ask)]
        lines.append(f"{minute * 60_000},{sides[0]},1,{sides[1]},2\n")
    entry = {"20180205_spy_minute_quote_american_call_2700000_20180209": "".join(lines)}
    write_zip(made, "option/usa/minute/spy/20180205_quote_american.zip", **entry)
    quotes = made.option_quotes(SPY_CHAIN, MINUTE, DAY).rows
    for column, index in ((quotes.bid_low, 1), (quotes.ask_high, 2)):
        expected = [np.nan if row[index] is None else row[index] / 10_000 for row in rows]
        assert np.array_equal(column, expected, equal_nan=True)


def test_a_file_that_starts_over_is_read_up_to_there(made):
    rows = ["0,1,1,1,1,5", "60000,2,2,2,2,5", "60000,3,3,3,3,5", "0,4,4,4,4,5", "120000,6,6,6,6,5", "90000,7,7,7,7,5"]
    write_zip(made, "equity/usa/minute/spy/20180205_trade.zip", **{"20180205_spy_minute_trade": "\n".join(rows)})
    bars = made.trade_bars(SPY, MINUTE, DAY)
    assert (bars.close * 10_000).round().tolist() == [1, 2, 6]
