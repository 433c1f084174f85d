# ruff: noqa: E501  lines of algorithm text
"""The algorithm framework on made data: insights, targets, the order of the models, and the ready-made models."""

from datetime import UTC, date, datetime, timedelta

import pytest

from lean_local.engine.clock import EPOCH_UTC
from lean_local.enums import InsightDirection, InsightType, OrderStatus, Resolution
from lean_local.framework.insight import Insight
from lean_local.framework.insights import InsightCollection
from lean_local.framework.periods import Period
from lean_local.framework.targets import PortfolioTarget, PortfolioTargetCollection
from lean_local.securities.exchange import Calendar
from lean_local.symbols import Symbol

SPY, AAA = Symbol.create_equity("SPY"), Symbol.create_equity("AAA")
UP, DOWN, FLAT = InsightDirection.UP, InsightDirection.DOWN, InsightDirection.FLAT
HOURS = "America/New_York"


def weekdays(day, _extended):
    """09:30 to 16:00 New York in winter, Monday to Friday."""
    if day.weekday() > 4:
        return ()
    midnight = (datetime(day.year, day.month, day.day, 5, tzinfo=UTC) - EPOCH_UTC) // timedelta(milliseconds=1)
    return ((midnight + 34_200_000, midnight + 57_600_000),)


CALENDAR = Calendar(weekdays, HOURS, HOURS, always_open=False)


def at(day, hour, minute=0):
    """New York time of January 2021 as UTC."""
    return datetime(2021, 1, day, hour + 5, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("made", "period", "closes"),
    [
        (at(4, 10), Period.of(timedelta(minutes=30)), at(4, 10, 30)),
        (at(4, 15, 50), Period.of(timedelta(minutes=30)), at(5, 9, 50)),
        (at(8, 10), Period.of(timedelta(days=1)), at(11, 10)),  # over a weekend
        (at(4, 10), Period.of(timedelta(days=1, hours=12)), at(5, 13, 15)),  # half a day is half of 6:30
        (at(4, 10), Period.bars(Resolution.HOUR, 7), at(5, 10, 30)),
        (at(4, 10), Period.bars(Resolution.DAILY, 2), at(6, 10)),
        (at(4, 15, 59), Period.of(timedelta(seconds=90)), at(4, 16)),  # the half minute is no whole one
        (at(4, 10), Period.priced(datetime(2021, 1, 5, 12)), at(5, 12)),
        (at(4, 10), Period.priced(datetime(2021, 1, 9, 12)), at(11, 9, 30)),  # a closed time: the next open
        (at(4, 10), Period.of(lambda now: now + timedelta(hours=8)), at(5, 9, 30)),
    ],
)
def test_an_insight_closes_in_open_time(made, period, closes):
    assert period.end(made, CALENDAR)[0] == closes


def test_a_close_time_in_the_past_is_refused():
    with pytest.raises(ValueError, match="must not be in the past"):
        Period.priced(datetime(2021, 1, 4, 10)).end(at(5, 10), CALENDAR)


def insight(symbol=SPY, direction=UP, made=None, **more):
    found = Insight(symbol, timedelta(minutes=5), InsightType.PRICE, direction, **more)
    if made is not None:
        found.generated_time_utc = made
        found.set_period_and_close_time(CALENDAR)
    return found


def test_an_insight_prints_as_in_lean():
    made = insight(magnitude=0.5, confidence=0.255, weight=0.1, tag="why")
    assert str(made) == f"{made.id.hex}: SPY Price Up within 00:05:00 by 0.5% with 25.5% confidence and 10% weight: why"
    assert made.short_to_string() == "SPY Price Up 00:05:00 M:0.5% C:25.5% W:10%. why"


def test_groups_are_given_once():
    pair = Insight.group(insight(), insight(AAA, DOWN))
    assert pair[0].group_id == pair[1].group_id is not None
    with pytest.raises(ValueError, match="already been assigned"):
        Insight.group(pair)


def test_the_forms_of_a_price_insight_agree():
    by_span = Insight.price(SPY, timedelta(days=1), UP, 0.1, 0.2, "me", 0.3, "t")
    by_name = Insight.Price(
        SPY, timedelta(days=1), UP, weight=0.3, source_model="me", magnitude=0.1, confidence=0.2, tag="t"
    )
    for name in ("direction", "magnitude", "confidence", "source_model", "weight", "tag", "period"):
        assert getattr(by_span, name) == getattr(by_name, name), name
    with pytest.raises(ValueError, match="1 second"):
        Insight.price(SPY, timedelta(milliseconds=1), UP)
    with pytest.raises(ValueError, match="greater than zero"):
        Insight.price(SPY, Resolution.DAILY, 0, UP)


