"""Custom data on made files: sources, readers, dynamic members, prices, orders, consolidators, refusals."""

from datetime import date

import pytest

TWO = (date(2021, 3, 1), date(2021, 3, 2))
TYPES = """
class Fear(PythonData):
    def get_source(self, config, date, is_live):
        return SubscriptionDataSource(Globals.data_folder + "/fear.csv")
    def reader(self, config, line, date, is_live):
        if not line[0].isdigit():
            return None
        day, value = line.split(",")
        point = Fear()
        point.time = datetime.strptime(day, "%Y-%m-%d %H:%M")
        point.end_time = point.time + timedelta(minutes=30)
        point.value = float(value)
        point["Close"] = float(value)
        point.TwoWords = "yes"
        return point
"""
ROWS = "when,value\n2021-02-26 10:00,19\n2021-03-01 10:00,20.5\n2021-03-01 12:00,21\n2021-03-02 10:00,22\n"


@pytest.fixture
def fear(made):
    """Points known at 10:30 and 12:30 on Monday and 10:30 on Tuesday."""
    made.write("fear.csv", ROWS)
    return made


def _algorithm(body, types=TYPES):
    head = "".join("    " + line + "\n" if line else "\n" for line in types.strip().splitlines())
    return f"""
def initialize(self):
{head}
    self.fear = self.add_data(Fear, "FEAR", Resolution.HOUR)
    self.kind, self.seen = Fear, []
{body}
"""


def test_points_arrive_at_their_end_time_and_set_the_price(run, fear):
    outcome = run(
        fear,
        _algorithm(
            """
def on_data(self, data):
    point = data[self.fear.symbol]
    same = data.get(self.kind)[self.fear.symbol] is point and data.get(self.kind, self.fear.symbol) is point
    self.seen.append((f"{self.time:%d %H:%M}", point.value, point["close"], point.two_words, point.TwoWords, same))
    assert point.price == self.fear.price == self.fear.cache.get_data(self.kind).value
    assert str(point.symbol.id) == "FEAR.Fear 2S" and point.symbol.value == "FEAR"
"""
        ),
        days=TWO,
    )
    assert outcome.algorithm.seen == [
        ("01 10:30", 20.5, 20.5, "yes", "yes", True),
        ("01 12:30", 21, 21, "yes", "yes", True),
        ("02 10:30", 22, 22, "yes", "yes", True),
    ]


def test_custom_data_can_be_traded_and_consolidated(run, fear):
    outcome = run(
        fear,
        _algorithm(
            """
    self.average = self.sma(self.fear, 2, Resolution.HOUR)
    self.consolidate(self.fear, timedelta(hours=24), lambda bar: self.seen.append((bar.open, bar.high, bar.close)))
def on_data(self, data):
    if not self.portfolio.invested:
        self.ticket = self.market_order(self.fear, 10)
"""
        ),
        days=TWO,
    )
    algorithm = outcome.algorithm
    assert algorithm.ticket.average_fill_price == 20.5
    assert algorithm.average.current.value == 21.5
    assert algorithm.seen == [(20.5, 21, 21)]


def test_members_of_a_point_know_what_is_missing(run, fear):
    outcome = run(
        fear,
        _algorithm(
            """
def on_data(self, data):
    point = data[self.fear.symbol]
    assert point.has_property("CLOSE") and not point.has_property("open")
    try:
        point["open"]
    except KeyError as error:
        self.seen.append(str(error))
    assert point.get_storage_dictionary()["twowords"] == "yes" and not hasattr(point, "nothing")
"""
        ),
    )
    assert "'open' does not exist" in outcome.algorithm.seen[0]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('"https://example.com/fear.csv"', "lean_local does not use the network"),
        ('"x.csv", SubscriptionTransportMedium.REST', "lean_local does not use the network"),
    ],
)
def test_sources_on_the_network_are_named_and_skipped(run, shares, source, text):
    types = TYPES.replace('Globals.data_folder + "/fear.csv"', source)
    outcome = run(shares, _algorithm("    self.add_equity('SPY')", types))
    assert any(text in line for line in outcome.result.log_lines)


def test_lines_the_reader_cannot_read_are_reported_and_skipped(run, made):
    made.write("fear.csv", ROWS.replace("21\n", "much\n"))
    outcome = run(
        made, _algorithm("def on_data(self, data):\n    self.seen.append(data[self.fear.symbol].value)\n"), days=TWO
    )
    assert outcome.algorithm.seen == [20.5, 22]
    assert any("Error invoking FEAR data reader" in line for line in outcome.result.log_lines)


def test_the_object_store_is_a_source(run, shares, tmp_path):
    stored = '"some/key", SubscriptionTransportMedium.OBJECT_STORE'
    types = TYPES.replace('Globals.data_folder + "/fear.csv"', stored)
    body = f"""
    self.object_store.save("some/key", {ROWS!r})
    self.add_equity("SPY")
def on_data(self, data):
    if data.contains_key(self.fear.symbol):
        self.seen.append(data[self.fear.symbol].value)
"""
    outcome = run(shares, _algorithm(body, types), object_store=tmp_path / "store")
    assert outcome.algorithm.seen == [20.5, 21]
