"""File names of the data folder, and custom data that universes select."""

from datetime import date, datetime

import pytest

from lean_local.api.lean_data import LeanData
from lean_local.enums import Resolution, SecurityType, TickType
from lean_local.symbols import Symbol

DAY = date(2021, 3, 1)
SPY = Symbol.create_equity("SPY")
CALL = Symbol.create_option(SPY, "usa", 0, 0, 100, datetime(2021, 3, 19))


@pytest.mark.parametrize(
    ("symbol", "resolution", "tick", "path"),
    [
        (SPY, Resolution.DAILY, TickType.TRADE, "equity/usa/daily/spy.zip"),
        (SPY, Resolution.MINUTE, TickType.QUOTE, "equity/usa/minute/spy/20210301_quote.zip"),
        (CALL, Resolution.MINUTE, TickType.TRADE, "option/usa/minute/spy/20210301_trade_american.zip"),
        (CALL, Resolution.HOUR, TickType.QUOTE, "option/usa/hour/spy_2021_quote_american.zip"),
        (Symbol.create("X", SecurityType.BASE, "usa"), Resolution.DAILY, TickType.TRADE, "base/usa/daily/x.zip"),
    ],
)
def test_files_are_named_as_in_a_data_folder(symbol, resolution, tick, path):
    assert LeanData.generate_relative_zip_file_path(symbol, DAY, resolution, tick) == path
    assert LeanData.generate_zip_file_name(symbol, DAY, resolution, tick) == path.rpartition("/")[2]
    assert LeanData.GenerateZipFilePath("/data", symbol, DAY, resolution, tick) == f"/data/{path}"


def test_a_universe_selects_custom_data_of_its_members(run, shares):
    shares.daily("spy", {date(2021, 2, 26): 100, date(2021, 3, 1): 101, date(2021, 3, 2): 102})
    for day in ("20210226", "20210301"):
        shares.write(f"equity/usa/fundamental/coarse/{day}.csv", "SPY R735QTJ8XC9X,SPY,100,1000,100000,False,1,1\n")
    outcome = run(
        shares,
        """
class Own(PythonData):
    def get_source(self, config, date, live):
        name = LeanData.generate_zip_file_name(config.symbol, date, config.resolution, config.tick_type)
        return SubscriptionDataSource(f'{Globals.data_folder}/equity/usa/daily/{name}')

    def reader(self, config, line, date, live):
        made = type(self)()
        made.symbol, made.value = config.symbol, float(line.split(',')[4]) / 10000
        made.time = datetime.strptime(line[:8], '%Y%m%d')
        made.end_time = made.time + timedelta(1)
        return made

def initialize(self):
    self.universe_settings.resolution = Resolution.DAILY
    self.add_universe(CoarseFundamental, 'own', self.choose)
    self.changed = []

def choose(self, coarse):
    return [Symbol.create_base(self.Own, c.symbol) for c in coarse] + [c.symbol for c in coarse]

def on_securities_changed(self, changes):
    self.changed += [s.symbol.security_type.name for s in changes.added_securities]

def on_data(self, data):
    for symbol, point in data.get(self.Own).items():
        self.log(f'{symbol.underlying.value} {point.value}')

def on_end_of_algorithm(self):
    self.log(','.join(self.changed))
""",
        days=(date(2021, 2, 27), date(2021, 3, 2)),
    )
    lines = [line.split(" ", 2)[2] for line in outcome.result.log_lines]
    assert lines[-1] == "EQUITY"
    assert "SPY 101.0" in lines
