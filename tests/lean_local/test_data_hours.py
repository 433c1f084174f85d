"""Market hours, symbol properties and expiry rules: LEAN's inheritance, cuts and queries."""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lean_local.contract_rules import is_standard, is_weekly, third_friday
from lean_local.data.expiry import expiration_time, last_trading_day, settlement_time
from lean_local.data.hours import MarketHoursDatabase
from lean_local.data.properties import SymbolPropertiesDatabase
from lean_local.data.zones import utc_of_wall, utc_of_walls, wall_ms, wall_of_utc
from lean_local.enums import Market, OptionRight, OptionStyle, SecurityType
from lean_local.errors import BadInputError, DataFormatError
from lean_local.securities.exchange import Calendar, SecurityExchangeHours
from lean_local.symbols import Symbol

DATA = Path(__file__).resolve().parents[3] / "shared" / "lean" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared LEAN sample data is not on this machine")
SPX = Symbol.create_index("SPX")
SPY = Symbol.create_equity("SPY")


@pytest.fixture(scope="module")
def database():
    return MarketHoursDatabase(DATA / "market-hours" / "market-hours-database.json")


def contract(root, expiry, strike=3700):
    return Symbol.create_option(SPX, root, "usa", OptionStyle.EUROPEAN, OptionRight.CALL, strike, expiry)


def segment(start, end, state="market"):
    return {"start": start, "end": end, "state": state}


def written(tmp_path, entries):
    path = tmp_path / "market-hours-database.json"
    path.write_text(json.dumps({"entries": entries}))
    return MarketHoursDatabase(path)


def entry(*segments, **dates):
    days = ("monday", "tuesday", "wednesday", "thursday", "friday")
    return {"dataTimeZone": "UTC", "exchangeTimeZone": "UTC"} | dict.fromkeys(days, segments) | dates


@needs_data
def test_zones_of_index_and_index_option_differ(database):
    weekly = database.entry(Symbol.create_canonical_option(SPX, "SPXW"))
    assert str(database.entry(SPX).data_time_zone) == "America/Chicago"
    assert (str(weekly.data_time_zone), str(weekly.time_zone)) == ("America/New_York", "America/Chicago")


@needs_data
def test_option_entries_inherit_holidays_and_early_closes(database):
    goog = database.entry(Symbol.create_canonical_option(Symbol.create_equity("GOOG")))
    assert goog.last_daily_close(date(2015, 12, 24)) == datetime(2015, 12, 24, 13)
    assert not goog.is_date_open(date(2015, 12, 25))
    weekly = database.entry(Symbol.create_canonical_option(SPX, "SPXW"))
    assert weekly.last_daily_close(date(2015, 12, 24)) == datetime(2015, 12, 24, 12)
    assert not weekly.is_date_open(date(2018, 1, 15))


def seen(hours):
    """Hours as algorithms see them."""
    zones = (str(hours.exchange_time_zone), str(hours.data_time_zone))
    return SecurityExchangeHours(Calendar(hours.segments, *zones, always_open=hours.is_market_always_open))


@needs_data
def test_openings_and_closings_around_a_weekend(database):
    friday = datetime(2018, 2, 2, 12)
    weekly = database.entry(Symbol.create_canonical_option(SPX, "SPXW"))
    hours = seen(weekly)
    assert hours.get_next_market_open(friday) == datetime(2018, 2, 5, 8, 30)
    assert hours.get_next_market_open(friday, True) == datetime(2018, 2, 4, 19, 15)
    # The regular session continues into the post market without a pause.
    assert hours.get_next_market_close(friday, True) == datetime(2018, 2, 2, 16)
    assert hours.get_next_market_close(friday) == datetime(2018, 2, 2, 15, 15)
    assert hours.get_previous_market_open(friday) == datetime(2018, 2, 2, 8, 30)
    assert weekly.previous_trading_day(date(2018, 1, 2)) == date(2017, 12, 29)
    assert weekly.next_trading_day(friday) == date(2018, 2, 5)
    assert len(weekly.trading_days(date(2018, 1, 1), date(2018, 3, 31))) == 61