def test_a_collection_keeps_open_and_all_insights():
    book = InsightCollection()
    first, second = insight(made=at(4, 10)), insight(AAA, made=at(4, 10, 3))
    book.add_range([first, second])
    assert (book.count, book.total_count, book.get_next_expiry_time()) == (2, 2, at(4, 10, 5))
    assert book.get_active_insights(at(4, 10, 6)) == [second]
    assert book.remove_expired_insights(at(4, 10, 6)) == [first]
    assert (book.contains_key(SPY), book.has_active_insights(AAA, at(4, 10, 6)), book.total_count) == (False, True, 2)
    second.expire(at(4, 10, 6))
    assert second.close_time_utc == at(4, 10, 5) + timedelta(seconds=59)
    assert book.get_insights(lambda i: i.symbol == AAA) == [second]


def test_a_target_collection_keeps_the_newest_of_a_symbol():
    book = PortfolioTargetCollection()
    book.add_range([PortfolioTarget(SPY, 1), PortfolioTarget(AAA, 2), PortfolioTarget(SPY, 3, "t")])
    assert [str(t) for t in book] == ["SPY: 3 (t)", "AAA: 2"]
    assert (book.contains_key(SPY), book.remove(SPY), SPY in book, book.count) == (True, True, False, 1)


# --- whole runs --------------------------------------------------------------------------------------------------
START = """
def initialize(self):
    self.set_cash(100000)
    self.told = []
    self.settings.seed_initial_prices = False
    {setup}
def on_order_event(self, event):
    if event.status == OrderStatus.FILLED:
        self.told.append((f"{{self.time:%d %H:%M}}", event.symbol.value, event.fill_quantity))
{more}
"""
MODELS = "self.set_universe_selection(ManualUniverseSelectionModel([Symbol.create('SPY', SecurityType.EQUITY, Market.USA)])); "
CONSTANT = "self.set_alpha(ConstantAlphaModel(InsightType.PRICE, InsightDirection.UP, timedelta(minutes=10), 0.025, 0.5, 0.25)); "


def told(run, data, setup, more="", **request):
    return run(data, START.format(setup=setup, more=more), **request).algorithm


def test_a_constant_insight_becomes_a_position_and_expires(run, shares):
    more = """
def on_data(self, data):
    if self.time.hour == 15 and self.time.minute == 0:
        self.insights.expire(list(self.insights)); self.set_alpha(NullAlphaModel())
"""
    algorithm = told(
        run,
        shares,
        MODELS + CONSTANT + "self.set_portfolio_construction(EqualWeightingPortfolioConstructionModel())",
        more,
    )
    first, last = algorithm.told[0], algorithm.told[-1]
    assert (first[:2], last[:2]) == (("01 09:31", "SPY"), ("01 15:00", "SPY"))
    assert first[2] == 997
    assert not algorithm.portfolio.invested
    assert algorithm.insights.total_count == 33  # every tenth minute to 15:00


@pytest.mark.parametrize(
    ("model", "quantity"),
    [
        ("EqualWeightingPortfolioConstructionModel(portfolio_bias=PortfolioBias.SHORT)", None),
        ("InsightWeightingPortfolioConstructionModel()", 249),
        ("ConfidenceWeightedPortfolioConstructionModel(timedelta(days=1))", 498),
        ("AccumulativeInsightPortfolioConstructionModel(percent=0.1)", 99),
        ("NullPortfolioConstructionModel()", None),
    ],
)
def test_portfolio_models_weigh(run, shares, model, quantity):
    algorithm = told(run, shares, MODELS + CONSTANT + f"self.set_portfolio_construction({model})")
    assert (algorithm.told[0][2] if algorithm.told else None) == quantity


@pytest.mark.parametrize(
    ("risk", "closes"),
    [
        ("MaximumUnrealizedProfitPercentPerSecurity(0.01)", "01 11:12"),
        (
            "CompositeRiskManagementModel(NullRiskManagementModel(), MaximumUnrealizedProfitPercentPerSecurity(0.02))",
            "01 12:52",
        ),
        ("MaximumDrawdownPercentPerSecurity(0.01)", None),
        ("TrailingStopRiskManagementModel(0.01)", None),
    ],
)
def test_risk_models_close_positions(run, shares, risk, closes):
    once = "self.set_alpha(ConstantAlphaModel(InsightType.PRICE, InsightDirection.UP, timedelta(days=3))); "
    weigh = "self.set_portfolio_construction(EqualWeightingPortfolioConstructionModel()); "
    algorithm = told(run, shares, MODELS + once + weigh + f"self.add_risk_management({risk})")
    assert [when for when, _, quantity in algorithm.told if quantity < 0][:1] == ([closes] if closes else [])


