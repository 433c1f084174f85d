"""Symbols and identifiers against strings that real LEAN printed, and by round trip."""

import re
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lean_local.enums import BrokerageName, Market, OptionRight, OptionStyle, OrderStatus, Resolution, SecurityType
from lean_local.listings import listings
from lean_local.symbols import DEFAULT_DATE, SecurityIdentifier, Symbol, SymbolCache

SHARED = Path(__file__).resolve().parents[3] / "shared" / "lean"
LISTED = {"GOOG": ("GOOCV", date(2014, 3, 27)), "SPY": ("SPY", date(1998, 1, 2))}
CALL, PUT = OptionRight.CALL, OptionRight.PUT
AMERICAN, EUROPEAN = OptionStyle.AMERICAN, OptionStyle.EUROPEAN


@pytest.fixture(autouse=True)
def _listings():
    listings.source = lambda ticker, market, day: LISTED.get(ticker.upper())
    yield
    listings.source = None
    SymbolCache.clear()


def test_enum_answers_to_both_spellings_and_prints_the_upper_one():
    assert Resolution.Minute is Resolution.MINUTE
    assert BrokerageName.TDAmeritrade is BrokerageName.TD_AMERITRADE
    assert str(OrderStatus.PARTIALLY_FILLED) == f"{OrderStatus.PARTIALLY_FILLED}" == "PARTIALLY_FILLED"
    assert OrderStatus.PARTIALLY_FILLED.csharp_name == "PartiallyFilled"
    assert OrderStatus.FILLED == 3
    assert Resolution.SECOND < Resolution.MINUTE
    assert Market.Bybit == Market.BYBIT == "bybit"
    with pytest.raises(AttributeError):
        getattr(Resolution, "minute")  # noqa: B009


def test_identifiers_of_every_kind_are_those_of_real_lean():
    spx = Symbol.create_index("SPX")
    es = Symbol.create_future("ES", Market.CME, date(2020, 3, 20))
    made = {
        "SPY R735QTJ8XC9X": Symbol.create_equity("SPY"),
        "GOOCV VP83T1ZUHROL": Symbol.create_equity("GOOG"),
        "SPX 31": spx,
        "SPX 3JLXPT2SU|SPX 31": Symbol.create_canonical_option(spx),
        "SPX XL80P3GHIA9A|SPX 31": Symbol.create_option(spx, "usa", EUROPEAN, CALL, 3200, date(2021, 1, 15)),
        "GOOCV W6NBKPFL4KO6|GOOCV VP83T1ZUHROL": Symbol.create_option(
            "GOOG", "usa", AMERICAN, CALL, 745, date(2015, 12, 24)
        ),
        "GOOCV 305RBQ2BZGA4M|GOOCV VP83T1ZUHROL": Symbol.create_option(
            "GOOG", "usa", AMERICAN, PUT, 750.0, datetime(2015, 12, 24)
        ),
        "BTCUSDT 2UZ": Symbol.create("BTCUSDT", SecurityType.CRYPTO, Market.BYBIT),
        "BTCUSDT 2V3": Symbol.create("BTCUSDT", SecurityType.CRYPTO_FUTURE, Market.BYBIT),
        "ES XCZJLC9NOB29": es,
        "ES 31C3JQTOYSK4K|ES XCZJLC9NOB29": Symbol.create_option(es, "cme", AMERICAN, PUT, 3150, date(2020, 3, 20)),
    }
    assert {str(symbol.id): text for text, symbol in made.items()} == {text: text for text in made}


