"""The desk on a fake engine: what it says about every Friday, what it survives, and what it saves."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest

from thetatrace.reasons import reason_of
from thetatrace.trace import decode_trace

FRIDAY = date(2018, 1, 26)


def entries(bench):
    """(date, reason) of the entry decisions."""
    found = []
    for when, kind, _, reason, *_ in bench.rows():
        if kind == 1:
            found.append(
                ((datetime(1970, 1, 1) + timedelta(milliseconds=when, hours=-5)).date(), reason_of(reason).name)
            )
    return found


@pytest.mark.parametrize(
    ("clock", "due"), [("10:29", "NOT_DUE"), ("10:30", "ENTERED"), ("11:00", "ENTERED"), ("11:01", "NOT_DUE")]
)
def test_entries_are_sent_inside_the_window_only(bench, clock, due):
    bench.bar("09:31")
    assert bench.bar(clock)[1] == due


def test_no_entry_on_other_weekdays(fake):
    bench = fake.Bench()
    thursday = FRIDAY - timedelta(days=1)
    bench.bar("09:31", day=thursday)
    assert bench.bar("10:30", day=thursday)[1] == "NOT_DUE"


def test_a_missing_index_bar_refuses_entries_as_stale(bench):
    bench.bar("09:31")
    assert bench.bar("10:30", spot=None) == ("ENTRY", "UNDERLYING_STALE")


def test_a_day_without_its_open_refuses_entries_as_missing(bench):
    assert bench.bar("10:30", spot=None)[1] == "UNDERLYING_MISSING"
    assert bench.bar("10:31")[1] == "UNDERLYING_MISSING"  # a first bar this late does not hold the open


def test_missing_history_and_a_missing_vix_refuse_entries(fake):
    bench = fake.Bench()
    bench.algorithm.daily.clear()
    bench.bar("09:31")
    assert bench.bar("10:30", vix=None)[1] == "VIX_STALE"
    assert bench.bar("10:31")[1] == "HISTORY_MISSING"
    fresh = fake.Bench()
    fresh.bar("09:31", vix=None)
    assert fresh.bar("10:30", vix=None)[1] == "VIX_MISSING"


def test_unknown_holdings_refuse_an_entry(bench):
    bench.bar("09:31")
    bench.algorithm.invested = True
    assert bench.bar("10:30")[1] == "HOLDINGS_UNKNOWN"


@pytest.mark.parametrize("invested", [True, False])
def test_what_a_restart_finds_in_the_account_is_told_at_once(fake, invested):
    bench = fake.Bench(live=True)
    bench.algorithm.invested = invested
    for minute in (31, 32):
        bench.bar(f"09:{minute}")
    assert ["not looked after" in text for text in bench.algorithm.errors] == [True] * invested


def test_unknown_open_orders_refuse_an_entry(bench, fake):
    bench.bar("09:31")
    order = fake.Order(77, fake.Symbol("ES", fake.SecurityType.EQUITY), 1, fake.OrderType.LIMIT, 1.0, 0)
    bench.algorithm.orders.append(order)
    assert bench.bar("10:30")[1] == "HOLDINGS_UNKNOWN"
    order.status = fake.OrderStatus.CANCELED
    assert bench.bar("10:31")[1] == "ENTERED"


def test_the_gate_the_events_and_the_half_day_refuse(fake):
    poor = fake.Bench()
    poor.algorithm.equity = 10_000.0
    poor.bar("09:31")
    assert poor.bar("10:30")[1] == "BELOW_PHASE_ONE"
    half = fake.Bench()
    half.algorithm.early_dates.add(FRIDAY)
    half.bar("09:31")
    assert half.bar("10:30")[1] == "HALF_DAY"


def test_an_empty_a_crossed_and_an_old_chain_refuse(bench):
    bench.bar("09:31")
    for security in bench.chain:
        security.bid_price = security.ask_price + 1.0
    assert bench.bar("10:30")[1] == "CHAIN_INVALID"
    for security in bench.chain:
        security.bid_price = security.ask_price = 0.0
    assert bench.bar("10:31")[1] == "CHAIN_EMPTY"
    bench.quote()
    for security in bench.chain:
        security.get_last_data = lambda: None
    assert bench.bar("10:32")[1] == "CHAIN_STALE"


def test_thin_contracts_are_not_sold_and_are_counted(bench):
    bench.bar("09:31")
    for security in bench.chain:
        security.open_interest = 49.0
    assert bench.bar("10:30")[1] == "NO_STRIKE"
    for security in bench.chain:
        security.open_interest = 50.0
    assert bench.bar("10:31")[1] == "ENTERED"
    counters = bench.desk._chain.counters()
    assert counters["chain_gate_thin_interest"] == counters["chain_gate_ok"] > 0


def test_a_corporate_action_makes_the_chain_be_selected_and_read_again(bench):
    for clock in ("09:31", "10:28", "10:29"):
        bench.bar(clock)
    bench.desk.on_corporate_action()
    assert bench.bar("10:30")[1] == "ENTERED"
    counters = bench.desk._chain.counters()
    assert (counters["chain_cache_stale"], counters["chain_cache_hits"]) == (1, 0)


def test_no_decisions_are_made_while_the_engine_warms_up(bench):
    bench.algorithm.is_warming_up = True
    with pytest.raises(IndexError):  # there is no row of this bar
        bench.bar("10:30")
    assert bench.rows() == []
    bench.algorithm.is_warming_up = False
    bench.bar("09:31")
    assert bench.bar("10:30")[1] == "ENTERED"


def test_contracts_that_settled_in_the_morning_are_not_sold(fake):
    bench = fake.Bench(root="SPX")
    bench.bar("09:31")
    assert bench.bar("10:30")[1] == "GREEKS_UNDETERMINED"
    morning, afternoon = bench.desk._day, fake.Bench()
    afternoon.bar("09:31")
    assert afternoon.desk._day.settlement_utc_ms - morning.settlement_utc_ms == 6.5 * 3_600_000


def test_no_contracts_refuse(fake):
    bench = fake.Bench()
    bench.desk._feed.table.drop_expired(FRIDAY.toordinal() + 1)
    bench.bar("09:31")
    assert bench.bar("10:30")[1] == "CHAIN_EMPTY"


def test_the_bars_before_the_window_prepare_the_chain_and_the_entry_finds_it_warm(bench):
    bench.bar("09:31")
    assert bench.desk._chain.cache.prefetched == 0
    for minute in range(15, 30):
        bench.bar(f"10:{minute}")
    counters = bench.desk._chain.counters()
    assert counters["chain_cache_prefetched"] == 41  # 2 % either side in steps of 0.1 %, and the middle
    assert (counters["chain_prices_made"], counters["chain_cache_hits"]) == (2, 0)
    assert bench.bar("10:30")[1] == "ENTERED"
    counters = bench.desk._chain.counters()
    assert (counters["chain_cache_hits"], counters["chain_cache_misses"]) == (1, 0)


@pytest.mark.parametrize("facts", [{"day": FRIDAY - timedelta(days=1)}, {"spot": None}])
def test_nothing_is_prepared_on_other_days_or_without_a_price(fake, facts):
    bench = fake.Bench()
    bench.bar("10:20", **facts)
    assert bench.desk._chain.cache.prefetched == 0


def test_an_error_in_an_entry_is_counted_logged_and_ends_the_days_entries(bench, monkeypatch):
    bench.bar("09:31")

    def broken(*_):
        raise ZeroDivisionError("no volatility")

    monkeypatch.setattr(bench.runner.strategy, "plan_entry", broken)
    assert bench.bar("10:30") == ("ENTRY", "INTERNAL_ERROR")
    assert [bench.bar(f"10:{minute}")[1] for minute in (31, 32)] == ["NOT_DUE"] * 2
    assert "ZeroDivisionError" in bench.algorithm.errors[0]
    bench.desk.on_end_of_algorithm()
    assert decode_trace(bench.algorithm.saved[bench.desk.trace_key]).counters["decision_errors"] == 1


def test_errors_while_managing_do_not_stop_exits_and_the_log_has_a_limit(bench, monkeypatch):
    position = bench.enter()

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(bench.runner.strategy, "exit_by_price", broken)
    for minute in range(30):
        assert bench.bar(f"12:{minute:02}") == ("MANAGE", "INTERNAL_ERROR")
    assert len(bench.algorithm.errors) == 20
    assert bench.bar("15:00")[1] == "EXIT_TIME"
    bench.fill()
    assert position.is_flat


def test_every_friday_is_explained_once(fake):
    bench = fake.Bench()
    bench.algorithm.start_date = datetime(2018, 1, 2)
    bench.algorithm.closed_dates.add(date(2018, 1, 12))
    for day in (date(2018, 1, 4), date(2018, 1, 5), date(2018, 1, 8), date(2018, 1, 22), FRIDAY):
        bench.bar("09:31", day=day)
        bench.bar("10:31", day=day, vix=None)
    bench.bar("09:31", day=date(2018, 1, 29))
    bench.algorithm.time = datetime(2018, 2, 2, 16, 0)
    bench.desk.on_end_of_algorithm()
    assert entries(bench) == [
        (date(2018, 1, 5), "VIX_STALE"),
        (date(2018, 1, 12), "HOLIDAY"),
        (date(2018, 1, 19), "WINDOW_MISSED"),
        (FRIDAY, "VIX_STALE"),
        (date(2018, 2, 2), "WINDOW_MISSED"),
    ]


def test_a_run_without_any_bar_explains_its_fridays(fake):
    bench = fake.Bench()
    bench.algorithm.start_date = datetime(2018, 1, 2)
    bench.algorithm.time = datetime(2018, 1, 19, 0, 0)
    bench.desk.on_end_of_algorithm()
    assert entries(bench) == [(date(2018, 1, day), "WINDOW_MISSED") for day in (5, 12, 19)]
    assert len(decode_trace(bench.algorithm.saved[bench.desk.trace_key])) == 3


@pytest.mark.parametrize(("live", "saves"), [(False, 0), (True, 2)])
def test_the_trace_is_saved_daily_when_live_and_always_at_the_end(fake, live, saves):
    bench = fake.Bench(live=live)
    counted = []
    bench.algorithm.object_store.save = lambda key, text: counted.append((key, text))
    bench.bar("09:31", day=FRIDAY - timedelta(days=1))
    bench.bar("09:31", day=FRIDAY)
    bench.bar("09:32", day=FRIDAY)
    assert len(counted) == saves
    bench.desk.on_end_of_algorithm()
    assert len(counted) == saves + 1
    key, text = counted[-1]
    assert key == "thetatrace/A1/trace.json"
    assert decode_trace(text).facts == {
        "algorithm_id": "A1",
        "live": live,
        "thetatrace": decode_trace(text).facts["thetatrace"],
        "underlying": "SPX",
    }


def test_the_trace_holds_closed_and_open_trades_and_not_the_abandoned(fake):
    bench = fake.Bench()
    position = bench.enter()
    bench.desk.save_trace()
    (trade,) = decode_trace(bench.algorithm.saved[bench.desk.trace_key]).trades
    assert (trade["profit_usd"], trade["closed_utc_ms"], trade["contracts"]) == (None, None, 2)
    bench.bar("15:00")
    bench.fill()
    bench.bar("15:01")
    bench.desk.save_trace()
    (trade,) = decode_trace(bench.algorithm.saved[bench.desk.trace_key]).trades
    assert trade["exit_reason"] == "EXIT_TIME"
    assert trade["profit_usd"] == pytest.approx(position.cash_points * 100 - 8.0)
    waiting = fake.Bench()
    waiting.bar("09:31")
    waiting.bar("10:30")
    waiting.desk.save_trace()
    assert decode_trace(waiting.algorithm.saved[waiting.desk.trace_key]).trades == ()


def test_a_closed_trade_says_where_its_profit_came_from_and_an_open_one_does_not_yet(bench):
    position = bench.enter()
    bench.desk.save_trace()
    (trade,) = decode_trace(bench.algorithm.saved[bench.desk.trace_key]).trades
    assert trade["explained"] == []
    for minute, spot in enumerate((2801.0, 2803.0, 2802.0, 2799.0)):
        bench.quote(spot, sigma=14.0 - minute / 10)
        for wing in (0, 2):
            bench.leg(wing, 0.05, 0.1)
        bench.bar(f"11:{30 + minute}", spot=spot)
    bench.bar("11:40", spot=None)  # no price, no mark
    bench.bar("15:00")
    bench.fill()
    bench.bar("15:01")
    for _ in range(2):  # explained once, told twice
        bench.desk.save_trace()
        (trade,) = decode_trace(bench.algorithm.saved[bench.desk.trace_key]).trades
        (day,) = trade["explained"]
        parts = sum(value for name, value in day.items() if name.endswith("_usd"))
        assert parts == pytest.approx(trade["profit_usd"], abs=1e-5)
        assert (day["date"], day["fees_usd"]) == ("2018-01-26", -position.fees_usd)
        assert day["theta_usd"] > 0 > day["gamma_usd"]


@pytest.mark.parametrize("price", [2800.0, 2815.0, 2750.0])
def test_what_expiry_pays_is_explained_like_any_other_profit(bench, price):
    position = bench.enter()
    bench.bar("11:30")
    bench.bar("11:31", spot=2801.0)
    bench.algorithm.securities[bench.index].price = price
    for each in position.legs:
        value = each.leg.right * (price - each.leg.strike)
        bench.algorithm.expire(each.leg.handle.symbol, -each.held, in_the_money=value > 0)
    bench.bar("16:01")
    bench.desk.save_trace()
    (trade,) = decode_trace(bench.algorithm.saved[bench.desk.trace_key]).trades
    (day,) = trade["explained"]
    parts = sum(value for name, value in day.items() if name.endswith("_usd"))
    assert parts == pytest.approx(trade["profit_usd"], abs=1e-5)
    assert day["date"] == "2018-01-26"


@pytest.mark.parametrize(("closed_after_ms", "dates"), [(20 * 3_600_000, 2), (8 * 3_600_000, 1), (0, 1)])
def test_fills_after_a_night_belong_to_their_own_date_and_midnight_to_the_day_before(fake, closed_after_ms, dates):
    from thetatrace.lean.diary import Diary
    from thetatrace.orders.combo import ComboLeg
    from thetatrace.orders.position import ComboPosition, LegFill

    afternoon_ms, minute_ms = 1_516_996_800_000, 60_000  # 26 January 2018, 16:00
    settles_ms = afternoon_ms + 5 * 86_400_000
    position = ComboPosition("put", 1, 100.0, 0.0, [LegFill(ComboLeg(None, -1, -1, 2800.0, settles_ms))])
    diary, views = Diary(), []
    for wait in (-2 * minute_ms, -minute_ms, 0):
        now = datetime(2018, 1, 26, 16) + timedelta(milliseconds=wait)
        views.append(SimpleNamespace(spot=2800.0, utc_ms=afternoon_ms + wait, now=now))
    diary.begin(position, views[0], 0.01, "european")
    position.fill(0, -1, 20.0, 1.5, views[1].utc_ms)
    for view in views[1:]:
        diary.mark(position, view, [(19.5, 20.5)])
    position.fill(0, 1, 12.0, 0.5, afternoon_ms + closed_after_ms)
    days = diary.explain(position)
    assert [day.date - datetime(2018, 1, 26).toordinal() for day in days] == list(range(dates))
    assert sum(day.total_usd for day in days) == pytest.approx(800.0 - 2.0)
    assert [day.fees_usd for day in days] == [[-2.0], [-1.5, -0.5]][dates - 1]


def test_a_trade_that_was_never_marked_is_all_execution_and_fees(bench):
    position = bench.enter()
    for each in position.legs:
        bench.algorithm.expire(each.leg.handle.symbol, -each.held, in_the_money=False)
    (day,) = bench.desk._diary.explain(position)
    assert day.execution_usd == pytest.approx(position.cash_points * 100)
    assert day.total_usd == pytest.approx(position.cash_points * 100 - position.fees_usd)
    assert (day.rest_usd, day.undetermined) == (0.0, 0)
    assert date.fromordinal(day.date) == FRIDAY


def market_rows(bench):
    values = bench.desk.tracer.market_rows.tolist()
    return [tuple(values[i : i + 5]) for i in range(0, len(values), 5)]


def test_market_rows_are_simulated_time_in_a_backtest(bench):
    bench.bar("09:31")
    bench.bar("10:30")
    bench.algorithm.time += timedelta(seconds=7)
    bench.ack()
    bench.fill()
    assert market_rows(bench) == [(1, i, 8, 7_000, 0) for i in range(1, 5)] + [(1, i, 9, 7_000, 0) for i in range(1, 5)]


def test_market_rows_are_wall_clock_when_live(fake):
    bench = fake.Bench(live=True)
    now = [0]
    bench.desk.tracer.clock = lambda: now[0]
    bench.bar("09:31")
    bench.bar("10:30")
    now[0] += 25_000_000
    bench.algorithm.time += timedelta(seconds=7)
    bench.ack()
    assert market_rows(bench) == [(1, i, 8, 25, 1) for i in range(1, 5)]


def test_a_decision_before_the_day_began_is_an_error(bench):
    with pytest.raises(RuntimeError, match="before the day"):
        bench.desk._step(bench.runner, None, None)