MODELS_THAT_TELL = """
class A(AlphaModel):
    def __init__(self, calls): self.calls = calls
    def Update(self, algorithm, data): return []
    def OnSecuritiesChanged(self, algorithm, changes): self.calls.append("alpha changes")
class P(PortfolioConstructionModel):
    def __init__(self, calls): self.calls = calls
    def create_targets(self, algorithm, insights):
        self.calls += [f"targets of {i.tag} by a model with a name of {len(i.source_model)}" for i in insights]
        return [PortfolioTarget(i.symbol, 7) for i in insights]
    def on_securities_changed(self, algorithm, changes): self.calls.append("portfolio changes")
class R(RiskManagementModel):
    def __init__(self, calls): self.calls = calls
    def manage_risk(self, algorithm, targets): return [PortfolioTarget(t.symbol, t.quantity - 2) for t in targets]
    def on_securities_changed(self, algorithm, changes): self.calls.append("risk changes")
class E(ExecutionModel):
    def __init__(self, calls): self.calls = calls
    def execute(self, algorithm, targets):
        for t in targets:
            self.calls.append(str(t)); algorithm.market_order(t.symbol, t.quantity)
    def on_order_event(self, algorithm, event): self.calls.append(event.status)
def initialize(self):
    self.spy, self.calls = self.add_equity("SPY").symbol, []
    self.set_alpha(self.A(self.calls))
    self.set_portfolio_construction(self.P(self.calls))
    self.set_risk_management(self.R(self.calls))
    self.set_execution(self.E(self.calls))
def on_order_event(self, event):
    self.calls.append("the algorithm's")
def on_data(self, data):
    if self.time.minute == 40 and self.time.hour == 9:
        self.emit_insights(Insight.price(self.spy, timedelta(minutes=2), InsightDirection.UP, tag="hand"))
"""


def test_models_are_called_in_lean_s_order(run, shares):
    changes = ["alpha changes", "portfolio changes", "risk changes"]
    submitted, filled = [[status, "the algorithm's"] for status in (OrderStatus.SUBMITTED, OrderStatus.FILLED)]
    told = ["targets of hand by a model with a name of 36", "SPY: 5", *submitted, *filled]
    assert run(shares, MODELS_THAT_TELL).algorithm.calls == changes + told


def test_lean_s_own_module_names_can_be_imported(run, shares):
    setup = "from Alphas.RsiAlphaModel import RsiAlphaModel as R; from EqualWeightingPortfolioConstructionModel import EqualWeightingPortfolioConstructionModel; import Execution.ImmediateExecutionModel as X; self.set_alpha(R(5, Resolution.MINUTE)); self.add_equity('SPY'); self.name = R.__name__ + X.ImmediateExecutionModel.__name__"
    assert told(run, shares, setup).name == "RsiAlphaModelImmediateExecutionModel"


def test_several_holdings_are_set_by_margin_impact(run, made):
    for ticker in ("aaa", "bbb"):
        made.rising(ticker, (date(2021, 3, 1),))
    more = """
def on_data(self, data):
    if self.time.minute == 35 and self.time.hour == 9:
        self.set_holdings([PortfolioTarget("AAA" and self.a, 0.6), PortfolioTarget(self.b, 0.2)])
    if self.time.minute == 36 and self.time.hour == 9:
        self.set_holdings([PortfolioTarget(self.b, 0.5), PortfolioTarget(self.a, 0.1)])
"""
    setup = "self.a = self.add_equity('AAA').symbol; self.b = self.add_equity('BBB').symbol"
    orders = [(symbol, quantity > 0) for _, symbol, quantity in told(run, made, setup, more).told]
    assert orders == [("AAA", True), ("BBB", True), ("AAA", False), ("BBB", True)]


def test_a_basket_of_funds_grows_with_their_first_dates(run, made):
    for ticker in ("gld", "iau"):
        made.daily(ticker, dict.fromkeys((date(2021, 3, 1), date(2021, 3, 2)), 100.0))
    body = """
def initialize(self):
    self.universe_settings.resolution = Resolution.DAILY
    self.told = []
    self.add_universe_selection(InceptionDateUniverseSelectionModel("mine", {"GLD": datetime(2004, 11, 18), "IAU": datetime(2021, 3, 2)}))
    self.basket = [MetalsETFUniverse(), LiquidETFUniverse.VOLATILITY]
def on_securities_changed(self, changes):
    self.told.append((self.time.day, [s.symbol.value for s in changes.added_securities]))
"""
    algorithm = run(made, body, days=(date(2021, 3, 1), date(2021, 3, 2))).algorithm
    assert algorithm.told == [(1, ["GLD"]), (2, ["IAU"])]
    assert str(algorithm.basket[1]).startswith("8 symbols: Long: TVIX,VIXY")
    assert algorithm.basket[1].inverse[0].value == "SVXY"


def test_option_chains_follow_a_universe(run, options):
    body = """
def initialize(self):
    self.universe_settings.resolution = Resolution.MINUTE
    self.told = set()
    selector = lambda now: [Symbol.create_canonical_option(Symbol.create("SPY", SecurityType.EQUITY, Market.USA))]
    self.set_universe_selection(self.Near(timedelta(days=1), selector))
def on_data(self, data):
    self.told |= {len(chain.contracts) for chain in data.option_chains.values()}
class Near(OptionUniverseSelectionModel):
    def filter(self, filter): return filter.strikes(-1, 1).expiration(0, 5)
"""
    assert run(options, body).algorithm.told == {6}
