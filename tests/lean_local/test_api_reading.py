# ruff: noqa: E501  lines of algorithm text
"""What an algorithm can read and ask: time, rules, history, indicators, consolidators, store, models, hours."""

from datetime import date, datetime

import pytest

START = """
def initialize(self):
    self.set_start_date(2021, 3, 1)
    self.set_cash(100000)
    self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
    self.seen = []
"""
TWO = (date(2021, 3, 1), date(2021, 3, 2))
DAYS = {date(2021, 2, d): 90.0 + d for d in (1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 16, 17, 18, 19, 22, 23, 24, 25, 26)}


def test_date_and_time_rules(run, shares):
    outcome = run(
        shares,
        START
        + """
    on, d, t = self.schedule.on, self.date_rules, self.time_rules
    rules = {
        "on": (d.on(2021, 3, 2), t.noon), "list": (d.on([datetime(2021, 3, 2)]), t.at(12, 30)),
        "every_open": (d.every_day(self.spy), t.after_market_open(self.spy, 5)),
        "close": (d.every_day(self.spy), t.before_market_close(self.spy, 5)),
        "before_open": (d.every(DayOfWeek.MONDAY), t.before_market_open(self.spy, 10)),
        "after_close": (d.every(DayOfWeek.TUESDAY), t.after_market_close(self.spy, 10)),
        "month": (d.month_start(self.spy), t.at(13, 0)), "month_end": (d.month_end(), t.at(13, 0)),
        "week": (d.week_start(self.spy), t.at(13, 1)), "week2": (d.week_start(self.spy, 1), t.at(13, 2)),
        "week_end": (d.week_end(), t.at(13, 3)), "quarter": (d.quarter_start(), t.at(13, 4)),
        "year": (d.year_start(), t.at(13, 5)), "zone": (d.on(2021, 3, 1), t.at(12, 0, TimeZones.UTC)),
        "seconds": (d.on(2021, 3, 1), t.at(10, 0, 30)), "midnight": (d.on(2021, 3, 2), t.midnight),
        "three_hours": (d.on(2021, 3, 1), t.every(timedelta(hours=6))),
        "today": (d.today, t.at(15, 0)), "tomorrow": (d.tomorrow, t.at(15, 0)),
    }
    for name, (days, times) in rules.items():
        on(days, times, lambda name=name: self.seen.append((name, f"{self.time:%d %H:%M:%S}")))
    gone = on(d.every_day(), t.at(11, 0), lambda: self.seen.append(("gone", "")))
    self.schedule.remove(gone)
    on("named", d.on(2021, 3, 1), t.at(9, 45), lambda: self.seen.append(("named", "")))
    self.train(lambda: self.seen.append(("train", "")))
""",
        days=TWO,
    )
    seen = {}
    for name, when in outcome.algorithm.seen:
        seen.setdefault(name, []).append(when)
    assert "gone" not in seen
    assert seen["on"] == ["02 12:00:00"]
    assert seen["list"] == ["02 12:30:00"]
    assert seen["every_open"] == ["01 09:35:00", "02 09:35:00"]
    assert seen["close"] == ["01 15:55:00", "02 15:55:00"]
    assert seen["before_open"] == ["01 09:20:00"]
    assert seen["month"] == ["01 13:00:00"]
    assert seen["week"] == ["01 13:01:00"]
    assert seen["week2"] == ["02 13:02:00"]
    assert seen["zone"] == ["01 07:00:00"]
    assert seen["seconds"] == ["01 10:00:30"]
    assert seen["today"] == ["01 15:00:00"]
    assert seen["tomorrow"] == ["02 15:00:00"]
    assert seen["three_hours"] == ["01 00:00:00", "01 06:00:00", "01 12:00:00", "01 18:00:00"]
    for absent in ("quarter", "year", "week_end", "month_end"):
        assert absent not in seen


