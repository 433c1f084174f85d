"""Daily bars of forex and of CFDs at Oanda on made data: whole dates of the files' zone, also on a Sunday."""

from datetime import date, timedelta

import pytest

from lean_local.testing.data import week

SUNDAY = date(2021, 3, 14)  # New York is four hours behind UTC from here on
OPENS = [("00:00:00", "16:58:00", "market")]
EVENING = [("17:03:00", "1.00:00:00", "market")]
PROPERTIES = "oanda,EURUSD,forex,,USD,1,0.00001,1\noanda,XAUUSD,cfd,,USD,1,0.001,1\n"
ADD = {"forex": "self.add_forex('EURUSD', Resolution.DAILY)", "cfd": "self.add_cfd('XAUUSD', Resolution.DAILY)"}


@pytest.fixture
def pairs(made):
    """EURUSD and XAUUSD at 1.01, 1.02, ... on 18 dates from 14 March 2021 but Saturdays and Wednesday 24."""
    full, friday, sunday = (week(s) for s in (OPENS + EVENING, OPENS, EVENING))
    hours = full | {"dataTimeZone": "UTC", "friday": friday["friday"], "sunday": sunday["friday"]}
    properties = made.root / "symbol-properties" / "symbol-properties-database.csv"
    properties.write_text(properties.read_text() + PROPERTIES)
    for kind, ticker in (("Forex", "eurusd"), ("Cfd", "xauusd")):
        made.add_hours(f"{kind}-oanda-[*]", hours)
        rows = []
        for n in range(18):
            day, price = SUNDAY + timedelta(days=n), 1 + (n + 1) / 100
            if day.weekday() != 5 and day != date(2021, 3, 24):
                side = f"{price:.2f}," * 4 + "0"
                rows.append(f"{day:%Y%m%d} 00:00,{side},{side}")
        made.pack(f"{kind.lower()}/oanda/daily/{ticker}.zip", {f"{ticker}.csv": rows})
    return made


def _lines(run, pairs, kind, body, days):
    outcome = run(
        pairs,
        f"""
def initialize(self):
    self.set_time_zone(TimeZones.NEW_YORK)
    self.pair = {ADD[kind]}.symbol
{body}""",
        days=days,
    )
    return [line.partition("| ")[2] for line in outcome.logs if "| " in line]


@pytest.mark.parametrize("kind", ["forex", "cfd"])
def test_bars_are_whole_dates_of_the_data_zone_and_gaps_are_filled_on_those_with_open_hours(run, pairs, kind):
    body = """
def on_data(self, slice):
    bar = slice.quote_bars[self.pair]
    self.log(f"| {bar.time:%d %H} {bar.end_time:%d %H} {self.time:%d %H} {bar.close:.2f} {bar.is_fill_forward}")
"""
    seen = _lines(run, pairs, kind, body, (date(2021, 3, 18), date(2021, 3, 25)))
    assert seen == [
        "17 20 18 20 18 20 1.05 False",
        "18 20 19 20 19 20 1.06 False",
        "20 20 21 20 21 20 1.08 False",
        "21 20 22 20 22 20 1.09 False",
        "22 20 23 20 23 20 1.10 False",
        "23 20 24 20 24 20 1.10 True",
        "24 20 25 20 25 20 1.12 False",
        "25 20 26 20 26 20 1.13 False",  # it starts within the run
    ]


@pytest.mark.parametrize("kind", ["forex", "cfd"])
@pytest.mark.parametrize("bars", [1, 2, 5, 8])
def test_history_of_so_many_bars_has_so_many_sundays_and_filled_gaps_among_them(run, pairs, kind, bars):
    body = f"""
    self.schedule.on(self.date_rules.on(2021, 3, 25), self.time_rules.at(21, 0), self.act)
def act(self):
    for bar in self.history[QuoteBar](self.pair, {bars}, Resolution.DAILY):
        self.log(f"| {{bar.end_time:%d}} {{bar.close:.2f}}")
"""
    seen = _lines(run, pairs, kind, body, (date(2021, 3, 24), date(2021, 3, 26)))
    expected = ["17 1.04", "18 1.05", "19 1.06", "21 1.08", "22 1.09", "23 1.10", "24 1.10", "25 1.12"]
    assert seen == expected[-bars:]


def test_a_warm_up_of_daily_bars_counts_sundays_and_has_the_bar_that_ends_at_its_start(run, pairs):
    body = """
    self.set_warm_up(3, Resolution.DAILY)
def on_data(self, slice):
    if self.is_warming_up:
        self.log(f"| {self.time:%d %H}")
"""
    seen = _lines(run, pairs, "forex", body, (date(2021, 3, 23), date(2021, 3, 23)))
    assert seen == ["18 20", "19 20", "21 20", "22 20"]


def test_a_finer_subscription_within_a_run_refines_repetitions_after_the_bar_that_is_due_next(run, pairs):
    body = """
    self.schedule.on(self.date_rules.on(2021, 3, 18), self.time_rules.at(21, 0), self.act)
def act(self):
    self.add_cfd('XAUUSD', Resolution.HOUR)
def on_data(self, slice):
    self.log(f"| {self.time:%d %H} {slice.quote_bars[self.pair].is_fill_forward}")
"""
    seen = _lines(run, pairs, "forex", body, (date(2021, 3, 18), date(2021, 3, 19)))
    assert seen[:2] == ["18 20 False", "19 20 False"]
    body = body.replace("21, 0", "1, 0")  # before the first bar
    seen = _lines(run, pairs, "forex", body, (date(2021, 3, 18), date(2021, 3, 18)))
    assert seen == ["18 20 False", "18 21 True", "18 22 True", "18 23 True", "19 00 True"]