@needs_data
def test_a_date_runs_from_its_first_open_to_its_last_close_in_utc(database):
    calendar = seen(database.entry(SPX)).calendar
    start, end = calendar.first_open(date(2018, 2, 5)), calendar.last_close(date(2018, 2, 5))
    assert start == utc_of_wall(ZoneInfo("America/Chicago"), wall_ms(datetime(2018, 2, 5, 8, 30)))
    assert end - start == (6 * 60 + 45) * 60_000
    assert calendar.first_open(date(2018, 2, 4)) is None


@needs_data
def test_open_queries_in_regular_and_extended_hours(database):
    entry = database.entry(SPY)
    early, hours = datetime(2018, 2, 5, 9, 0), seen(entry)
    for each in (entry, hours):
        assert (each.is_open(early), each.is_open(early, True)) == (False, True)
    assert hours.is_open(early, datetime(2018, 2, 5, 9, 31), False)
    assert not hours.is_open(early, datetime(2018, 2, 5, 9, 30), False)
    assert hours.is_open(datetime(2018, 2, 5, 9, 30))
    assert not hours.is_open(datetime(2018, 2, 5, 16))


@needs_data
def test_crypto_is_always_open_and_never_opens_or_closes(database):
    entry = database.entry(Symbol.create("BTCUSDT", SecurityType.CRYPTO, Market.BYBIT))
    hours, moment = seen(entry), datetime(2022, 12, 11, 3)
    assert entry.is_market_always_open
    assert hours.is_open(moment)
    for ask in (hours.get_next_market_open, hours.get_next_market_close, hours.get_previous_market_open):
        with pytest.raises(ValueError, match="always open"):
            ask(moment)


def test_what_does_not_open_within_two_weeks_is_refused(tmp_path):
    holidays = [f"3/{day}/2021" for day in range(1, 32)]
    entries = {"Equity-usa-[*]": entry(segment("09:30:00", "16:00:00"), holidays=holidays)}
    hours = seen(written(tmp_path, entries).entry(SPY))
    with pytest.raises(ValueError, match="does not open within two weeks"):
        hours.get_next_market_open(datetime(2021, 3, 1))
    assert hours.get_next_market_close(datetime(2021, 3, 18)) == datetime(2021, 4, 1, 16)


@needs_data
def test_a_future_option_uses_the_hours_of_its_future(database):
    future = Symbol.create_future("ES", Market.CME, date(2020, 3, 20))
    assert database.entry(Symbol.create_canonical_option(future)).key == "Future-cme-ES"


@needs_data
def test_settlement_of_am_and_pm_settled_index_options(database):
    monthly, weekly = contract("SPX", date(2021, 1, 15)), contract("SPXW", date(2021, 1, 15))
    hours = database.entry(monthly)
    assert settlement_time(monthly, hours) == datetime(2021, 1, 15, 8, 30)
    assert settlement_time(weekly, hours) == datetime(2021, 1, 15, 15)
    assert last_trading_day(monthly, hours) == date(2021, 1, 15)
    assert last_trading_day(weekly, hours) == date(2021, 1, 15)
    assert expiration_time(weekly, hours) == datetime(2021, 1, 15, 15, 15)
    saturday = Symbol.create_option(SPY, "usa", OptionStyle.AMERICAN, OptionRight.PUT, 150, date(2013, 10, 19))
    assert last_trading_day(saturday, database.entry(saturday)) == date(2013, 10, 18)


def test_standard_and_weekly_expiries():
    assert third_friday(2021, 1) == date(2021, 1, 15)
    assert is_standard(contract("SPXW", date(2021, 1, 15)).id)
    assert not is_standard(contract("SPXW", date(2021, 1, 8)).id)
    assert is_weekly(contract("SPXW", date(2021, 1, 8)).id)
    assert is_standard(contract("SPX", date(2021, 1, 8)).id)


def test_specific_dates_join_those_of_the_market(tmp_path):
    common = entry(segment("09:00:00", "17:00:00"), holidays=["1/1/2018"], earlyCloses={"1/3/2018": "12:00:00"})
    special = entry(segment("09:00:00", "17:00:00"), holidays=["1/2/2018"], lateOpens={"1/4/2018": "10:00:00"})
    hours = written(tmp_path, {"Equity-usa-[*]": common, "Equity-usa-SPY": special}).entry(SPY)
    assert [hours.is_date_open(date(2018, 1, day)) for day in (1, 2, 3)] == [False, False, True]
    assert hours.last_daily_close(date(2018, 1, 3)) == datetime(2018, 1, 3, 12)
    assert hours.first_daily_open(date(2018, 1, 4)) == datetime(2018, 1, 4, 10)