def test_history_of_bars_and_frames(run, shares):
    shares.daily("spy", DAYS)
    run(
        shares,
        START
        + """
    self.schedule.on(self.date_rules.on(2021, 3, 2), self.time_rules.at(10, 0), self.ask)
def ask(self):
    frame = self.history(self.spy, 5, Resolution.MINUTE)
    assert list(frame["close"].round(2)) == [100.26, 100.27, 100.28, 100.29, 100.30]
    assert list(frame.index.names) == ["symbol", "time"]
    assert list(frame.loc["SPY"]["open"].round(2)) == [100.25, 100.26, 100.27, 100.28, 100.29]
    assert list(frame.loc[self.spy]["open"].round(2)) == list(frame.loc["SPY"]["open"].round(2))
    daily = self.history(self.spy, 3, Resolution.DAILY)
    assert len(daily) == 3 and daily["close"].iloc[-1] in (116.0, 103.9)
    assert len(self.history([self.spy], timedelta(minutes=10), Resolution.MINUTE)) == 10
    span = self.history(self.spy, datetime(2021, 3, 1, 9, 30), datetime(2021, 3, 1, 9, 40), Resolution.MINUTE)
    assert len(span) == 10
    bars = list(self.history[TradeBar](self.spy, 3, Resolution.MINUTE))
    assert [round(b.close, 2) for b in bars] == [100.28, 100.29, 100.30] and bars[0].symbol == self.spy
    slices = list(self.history[TradeBar]([self.spy], 2, Resolution.MINUTE))
    assert [round(s[self.spy].close, 2) for s in slices] == [100.29, 100.30]
    assert self.history(QuoteBar, self.spy, 3, Resolution.MINUTE).empty
    assert len(self.history(tickers=[self.spy], periods=2, resolution=Resolution.MINUTE)) == 2
    assert len(self.history("SPY", 2, Resolution.MINUTE)) == 2
    try:
        self.history(self.spy)
    except ValueError as error:
        assert "a number of bars" in str(error)
    assert self.get_last_known_price(self.securities[self.spy]) is not None
""",
        days=TWO,
    )


def test_warm_up_by_bars_of_the_day_and_by_span(run, shares):
    outcome = run(
        shares,
        START
        + """
    self.set_warm_up(30)
    self.ended = None
def on_data(self, data):
    self.seen.append((self.is_warming_up, f"{self.time:%d %H:%M}"))
def on_warmup_finished(self):
    self.ended = self.time
""",
        days=(date(2021, 3, 2), date(2021, 3, 2)),
    )
    warm = [when for warming, when in outcome.algorithm.seen if warming]
    assert warm[-1] == "01 16:00"
    assert len(warm) in (30, 31)
    assert outcome.algorithm.ended == datetime(2021, 3, 2)


