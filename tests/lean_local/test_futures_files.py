"""Futures: roots and symbols, and what the data folder says: expiry rules, margins, factors of continuous contracts."""

import json
from datetime import date, datetime
from decimal import Decimal

import pytest

from lean_local.api.futures import FutureExpirationCycles, Futures
from lean_local.data.continuous import ContinuousFactors, offset_contract, read_continuous_factors
from lean_local.data.future_expiry import future_expiry
from lean_local.data.hours import MarketHoursDatabase
from lean_local.data.margins import MarginTable, read_margins
from lean_local.enums import DataMappingMode, DataNormalizationMode
from lean_local.errors import DataFormatError, NotInLeanLocalError
from lean_local.symbols import Symbol, SymbolCache

MONDAY, TUESDAY, FRIDAY = date(2021, 3, 15), date(2021, 3, 16), date(2021, 3, 19)


def test_roots_have_both_spellings():
    assert Futures.Indices.SP_500_E_MINI == Futures.Indices.SP500EMini == "ES"
    assert Futures.Energies.CRUDE_OIL_WTI == Futures.Energy.CrudeOilWTI == "CL"
    assert FutureExpirationCycles.HMUZ == (3, 6, 9, 12)


def test_an_identifier_keeps_the_time_of_day_of_an_expiry_but_does_not_tell_it():
    exact = Symbol.create_future("ES", "cme", datetime(2013, 12, 20, 13, 30))
    plain = Symbol.create_future("ES", "cme", date(2013, 12, 20))
    assert exact == plain
    assert str(exact.id) == "ES VMKLFZIH2MTD"
    assert (exact.id.date.hour, plain.id.date.hour) == (13, 0)


def test_a_symbol_is_found_by_the_text_of_its_identifier():
    found = SymbolCache.find("ES VMKLFZIH2MTD")
    assert found == Symbol.create_future("ES", "cme", date(2013, 12, 20))
    assert found.value == "ES20Z13"
    assert SymbolCache.find("GOOG  151224C00745000") is None


@pytest.fixture(scope="module")
def hours(tmp_path_factory, futures_hours):
    path = tmp_path_factory.mktemp("hours") / "hours.json"
    markets = ("cme", "comex", "nymex", "cbot", "ice", "cfe")
    entries = {f"Future-{m}-[*]": futures_hours | {"holidays": ["5/31/2021"]} for m in markets}
    path.write_text(json.dumps({"entries": entries}))
    return MarketHoursDatabase(path)


@pytest.mark.parametrize(
    ("root", "market", "month", "expiry"),
    [
        ("ES", "cme", (2021, 3), datetime(2021, 3, 19, 13, 30)),
        ("ES", "cme", (2021, 4), datetime(2021, 6, 18, 13, 30)),  # the next month that has a contract
        ("GC", "comex", (2021, 4), datetime(2021, 4, 28)),
        ("GC", "comex", (2021, 5), datetime(2021, 5, 26)),  # Memorial Day is no business day
        ("CL", "nymex", (2021, 5), datetime(2021, 4, 20)),  # the 25th of the month before is a Sunday
        ("NG", "nymex", (2021, 5), datetime(2021, 4, 28)),
        ("ZC", "cbot", (2021, 5), datetime(2021, 5, 14)),
        ("ZB", "cbot", (2021, 3), datetime(2021, 3, 22, 12, 1)),
        ("6E", "cme", (2021, 3), datetime(2021, 3, 15, 14, 16)),
        ("BTC", "cme", (2021, 4), datetime(2021, 4, 30, 15)),
        ("VX", "cfe", (2021, 3), datetime(2021, 3, 17, 13)),
        ("B", "ice", (2021, 2), datetime(2020, 12, 30)),  # Brent: the last but one business day of December
        ("GF", "cme", (2021, 11), datetime(2021, 11, 18)),
        ("HE", "cme", (2021, 4), datetime(2021, 4, 15, 12)),
    ],
)
def test_expiry_of_a_contract_month(hours, root, market, month, expiry):
    assert future_expiry(root, market, date(*month, 1), hours) == expiry


def test_a_root_without_a_rule_is_refused_by_name(hours):
    with pytest.raises(NotInLeanLocalError, match="QQQQ"):
        future_expiry("QQQQ", "cme", date(2021, 3, 1), hours)


def test_contract_depth_counts_expiries(hours):
    march = Symbol.create_future("ES", "cme", FRIDAY)
    assert offset_contract(march, 2, hours).id.date == datetime(2021, 9, 17)


def test_margins_apply_from_their_date_and_intraday_is_forty_percent(tmp_path):
    path = tmp_path / "ES.csv"
    path.write_text("date,initial,maintenance\n# a comment\n20200101,6000,5000\n20210316,7000,6000,700,600\n")
    table = read_margins(path)
    assert table.on(date(2019, 1, 1)).initial_overnight == 6000
    assert table.on(MONDAY).maintenance_intraday == Decimal("2000.0")
    assert table.on(TUESDAY).initial_intraday == 700
    assert read_margins(tmp_path / "none.csv") is None
    assert MarginTable().on(MONDAY).initial_overnight == 0


def test_a_broken_margin_or_factor_line_is_named(tmp_path):
    path = tmp_path / "ES.csv"
    path.write_text("date,initial,maintenance\n20200101,x,5000\n")
    with pytest.raises(DataFormatError, match="Line 2"):
        read_margins(path)
    path.write_text("not json\n")
    with pytest.raises(DataFormatError, match="Line 1"):
        read_continuous_factors(path)


def test_factors_of_a_date_are_those_of_the_first_row_from_it_on():
    mode, ratio = DataMappingMode.LAST_TRADING_DAY, DataNormalizationMode.BACKWARDS_RATIO
    rows = [
        (date(2021, 3, 19), mode, {"BackwardsRatioScale": [Decimal("0.8"), Decimal("0.7")]}),
        (date(2021, 6, 18), mode, {"BackwardsRatioScale": [Decimal("0.9")]}),
    ]
    factors = ContinuousFactors(tuple(rows))
    assert factors.on(date(2021, 3, 19), ratio, mode, 0) == Decimal("0.8")
    assert factors.on(date(2021, 3, 19), ratio, mode, 1) == Decimal("0.7")
    assert factors.on(date(2021, 3, 20), ratio, mode, 0) == Decimal("0.9")
    assert factors.on(date(2021, 3, 20), ratio, mode, 1) == 1  # no such column: not joined
    assert factors.on(MONDAY, ratio, DataMappingMode.OPEN_INTEREST, 0) == 1
    assert factors.on(MONDAY, DataNormalizationMode.BACKWARDS_PANAMA_CANAL, mode, 0) == 0
