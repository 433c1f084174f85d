"""Chains of futures on made data: filters, the universe files, their history."""

from datetime import date

import pytest

MONDAY, TUESDAY = date(2021, 3, 15), date(2021, 3, 16)


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("u.front_month()", ["ES19H21"]),
        ("u.back_month()", ["ES18M21"]),
        ("u.back_months()", ["ES17U21", "ES18M21"]),
        ("u.expiration_cycle([3, 9])", ["ES17U21", "ES19H21"]),
        ("u.expiration(timedelta(5), timedelta(100))", ["ES18M21"]),
        ("u.contracts(lambda rows: [r for r in rows if r.open_interest < 1000][:1])", ["ES18M21"]),
        ("u.where(lambda row: row.close > 2)", ["ES17U21"]),
        ("u.weeklys_only()", []),
        ("u.standards_only().front_month()", ["ES19H21"]),
    ],
)
def test_filters(futures, run, rule, values):
    futures.future_universe(date(2021, 3, 12), ("202103", "202106", "202109"))
    outcome = run(
        futures,
        f"""
def initialize(self):
    self.add_equity("SPY")
    self.add_future("ES", Resolution.MINUTE).set_filter(lambda u: {rule})
    self.added = []

def on_securities_changed(self, changes):
    self.added += [s.symbol.value for s in changes.added_securities if s.symbol.has_canonical()]
""",
        days=(MONDAY, MONDAY),
    )
    assert outcome.algorithm.added == values


def test_chains_of_the_universe_file(futures, run):
    futures.future_universe(date(2021, 3, 12))
    outcome = run(
        futures,
        """
def initialize(self):
    self.set_start_date(2021, 3, 15)
    self.add_equity("SPY")
    chain = self.futures_chain("ES")
    self.rows = [(c.symbol.value, c.last_price, c.open_interest) for c in chain]
    self.frame = chain.data_frame
    self.listed = self.future_chain_provider.get_future_contract_list(chain.symbol, self.time)
    self.count = len(self.future_chains([chain.symbol]))
""",
        days=(MONDAY, MONDAY),
    )
    made = outcome.algorithm
    assert made.rows == [("ES19H21", 1.0, 1000.0), ("ES18M21", 2.0, 999.0)]
    assert list(made.frame["lastprice"]) == [1.0, 2.0]
    assert len(made.listed) == 2
    assert made.count == 1


def test_history_and_the_provider_read_the_chain_files(futures, run):
    futures.future_universe(date(2021, 3, 12))
    futures.future_universe(MONDAY, ("202103", "202106", "202109"))
    made = run(
        futures,
        """
def initialize(self):
    self.set_start_date(2021, 3, 16)
    es = self.add_future("ES").symbol
    frame = self.history(FutureUniverse, es, 2, flatten=True)
    self.rows = [(str(t.date()), s.value, o) for (t, s), o in frame["openinterest"].items()]
    self.files = [(f.end_time.day, [row.symbol.value for row in f]) for f in self.history[FutureUniverse](es, 1)]
    days = (datetime(2021, 3, 15), datetime(2021, 3, 16))
    self.lists = [len(self.future_chain_provider.get_future_contract_list(es, day)) for day in days]
    self.unflattened = len(self.history(FutureUniverse, es, 2))
    self.add_future_contract(Symbol.create_future("ES", Market.CME, datetime(2021, 3, 19)))
""",
        days=(TUESDAY, TUESDAY),
    ).algorithm
    first = [("2021-03-13", "ES19H21", 1000), ("2021-03-13", "ES18M21", 999), ("2021-03-16", "ES19H21", 1000)]
    assert made.rows[:3] == first
    assert made.files == [(16, ["ES19H21", "ES18M21", "ES17U21"])]
    assert made.lists == [2, 3]
    assert made.unflattened == 2