def test_indicators_follow_minutes(run, shares):
    run(
        shares,
        START
        + """
    self.made = [self.sma(self.spy, 3), self.ema(self.spy, 3), self.rsi(self.spy, 3), self.atr(self.spy, 3), self.std(self.spy, 3),
                 self.var(self.spy, 3), self.max(self.spy, 3), self.min(self.spy, 3), self.mom(self.spy, 3), self.roc(self.spy, 3),
                 self.bb(self.spy, 3, 2), self.macd(self.spy, 2, 4, 2), self.identity(self.spy)]
    self.window = RollingWindow[float](2)
    self.high = self.sma(self.spy, 2, Resolution.MINUTE, lambda bar: bar.high)
    self.own = SimpleMovingAverage("own", 2)
    self.register_indicator(self.spy, self.own, timedelta(minutes=5))
    self.consolidated = []
    self.consolidate(self.spy, timedelta(minutes=10), lambda bar: self.consolidated.append(bar))
    self.consolidate(self.spy, Resolution.HOUR, lambda bar: self.consolidated.append(bar))
    self.consolidate(self.spy, Calendar.WEEKLY, lambda bar: None)
    self.consolidate(self.spy, Resolution.DAILY, lambda bar: self.consolidated.append(bar))
    counted = TradeBarConsolidator(7)
    counted.data_consolidated += lambda sender, bar: self.consolidated.append(bar)
    self.subscription_manager.add_consolidator(self.spy, counted)
    removed = TradeBarConsolidator(timedelta(minutes=1))
    removed.data_consolidated += lambda sender, bar: 1 / 0
    self.subscription_manager.add_consolidator(self.spy, removed)
    self.subscription_manager.remove_consolidator(self.spy, removed)
    self.schedule.on(self.date_rules.on(2021, 3, 1), self.time_rules.at(10, 1), self.look)
def on_data(self, data):
    self.window.add(data[self.spy].close)
def look(self):
    value = lambda i: round(self.made[i].current.value, 6)
    assert all(i.is_ready for i in self.made) and all(i.samples == 30 for i in self.made)
    assert value(0) == 100.29 and value(6) == 100.30 and value(7) == 100.27 and value(8) == 0.03
    assert value(2) == 100 and abs(value(5) - 0.000067) < 1e-6 and value(12) == 100.30 and value(9) == round(0.03 / 100.27, 6)
    bands = self.made[10]
    assert bands.upper_band.current.value > bands.middle_band.current.value > bands.lower_band.current.value
    macd = self.made[11]
    assert abs(macd.current.value - (macd.fast.current.value - macd.slow.current.value)) < 1e-9 and macd.signal.is_ready
    assert round(self.high.current.value, 6) == 100.295 and round(self.own.current.value, 4) == 100.275
    assert self.window.is_ready and round(self.window[0], 2) == 100.30 and round(self.window[1], 2) == 100.29
    assert self.window.count == len(list(self.window)) == 2
    sma = self.made[0]
    assert round(sma[0].value, 2) == 100.29 and round(sma.previous.value, 2) == 100.28 and sma.warm_up_period == 3
    assert sma.current.price == sma.current.value and "100.29" in str(sma.current.value)
    sma.reset()
    assert not sma.is_ready and sma.samples == 0
    self.unregister_indicator(self.own)
    self.window.reset()
    assert self.window.count == 0
    first = self.consolidated[0]
    assert first.end_time.minute in (37, 40)
def on_end_of_algorithm(self):
    spans = sorted({round((b.end_time - b.time).total_seconds() / 60) for b in self.consolidated})
    assert 7 in spans and 10 in spans and 60 in spans and 390 in spans, spans
""",
    )


def test_indicators_warmed_by_history_and_updated_by_hand(run, shares):
    run(
        shares,
        START
        + """
    self.set_start_date(2021, 3, 2)
    average = SimpleMovingAverage(3)
    self.warm_up_indicator(self.spy, average, Resolution.MINUTE)
    assert average.is_ready and round(average.current.value, 2) == 103.89, average.current.value
    strength = RelativeStrengthIndex(2, MovingAverageType.SIMPLE)
    for i, price in enumerate((10, 11, 10, 12)):
        strength.update(datetime(2021, 1, 1 + i), price)
    assert 0 < strength.current.value < 100
    rate = RateOfChange(1)
    rate.update(datetime(2021, 1, 1), 10)
    rate.update(datetime(2021, 1, 2), 11)
    assert round(rate.current.value, 6) == 0.1
""",
        days=(date(2021, 3, 2), date(2021, 3, 2)),
    )


def test_object_store(run, shares, tmp_path):
    store = tmp_path / "store"
    run(
        shares,
        START
        + """
    s = self.object_store
    assert s.save("a/b", "text") and s.save_bytes("raw", b"123") and s.save_json("j", {"x": 1}) and s.save_string("s", "t")
    assert s.contains_key("a/b") and "raw" in s and s.read("a/b") == s.read_string("a/b") == "text"
    assert bytes(s.read_bytes("raw")) == b"123" and s.read_json("j") == {"x": 1}
    assert sorted(s.keys) == ["a/b", "j", "raw", "s"]
    path = s.get_file_path("file")
    with open(path, "w") as file:
        file.write("by hand")
    assert s.save("file") and s.read("file") == "by hand"
    assert s.delete("s") and not s.delete("s") and not s.contains_key("s")
    try:
        s.read("nothing")
    except Exception as error:
        self.text = str(error)
    s.clear()
""",
        object_store=store,
    )
    assert (store / "a" / "b").read_text() == "text"
    assert (store / "file").read_text() == "by hand"
    assert not (store / "s").exists()


def test_an_object_store_that_cannot_be_written_is_a_line_of_the_log(run, shares, tmp_path):
    (tmp_path / "store").write_text("a file, no folder")
    outcome = run(shares, START + '    self.object_store.save("a", "text")\n', object_store=tmp_path / "store")
    assert outcome.logs[-1].partition(" ObjectStore Persistence Error: ")[2]