def test_values_are_those_of_real_lean():
    spx, es = Symbol.create_index("SPX"), Symbol.create_future("ES", Market.CME, date(2020, 3, 20))
    weekly = Symbol.create_option(spx, "SPXW", "usa", EUROPEAN, CALL, 4000.5, date(2021, 1, 15))
    future_option = Symbol.create_option(es, "cme", AMERICAN, PUT, 3150, date(2020, 3, 20))
    assert Symbol.create_option("GOOG", "usa", AMERICAN, CALL, 745, date(2015, 12, 24)).value == "GOOG  151224C00745000"
    assert (weekly.value, weekly.canonical.value) == ("SPXW  210115C04000500", "?SPXW")
    assert (es.value, es.canonical.value) == ("ES20H20", "/ES")
    assert future_option.value == "ES20H20  200320P03150000"
    assert Symbol.create_future("CL", Market.NYMEX, date(2020, 11, 20)).value == "CL20Z20"
    assert Symbol.create_canonical_option(spx, "SPXW", Market.USA, "?SPXW").id == weekly.canonical.id
    assert Symbol.create_canonical_option(spx, Market.USA).id.symbol == "SPX"
    assert weekly.canonical.is_canonical()
    assert weekly.has_canonical()
    assert weekly.ID.StrikePrice == 4000.5
    assert (weekly.id.date, weekly.canonical.id.date) == (datetime(2021, 1, 15), DEFAULT_DATE)


def test_symbols_compare_by_identifier_and_order_by_value():
    spy, goog = Symbol.create_equity("SPY"), Symbol.create_equity("GOOG")
    assert goog < spy
    assert sorted([spy, goog]) == [goog, spy]
    assert spy == "SPY"
    assert spy != "GOOG"
    assert spy != None  # noqa: E711 - algorithms write it so
    assert {spy: 1}[Symbol(SecurityIdentifier.parse(str(spy.id)), "OLD")] == 1


def test_a_symbol_outside_the_cache_prints_its_identifier():
    spy, goog = Symbol.create_equity("SPY"), Symbol.create_equity("GOOG")
    assert str(goog) == "GOOG"
    SymbolCache.set("SPY", spy)
    assert (str(spy), str(goog)) == ("SPY", "GOOCV VP83T1ZUHROL")
    assert SymbolCache.find("spy") is spy


def test_what_a_symbol_does_not_have_raises():
    spy = Symbol.create_equity("SPY")
    with pytest.raises(ValueError, match="strike price"):
        _ = spy.id.strike_price
    with pytest.raises(ValueError, match="no underlying"):
        _ = spy.id.underlying
    with pytest.raises(ValueError, match="belongs to no chain"):
        _ = spy.canonical
    with pytest.raises(ValueError, match="no options on"):
        Symbol.create_canonical_option(Symbol.create("EURUSD", SecurityType.FOREX, Market.OANDA))
    with pytest.raises(ValueError, match="not a security identifier"):
        SecurityIdentifier.parse("SPY")
    with pytest.raises(ValueError, match="too many digits"):
        Symbol.create_option("SPY", "usa", AMERICAN, CALL, 123.4567, date(2020, 1, 17))
    with pytest.raises(ValueError, match="not one of LEAN's markets"):
        Symbol.create_equity("SPY", "mars")


@given(
    days=st.integers(1, 99_999),
    strike=st.integers(-475_711, 475_711),
    exponent=st.integers(-6, 4),
    right=st.sampled_from(OptionRight),
    style=st.sampled_from(OptionStyle),
    ticker=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.", min_size=1, max_size=12),
)
def test_an_option_identifier_survives_its_text(days, strike, exponent, right, style, ticker):
    exact = float(f"{strike}e{exponent}")
    day = date.fromordinal(DEFAULT_DATE.toordinal() + days)
    underlying = SecurityIdentifier.generate(ticker, SecurityType.INDEX, Market.USA)
    made = SecurityIdentifier.generate(
        ticker,
        SecurityType.INDEX_OPTION,
        "usa",
        date=day,
        strike=exact,
        right=right,
        style=style,
        underlying=underlying,
    )
    read = SecurityIdentifier.parse(str(made))
    assert read == made
    assert hash(read) == hash(made)
    assert (read.date.date(), read.strike_price, read.option_right, read.option_style) == (day, exact, right, style)
    assert (read.symbol, read.market, read.underlying) == (ticker, "usa", underlying)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared LEAN references are not on this machine")
