"""Universe selection of futures by open interest on made data."""

from datetime import date

import pytest

MONDAY = date(2021, 3, 15)


@pytest.mark.parametrize(
    ("limits", "chosen"),
    [("", ["ES18M21"]), (", None, None", ["ES18M21", "ES19H21"]), (", 1, 2", ["ES19H21"])],
)
def test_contracts_are_selected_by_open_interest(futures, run, limits, chosen):
    futures.future_universe(date(2021, 3, 12), ("202103", "202106", "202109"))
    # Ticks of Sunday, the trading day before; the first one counts, as in LEAN.
    ticks = {"202103": ["50000000,300", "60000000,900"], "202106": ["50000000,500"]}
    futures.pack(
        "future/cme/tick/es/20210314_openinterest.zip",
        {f"20210314_es_tick_openinterest_{month}.csv": rows for month, rows in ticks.items()},
    )
    made = run(
        futures,
        f"""
def initialize(self):
    root = Symbol.create("ES", SecurityType.FUTURE, Market.CME)
    self.set_universe_selection(OpenInterestFutureUniverseSelectionModel(self, lambda time: [root]{limits}))
    self.seen = []

def on_securities_changed(self, changes):
    self.seen += [s.symbol.value for s in changes.added_securities if not s.symbol.is_canonical()]
""",
        days=(MONDAY, MONDAY),
    ).algorithm
    assert sorted(made.seen) == chosen


def test_without_open_interest_nothing_is_selected_and_it_says_so(futures, run):
    futures.future_universe(date(2021, 3, 12))
    outcome = run(
        futures,
        """
def initialize(self):
    root = Symbol.create("ES", SecurityType.FUTURE, Market.CME)
    self.set_universe_selection(OpenInterestFutureUniverseSelectionModel(self, lambda time: [root]))
    self.add_future_contract(Symbol.create_future("ES", Market.CME, datetime(2021, 3, 19)))
""",
        days=(MONDAY, MONDAY),
    )
    assert any("Failed to get historical open interest" in line for line in outcome.result.log_lines)