def test_statistics_logs_plots_and_parameters(run, shares):
    outcome = run(
        shares,
        START
        + """
    assert self.get_parameter("n", 3) == 7 and self.get_parameter("f", 1.5) == 2.5 and self.get_parameter("no") is None
    assert self.get_parameter("no", 5) == 5 and self.get_parameter("word", 3) == 3 and self.get_parameters()["n"] == "7"
    self.set_runtime_statistic("Mine", 1)
    self.set_summary_statistic("Own", "2")
    self.set_name("name")
    self.add_tag("tag")
    self.set_algorithm_id("ignored")
    self.set_benchmark(lambda moment: 100)
    for text in ("one", "one", "two"):
        self.log(text), self.debug(text), self.error(text)
    self.plot("Chart", "Series", 1.5)
    self.plot("Alone", 2)
    assert self.live_mode is False and self.project_id == 0 or self.project_id is not None
    assert str(self.deployment_target) and self.account_currency == "USD" and self.account_type == AccountType.MARGIN
    assert self.brokerage_name == BrokerageName.DEFAULT and self.start_date.day == 1 and self.time.hour == 0
    assert self.risk_free_interest_rate_model.get_interest_rate(datetime(2021, 3, 1)) == 0.01
    self.set_risk_free_interest_rate_model(ConstantRiskFreeRateInterestRateModel(0.02))
    assert self.risk_free_interest_rate_model.get_interest_rate(datetime(2021, 3, 1)) == 0.02
    self.set_risk_free_interest_rate_model(FuncRiskFreeRateInterestRateModel(lambda day: 0.03))
    assert self.risk_free_interest_rate_model.get_interest_rate(datetime(2021, 3, 1)) == 0.03
    assert self.symbol("SPY") == self.spy and str(self.time_zone)
def on_data(self, data):
    assert self.is_market_open(self.spy) or self.time.hour == 16
    if self.time.hour == 11:
        self.quit("enough")
""",
        parameters={"n": "7", "f": "2.5", "word": "x"},
    )
    lines = outcome.result.log_text if hasattr(outcome.result, "log_text") else ""
    assert outcome.algorithm.time.hour == 11
    assert outcome.result.statistics["Own"] == "2"
    assert lines == "" or "one" in lines


def test_exchange_hours_and_security_facts(run, shares):
    run(
        shares,
        START
        + """
    self.schedule.on(self.date_rules.on(2021, 3, 1), self.time_rules.at(10, 0), self.look)
def look(self):
    s = self.securities[self.spy]
    e, h = s.exchange, s.exchange.hours
    assert e.exchange_open and not e.closing_soon and e.date_is_open() and str(e.time_zone) == str(h.time_zone)
    assert e.local_time == self.time and not h.is_market_always_open and h.is_date_open(datetime(2021, 3, 1))
    assert not h.is_date_open(datetime(2021, 1, 18)) and h.is_open(datetime(2021, 3, 1, 10, 0), False)
    assert not h.is_open(datetime(2021, 3, 1, 8, 0), False) and h.is_open(datetime(2021, 3, 1, 8, 0), True)
    assert h.get_next_market_open(datetime(2021, 3, 5, 17, 0), False) == datetime(2021, 3, 8, 9, 30)
    assert h.get_next_market_close(datetime(2021, 11, 26, 10, 0), False) == datetime(2021, 11, 26, 13, 0)
    assert h.get_previous_trading_day(datetime(2021, 1, 19)).day == 15
    assert h.get_next_trading_day(datetime(2021, 1, 15)).day == 19
    assert len(h.market_hours) == 7 and e.is_open_during_bar(datetime(2021, 3, 1, 9, 29), datetime(2021, 3, 1, 9, 31))
    assert (round(s.price, 2), round(s.close, 2), round(s.open, 2), round(s.high, 2), round(s.low, 2), s.volume) == (100.3, 100.3, 100.29, 100.3, 100.29, 1000)
    assert s.bid_price == s.ask_price == s.price and s.bid_size == 0 and s.has_data and not s.invested and not s.hold_stock
    assert s.type == SecurityType.EQUITY and s.leverage == 2 and s.local_time == self.time
    p = s.symbol_properties
    assert (p.contract_multiplier, p.minimum_price_variation, p.lot_size) == (1, 0.01, 1)
    bar = s.get_last_data()
    assert bar.end_time == self.time and bar.price == bar.value == bar.close and bar.period == timedelta(minutes=1)
    assert "SPY" in str(bar) and str(s) == "SPY"
    assert s.open_interest == 0
    s.set_leverage(4)
    s.set_fee_model(ConstantFeeModel(3))
    s.set_slippage_model(ConstantSlippageModel(0.001))
    s["my_own"] = 5
    assert (s.leverage, s["my_own"], s.get("my_own"), s.get("other", 6)) == (4, 5, 5, 6)
    ticket = self.market_order(self.spy, 10)
    assert round(ticket.average_fill_price, 4) == 100.4003 and self.portfolio.total_fees == 3
    for name in ("fee_model", "fill_model", "slippage_model", "settlement_model", "buying_power_model", "margin_model"):
        assert getattr(s, name) is not None
    m = self.securities
    assert m.contains_key(self.spy) and m.get("nothing") is None and len(m.keys()) == len(m.values()) == len(m.items()) == m.count
    assert self.spy in m and "SPY" in m and [kv.key for kv in m]
    assert self.remove_security(self.spy)
def on_data(self, data):
    assert self.time.hour < 10 or self.time.minute <= 1 or self.time.hour > 15
""",
    )


