"""When a future that is held is delisted: by its exact expiry, or by the date of the continuous contract's map file."""

from datetime import date

import pytest

from lean_local.symbols import Symbol

MONDAY, FRIDAY = date(2021, 3, 15), date(2021, 3, 19)
HELD = """
def initialize(self):
    self.es = self.add_future("ES", data_mapping_mode=DataMappingMode.LAST_TRADING_DAY)
    {chain}
    self.bought, self.ended = None, None
def on_data(self, data):
    if self.bought is None and self.es.mapped in data.bars:
        self.bought = self.es.mapped
        self.market_order(self.bought, 1)
def on_order_event(self, event):
    if event.status == OrderStatus.FILLED and event.fill_quantity < 0:
        self.ended = self.utc_time.strftime("%d %H:%M")
"""


@pytest.mark.parametrize("last_march_day", [date(2021, 3, 16), FRIDAY], ids=["mapped-before", "mapped-to-the-end"])
@pytest.mark.parametrize(("file", "end"), [(date(2021, 3, 12), "20 17:30"), (MONDAY, "20 04:00")], ids=["chain", "map"])
def test_a_held_contract_is_delisted_by_the_identifier_it_came_with(futures, run, last_march_day, file, end):
    march, june = (Symbol.create_future("ES", "cme", day) for day in (FRIDAY, date(2021, 6, 18)))
    rows = [(date(1899, 12, 30), "es"), (last_march_day, str(march.id).lower()), (june.id.date, str(june.id).lower())]
    futures.write("future/cme/map_files/es.csv", "".join(f"{day:%Y%m%d},{name},CME,0\n" for day, name in rows))
    futures.future_universe(file)
    made = run(futures, HELD.replace("{chain}", "self.es.set_filter(0, 180)"), days=(MONDAY, date(2021, 3, 22)))
    assert made.algorithm.bought == march
    assert made.algorithm.ended == end


def test_a_contract_of_the_chain_alone_is_delisted_a_day_after_its_exact_expiry(futures, run):
    futures.future_universe(date(2021, 3, 12))
    body = """
def initialize(self):
    self.add_future("ES").set_filter(0, 180)
    self.ended, self.expiry = None, None
def on_data(self, data):
    for chain in data.future_chains.values():
        for contract in chain:
            if self.expiry is None and contract.expiry.month == 3:
                self.expiry = contract.expiry
                self.market_order(contract.symbol, 1)
def on_order_event(self, event):
    if event.status == OrderStatus.FILLED and event.fill_quantity < 0:
        self.ended = self.time
"""
    made = run(futures, body, days=(MONDAY, date(2021, 3, 22))).algorithm
    assert made.expiry.hour
    assert (made.ended - made.expiry).total_seconds() == 86_400
