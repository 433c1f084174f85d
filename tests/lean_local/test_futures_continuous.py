"""Continuous futures on made data: mapping, normalization, depth, their chain beside them, history."""

import json
from datetime import date, datetime

import pytest

from lean_local.symbols import Symbol

MONDAY, TUESDAY, WEDNESDAY, FRIDAY = (date(2021, 3, n) for n in (15, 16, 17, 19))


def maps(made, last_march_day):
    march, june = Symbol.create_future("ES", "cme", FRIDAY), Symbol.create_future("ES", "cme", date(2021, 6, 18))
    made.write(
        "future/cme/map_files/es.csv",
        f"18991230,es,CME\n{last_march_day:%Y%m%d},{str(march.id).lower()},CME,0\n"
        f"20210618,{str(june.id).lower()},CME,0\n",
    )
    scales = {"BackwardsRatioScale": [0.5], "BackwardsPanamaCanalScale": [-10], "ForwardPanamaCanalScale": [0]}
    row = {"Date": f"{last_march_day}T00:00:00", "DataMappingMode": 0}
    made.write("future/cme/factor_files/es.csv", json.dumps(row | scales) + "\n")


CHAIN = """
def initialize(self):
    self.es = self.add_future("ES", Resolution.MINUTE, data_mapping_mode=DataMappingMode.LAST_TRADING_DAY,
                              data_normalization_mode=DataNormalizationMode.{mode})
    {filter}
    self.seen, self.changed, self.bars = [], [], []

def on_data(self, data):
    for event in data.symbol_changed_events.values():
        self.seen.append((self.time, event.symbol.value, event.old_symbol, event.new_symbol))
    for chain in data.futures_chains.values():
        self.seen.append((self.time, [(c.symbol.value, c.last_price, c.volume) for c in chain]))
    bar = data.bars.get(self.es.symbol)
    if bar and (self.time.hour, self.time.minute) == (10, 1):
        self.bars.append((self.time.day, bar.symbol.value, bar.close, self.es.mapped.value))

def on_securities_changed(self, changes):
    self.changed.append((self.time.day, [s.symbol.value for s in changes.added_securities],
                         [s.symbol.value for s in changes.removed_securities]))
"""


def test_the_continuous_contract_joins_the_mapped_contracts(futures, run):
    maps(futures, TUESDAY)
    body = CHAIN.format(mode="BACKWARDS_RATIO", filter="pass")
    outcome = run(futures, body, days=(MONDAY, WEDNESDAY))
    made = outcome.algorithm
    assert made.bars == [
        (15, "ES19H21", 1950.0, "ES19H21"),
        (16, "ES19H21", 1955.0, "ES19H21"),
        (17, "ES18M21", 3910.0, "ES18M21"),
    ]
    march, june = Symbol.create_future("ES", "cme", FRIDAY), Symbol.create_future("ES", "cme", date(2021, 6, 18))
    assert made.seen == [(datetime(2021, 3, 17), "ES18M21", str(march.id), str(june.id))]
    assert made.changed == [(15, ["/ES"], [])]  # mapped contracts are not shown
    assert not made.es.is_tradable


@pytest.mark.parametrize(("mode", "closes"), [("RAW", [3900.0, 3910.0]), ("BACKWARDS_PANAMA_CANAL", [3890.0, 3900.0])])
def test_normalization_modes(futures, run, mode, closes):
    maps(futures, TUESDAY)
    outcome = run(futures, CHAIN.format(mode=mode, filter="pass"), days=(MONDAY, TUESDAY))
    assert [bar[2] for bar in outcome.algorithm.bars] == closes


def test_the_chain_follows_its_filter(futures, run):
    maps(futures, FRIDAY)
    futures.future_universe(date(2021, 3, 12))
    futures.future_universe(MONDAY, ("202106", "202109"))
    outcome = run(futures, CHAIN.format(mode="RAW", filter="self.es.set_filter(0, 120)"), days=(MONDAY, TUESDAY))
    made = outcome.algorithm
    assert made.changed == [(15, ["/ES", "ES18M21", "ES19H21"], []), (16, [], ["ES19H21"])]
    first = next(item for item in made.seen if item[0] == datetime(2021, 3, 15, 10, 1))
    assert first[1] == [("ES18M21", 3890.0, 10), ("ES19H21", 3900.0, 10)]
    later = next(item for item in made.seen if item[0] == datetime(2021, 3, 16, 10, 1))
    assert later[1] == [("ES18M21", 3900.0, 10)]


def test_a_contract_depth_beyond_two_is_refused(futures, run):
    outcome = run(
        futures,
        """
def initialize(self):
    self.add_future("ES", Resolution.MINUTE, contract_depth_offset=3)
""",
        days=(MONDAY, MONDAY),
        fails=True,
    )
    assert "current maximum value is 2" in str(outcome.error)


@pytest.mark.parametrize(
    ("added", "options", "closes"),
    [
        ("BACKWARDS_RATIO", "", [1950.0, 1955.0, 3910.0]),
        ("BACKWARDS_RATIO", ", data_normalization_mode=DataNormalizationMode.RAW", [3900.0, 3910.0, 3910.0]),
        ("RAW", ", contract_depth_offset=1", [3890.0, 3900.0, 1.0]),
        (None, ", data_mapping_mode=DataMappingMode.LAST_TRADING_DAY", [1950.0, 1955.0, 3910.0]),
    ],
)
def test_history_of_a_continuous_future_joins_the_mapped_contracts(futures, run, added, options, closes):
    maps(futures, TUESDAY)
    add = f"self.add_future('ES', data_mapping_mode=0, data_normalization_mode=DataNormalizationMode.{added})"
    outcome = run(
        futures,
        f"""
def initialize(self):
    self.es = {add if added else "None"}
    self.add_equity("SPY")
    self.closes = []

def on_end_of_algorithm(self):
    symbol = Symbol.create("ES", SecurityType.FUTURE, Market.CME)
    bars = self.history[TradeBar](symbol, timedelta(4), Resolution.MINUTE{options})
    self.closes = [bar.close for bar in bars if (bar.end_time.hour, bar.end_time.minute) == (10, 1)]
""",
        days=(MONDAY, WEDNESDAY),
    )
    assert outcome.algorithm.closes == closes


def test_the_end_of_a_mapped_contract_is_told_but_is_no_data(futures, run):
    maps(futures, FRIDAY)
    outcome = run(
        futures,
        """
def initialize(self):
    self.es = self.add_future("ES", data_mapping_mode=DataMappingMode.LAST_TRADING_DAY)
    self.keys, self.ended = set(), []

def on_data(self, data):
    self.keys |= {str(key) for key in data.keys()}

def on_delistings(self, delistings):
    self.ended += [d.symbol.value for d in delistings.values()]

def on_end_of_algorithm(self):
    self.total = {s.symbol.value: s.is_delisted for s in self.securities.total}
""",
        days=(MONDAY, date(2021, 3, 22)),
    )
    made = outcome.algorithm
    assert made.keys == {"/ES"}
    assert made.ended == ["ES19H21", "ES19H21"]
    assert made.total == {"/ES": False, "ES19H21": True, "ES18M21": False}