@pytest.mark.parametrize(
    ("model", "order", "status", "fee"),
    [
        ("BrokerageName.INTERACTIVE_BROKERS_BROKERAGE", "market_order(self.spy, 10)", "FILLED", 1),
        ("BrokerageName.TASTYTRADE", "market_order(self.spy, 10)", "FILLED", 0),
        ("BrokerageName.TASTYTRADE", "market_on_close_order(self.spy, 10)", "INVALID", 0),
        ("BrokerageName.DEFAULT, AccountType.CASH", "market_order(self.spy, 10)", "FILLED", 1),
    ],
)
def test_brokerage_models(run, shares, model, order, status, fee):
    outcome = run(
        shares,
        START.replace("    self.spy", f"    self.set_brokerage_model({model})\n    self.spy")
        + f"""
def on_data(self, data):
    if not self.seen:
        self.seen.append(self.{order})
        self.seen.append(self.portfolio.total_fees)
        if self.portfolio.invested:
            self.liquidate()
            self.left = (self.portfolio.cash, self.portfolio.unsettled_cash)
""",
        days=TWO,
    )
    assert str(outcome.algorithm.seen[0].status) == status
    assert outcome.algorithm.seen[1] == fee
    if "CASH" in model:
        assert outcome.algorithm.left[1] > 0


def test_security_initializer_and_python_fee_model(run, shares):
    outcome = run(
        shares,
        """
def initialize(self):
    self.set_cash("USD", 50000)
    class Twice:
        def get_order_fee(self, parameters):
            assert abs(parameters.order.quantity) == 5 and parameters.security.symbol.value == "SPY"
            return OrderFee(CashAmount(2.5, "USD"))
    self.set_security_initializer(lambda security: security.set_fee_model(Twice()))
    self.spy = self.add_security(SecurityType.EQUITY, "SPY", Resolution.MINUTE).symbol
    self.ends = []
def on_data(self, data):
    if not self.portfolio.invested:
        self.market_order("SPY", 5)
def on_end_of_day(self, symbol):
    self.ends.append((symbol.value, f"{self.time:%H:%M}"))
""",
    )
    assert outcome.algorithm.portfolio.total_fees == 2.5
    assert outcome.algorithm.ends == [("SPY", "15:50")]


def test_unknown_names_say_what_is_missing(run, shares):
    outcome = run(shares, START + "    self.arima('SPY', 1, 1, 1, 20)\n", fails=True)
    assert "arima is not in lean_local" in str(outcome.error)
    outcome = run(shares, START + "    self.market_order('XYZ1', 1)\n", fails=True)
    assert outcome.error is not None or outcome.algorithm is not None