def test_every_identifier_in_the_references_is_rebuilt_from_its_parts():
    texts = set()
    for path in (SHARED / "reference").glob("*/probe.jsonl"):
        texts |= set(re.findall(r'"([A-Z0-9]+ [0-9A-Z]{2,}\|[A-Z0-9]+ [0-9A-Z]+)"', path.read_text()))
    assert len(texts) > 50
    for text in texts:
        read = SecurityIdentifier.parse(text)
        made = SecurityIdentifier.generate(
            read.symbol, read.security_type, read.market, date=read.date, strike=read.strike_price,
            right=read.option_right, style=read.option_style, underlying=read.underlying,
        )  # fmt: skip
        assert str(made) == text


def test_custom_data_and_mapped_symbols():
    class Wind:
        """Custom data type of this test."""

    spy, goog = Symbol.create_equity("SPY"), Symbol.create_equity("GOOG")
    alone = Symbol.create("wind", SecurityType.BASE, Market.USA, base_data_type=Wind)
    tied = Symbol.create_base(Wind, spy)
    assert (alone.id.symbol, alone.value) == ("WIND.Wind", "WIND")
    assert (tied.id.symbol, tied.id.date, tied.value) == ("SPY.Wind", datetime(1998, 1, 2), "SPY")
    option = Symbol.create_option(goog, "usa", AMERICAN, CALL, 745, date(2015, 12, 24))
    old = option.update_mapped_symbol("GOOCV")
    assert (old.value, old) == ("GOOCV 151224C00745000", option)
    assert option.has_underlying
    assert option.has_underlying_symbol(goog)
    assert not option.has_underlying_symbol(spy)
    assert goog <= spy
    assert spy >= "aapl"
    assert spy > goog
    assert Symbol(SecurityIdentifier.parse(str(option.id))).value == "GOOCV 151224C00745000"
    assert "SPY R735QTJ8XC9X" in repr(spy)
    with pytest.raises(ValueError, match="does not describe a FutureOption"):
        Symbol.create("ES", SecurityType.FUTURE_OPTION, Market.CME)
    assert Symbol.create("SPX", SecurityType.INDEX_OPTION, Market.USA).value == "?SPX"
    assert Symbol.create("ES", SecurityType.FUTURE, Market.CME).is_canonical()


def test_identifiers_are_generated_by_type_as_their_symbols_are():
    generate = SecurityIdentifier
    goog, es = Symbol.create_equity("GOOG"), Symbol.create_future("ES", Market.CME, date(2020, 3, 20))
    expiry = date(2015, 12, 24)
    call = Symbol.create_option("GOOG", "usa", AMERICAN, CALL, 745, expiry)
    assert generate.generate_equity("GOOG", "usa") == goog.id
    assert generate.GenerateEquity("GOOG", "usa", map_symbol=False) == generate.generate_equity(
        DEFAULT_DATE, "GOOG", "usa"
    )
    assert generate.generate_option(expiry, goog.id, "usa", 745, CALL, AMERICAN) == call.id
    assert generate.generate_option(expiry, goog.id, "GOOCV", "usa", 745, CALL, AMERICAN) == call.id
    assert generate.generate_future(date(2020, 3, 20), "ES", Market.CME) == es.id
    assert generate.generate_index("SPX", "usa") == Symbol.create_index("SPX").id
    assert (
        generate.generate_crypto("BTCUSDT", Market.BYBIT) == Symbol.create("BTCUSDT", SecurityType.CRYPTO, "bybit").id
    )
    future = Symbol.create("BTCUSDT", SecurityType.CRYPTO_FUTURE, "bybit")
    assert generate.generate_crypto_future(DEFAULT_DATE, "BTCUSDT", Market.BYBIT) == future.id
    for kind, make in ((SecurityType.FOREX, generate.generate_forex), (SecurityType.CFD, generate.generate_cfd)):
        assert make("EURUSD", Market.OANDA) == Symbol.create("EURUSD", kind, Market.OANDA).id
    assert str(generate.generate_base(int, "goog", "usa")).startswith("GOOG.int ")
    assert generate.generate_base(None, "GOOG", "usa", map_symbol=True).date == datetime(2014, 3, 27)
    with pytest.raises(ValueError, match="no options"):
        generate.generate_option(
            expiry, Symbol.create("EURUSD", SecurityType.FOREX, "oanda").id, "usa", 1, CALL, AMERICAN
        )
