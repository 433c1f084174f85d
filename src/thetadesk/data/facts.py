"""Files LEAN needs beside prices: market hours, symbol properties, interest rates, map and factor files.

Own content from public facts: NYSE holidays and half days (`exchange_calendars`), session times and contract sizes
(Cboe, NYSE, CME), the Federal Reserve's primary credit rate, SPY's distributions (State Street). Formats are those that
LEAN's MarketHoursDatabase, SymbolPropertiesDatabase, InterestRateProvider, MapFile and CorporateFactorProvider read.
"""

import json
from datetime import date

from thetadesk.data.calendar import TradingCalendar
from thetadesk.data.history import DailyBars

# Federal Reserve discount window, primary credit, percent, effective from the date.
PRIMARY_CREDIT = (
    ("2010-02-19", "0.75"), ("2015-12-17", "1.00"), ("2016-12-15", "1.25"), ("2017-03-16", "1.50"),
    ("2017-06-15", "1.75"), ("2017-12-14", "2.00"), ("2018-03-22", "2.25"), ("2018-06-14", "2.50"),
    ("2018-09-27", "2.75"), ("2018-12-20", "3.00"), ("2019-08-01", "2.75"), ("2019-09-19", "2.50"),
    ("2019-10-31", "2.25"),
)  # fmt: skip
# SPY ex-dates and cash distributions per share (State Street), for the years around the default span.
SPY_DISTRIBUTIONS = (
    (date(2017, 3, 17), 1.0331), (date(2017, 6, 16), 1.1831), (date(2017, 9, 15), 1.2346), (date(2017, 12, 15), 1.3511),
    (date(2018, 3, 16), 1.0968), (date(2018, 6, 15), 1.2456), (date(2018, 9, 21), 1.3226), (date(2018, 12, 21), 1.4354),
)  # fmt: skip
SPY_FIRST_DATE = "19980102"  # LEAN's first row for SPY; the security identifier `SPY R735QTJ8XC9X` holds it
_NEW_YORK, _CHICAGO, _UTC = "America/New_York", "America/Chicago", "UTC"
_WEEK = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
Segment = tuple[str, str, str]


def rate_on(day: date) -> float:
    """The primary credit rate of a date as a fraction per year."""
    known = [rate for start, rate in PRIMARY_CREDIT if date.fromisoformat(start) <= day]
    return float(known[-1] if known else PRIMARY_CREDIT[0][1]) / 100


def interest_rate_csv() -> bytes:
    """`alternative/interest-rate/usa/interest-rate.csv`."""
    return "\n".join(["DATE,PCREDIT8", *(f"{start},{rate}" for start, rate in PRIMARY_CREDIT), ""]).encode()


def map_file_csv() -> bytes:
    """`equity/usa/map_files/spy.csv`: one ticker since its first date, alive."""
    return f"{SPY_FIRST_DATE},spy,P\n20501231,spy,P\n".encode()


def factor_file_csv(spx: DailyBars, calendar: TradingCalendar) -> bytes:
    """`equity/usa/factor_files/spy.csv`: the price factor before each real distribution, on made reference prices."""
    factor, rows = 1.0, ["20501231,1,1,0"]
    for ex_date, cash in reversed(SPY_DISTRIBUTIONS):
        before = calendar.shift(ex_date, -1)
        reference = round(int(spx.close[spx.row(before)]) / 10) / 100
        factor *= 1 - cash / reference
        rows.append(f"{before:%Y%m%d},{factor:.7f},1,{reference:.2f}")
    rows.append(f"{SPY_FIRST_DATE},{factor:.7f},1,0")
    return ("\n".join(reversed(rows)) + "\n").encode()


def _week(
    segments: tuple[Segment, ...], sunday: tuple[Segment, ...] = (), friday: tuple[Segment, ...] | None = None
) -> dict[str, object]:
    days: dict[str, object] = {}
    for name in _WEEK:
        chosen = {"sunday": sunday, "saturday": (), "friday": segments if friday is None else friday}.get(
            name, segments
        )
        days[name] = [{"start": start, "end": end, "state": state} for start, end, state in chosen]
    return days


def _entry(
    data_zone: str, exchange_zone: str, week: dict[str, object], closed: list[str], early: dict[str, str]
) -> dict[str, object]:
    return {
        "dataTimeZone": data_zone,
        "exchangeTimeZone": exchange_zone,
        **week,
        "holidays": closed,
        "earlyCloses": early,
    }