def test_a_market_may_resume_after_an_early_close(tmp_path):
    made = entry(
        segment("00:00:00", "17:00:00"), segment("18:00:00", "1.00:00:00", "postmarket"),
        earlyCloses={"1/3/2018": "11:30:00"}, lateOpens={"1/3/2018": "18:00:00"},
    )  # fmt: skip
    hours = written(tmp_path, {"Equity-usa-[*]": made}).entry(SPY)
    parts = [(part.start_ms // 60_000, part.end_ms // 60_000) for part in hours.local_segments(date(2018, 1, 3))]
    assert parts == [(0, 690), (1080, 1440)]


def test_missing_and_damaged_hours_say_what_to_do(tmp_path):
    with pytest.raises(BadInputError, match=r"is missing: .*market-hours-database.json\. Copy"):
        MarketHoursDatabase(tmp_path / "market-hours-database.json")
    database = written(tmp_path, {"Equity-usa-[*]": entry(segment("9", "17:00:00"))})
    with pytest.raises(DataFormatError, match=r"entry Equity-usa-\[\*\] cannot be read"):
        database.entry(SPY)
    with pytest.raises(BadInputError, match="no entry Index-usa-SPX"):
        database.entry(SPX)
    (tmp_path / "market-hours-database.json").write_text("{")
    with pytest.raises(DataFormatError, match="cannot be read"):
        MarketHoursDatabase(tmp_path / "market-hours-database.json")


@needs_data
def test_symbol_properties_of_roots_and_defaults():
    database = SymbolPropertiesDatabase(DATA / "symbol-properties" / "symbol-properties-database.csv")
    weekly = database.lookup(Symbol.create_canonical_option(SPX, "SPXW"))
    assert (weekly.contract_multiplier, weekly.minimum_price_variation) == (100, Decimal("0.05"))
    assert database.find("usa", "NQX", SecurityType.INDEX_OPTION).strike_multiplier == 5
    assert database.market_of("ES", SecurityType.FUTURE) == "cme"
    future = Symbol.create_future("ES", Market.CME, date(2020, 3, 20))
    assert database.lookup(Symbol.create_canonical_option(future)).contract_multiplier == 50
    unknown = database.lookup(Symbol.create("XYZ", SecurityType.CFD, Market.DUKASCOPY), "eur")
    assert (unknown.quote_currency, unknown.lot_size, unknown.minimum_order_size) == ("EUR", 1, None)


def test_damaged_symbol_properties_name_the_line(tmp_path):
    path = tmp_path / "symbol-properties-database.csv"
    with pytest.raises(BadInputError, match="is missing"):
        SymbolPropertiesDatabase(path)
    path.write_text("market,symbol\n\nusa,SPY,equity,,USD,x,0.01,1\n")
    with pytest.raises(DataFormatError, match="Line 3 .* not a number"):
        SymbolPropertiesDatabase(path).lookup(SPY)
    path.write_text("# comment\nusa,SPY,equity\n")
    with pytest.raises(DataFormatError, match="Line 2 .* has 3 fields"):
        SymbolPropertiesDatabase(path)


@given(st.lists(st.integers(0, 60 * 24 * 400), min_size=1, max_size=40))
def test_vectorised_conversion_equals_one_by_one(minutes):
    zone = ZoneInfo("America/New_York")
    walls = np.array(sorted(minutes), dtype=np.int64) * 60_000 + wall_ms(datetime(2018, 1, 1))
    expected = [utc_of_wall(zone, int(wall)) for wall in walls]
    assert utc_of_walls(zone, walls).tolist() == expected


def test_utc_and_wall_time_convert_both_ways_across_a_clock_change():
    zone = ZoneInfo("America/New_York")
    for local in (datetime(2018, 3, 11, 1, 59), datetime(2018, 3, 11, 3), datetime(2018, 11, 4, 3)):
        assert wall_of_utc(zone, utc_of_wall(zone, wall_ms(local))) == wall_ms(local)