def market_hours_json(calendar: TradingCalendar) -> bytes:
    """The market-hours database; entries without dates inherit them (MarketHoursDatabaseJsonConverter.cs)."""
    closed = [_us_date(day) for day in calendar.holidays()]
    early_days = sorted(calendar.early_closes)
    new_york = {_us_date(day): "13:00:00" for day in early_days}
    chicago = {_us_date(day): "12:00:00" for day in early_days}
    stock = (
        ("04:00:00", "09:30:00", "premarket"),
        ("09:30:00", "16:00:00", "market"),
        ("16:00:00", "20:00:00", "postmarket"),
    )
    vix = (
        ("02:15:00", "08:15:00", "premarket"),
        ("08:30:00", "15:15:00", "market"),
        ("15:15:00", "16:00:00", "postmarket"),
    )
    evening = ("19:15:00", "1.00:00:00", "postmarket")
    option = (("00:00:00", "08:15:00", "premarket"), *vix[1:], evening)
    index_option = _week(option, (("19:15:00", "1.00:00:00", "premarket"),), option[:-1])
    day_long = (("00:00:00", "1.00:00:00", "market"),)
    always: dict[str, object] = {
        name: [{"start": "00:00:00", "end": "1.00:00:00", "state": "market"}] for name in _WEEK
    }
    plain = _week((("08:30:00", "15:20:00", "market"),))
    future = (
        ("00:00:00", "08:30:00", "premarket"),
        ("08:30:00", "16:00:00", "market"),
        ("17:00:00", "1.00:00:00", "postmarket"),
    )
    currency = _week(day_long, (("17:00:00", "1.00:00:00", "market"),), (("00:00:00", "17:00:00", "market"),))
    entries = {
        "Equity-usa-[*]": _entry(_NEW_YORK, _NEW_YORK, _week(stock), closed, new_york),
        "Option-usa-[*]": _entry(_NEW_YORK, _NEW_YORK, _week((stock[1],)), [], {}),
        "Index-usa-[*]": _entry(_CHICAGO, _CHICAGO, plain, closed, chicago),
        "Index-usa-SPX": _entry(_CHICAGO, _CHICAGO, _week((vix[1],)), [], {}),
        "Index-usa-VIX": _entry(_CHICAGO, _CHICAGO, _week(vix), [], {}),
        "Index-usa-VIX9D": _entry(_CHICAGO, _CHICAGO, _week((vix[1],)), [], {}),
        "Index-usa-VIX3M": _entry(_CHICAGO, _CHICAGO, _week((vix[1],)), [], {}),
        "IndexOption-usa-[*]": _entry(_NEW_YORK, _CHICAGO, plain, [], {}),
        "IndexOption-usa-SPX": _entry(_NEW_YORK, _CHICAGO, index_option, [], {}),
        "IndexOption-usa-SPXW": _entry(_NEW_YORK, _CHICAGO, index_option, [], {}),
        "Future-cme-[*]": _entry(_UTC, _CHICAGO, _week(future, (future[2],), future[:2]), closed, {}),
        "Forex-oanda-[*]": _entry(_UTC, _NEW_YORK, currency, [], {}),
        # exchanges of account currencies and custom data that LEAN may ask for at start
        "Crypto-coinbase-[*]": _entry(_UTC, _UTC, always, [], {}),
        "Crypto-bybit-[*]": _entry(_UTC, _UTC, always, [], {}),
        "CryptoFuture-bybit-[*]": _entry(_UTC, _UTC, always, [], {}),
        "Base-empty-[*]": _entry(_UTC, _UTC, always, [], {}),
    }
    return (json.dumps({"entries": entries}, indent=1) + "\n").encode()


def _us_date(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def symbol_properties_csv() -> bytes:
    """`symbol-properties/symbol-properties-database.csv`: what the folder holds, and the account currencies."""
    rows = [
        "market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size,market_ticker,"
        "minimum_order_size,price_magnifier,strike_multiplier",
        "usa,[*],equity,,USD,1,0.01,1",
        "usa,[*],option,,USD,100,0.01,1",
        "usa,[*],index,,USD,1,0.01,1",
        "usa,[*],indexoption,,USD,100,0.05,1",
        "cme,ES,future,E-mini S&P 500,USD,50,0.25,1",
        "oanda,EURUSD,forex,Euro in US dollars,USD,1,0.00001,1,EUR_USD,1",
        "oanda,GBPUSD,forex,Pound sterling in US dollars,USD,1,0.00001,1,GBP_USD,1",
        "coinbase,BTCUSD,crypto,Bitcoin in US dollars,USD,1,0.01,0.00000001,BTC-USD,0.00000001",
        "bybit,BTCUSDT,cryptofuture,Bitcoin perpetual,USDT,1,0.10,0.001,BTCUSDT,0.001",
    ]
    return ("\n".join(rows) + "\n").encode()


SOURCE_TEXT = """\
HISTORY-ANCHORED SIMULATION. This is not recorded market data.

Real:      daily open, high, low, close and volume of the S&P 500 and NASDAQ Composite (1999-2018), daily closes of the
           VIX (2014-2018) and of WTI crude (1986-2018), as shipped with the Python package `arch`; holidays, half days,
           option expiry dates, the Federal Reserve's primary credit rate, SPY's distributions of 2017 and 2018.
Modelled:  everything within a day, and every option. Minute bars of SPX pass exactly through the day's real open, high,
           low and close. Minute bars of VIX end at its real close; its open, high and low (daily ones too) are modelled
           from the SPX path. SPY is SPX / 10 (no drop on ex-dates). Option quotes come from an arbitrage-free surface
           driven by the VIX, with a spread model; a whole expiry is quoted anew when the index has moved by about its
           spread. Sizes, trades and open interest are invented. Quote bars join the quote at a minute's start and
           end: extremes within a minute are not modelled. Forwards grow at the primary credit rate, without dividend
           yield, which is how LEAN's default option models see them.

Made by `thetatrace data make`; the seed, the span and the SHA-256 of each file are in .thetatrace/manifest.json.
"""
