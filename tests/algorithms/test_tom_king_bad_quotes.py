"""algorithms/tom_king on a Friday of broken quotes: gaps, vanished sides, crossed and absurdly wide ones."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest

from lean_local.testing import chain_day
from thetatrace.reasons import reason_of
from thetatrace.trace.recorder import ROW_WIDTH

FRIDAY = date(2018, 1, 26)
STRIKES = range(2750, 2855, 5)


@pytest.fixture
def friday(lean_data, lean_backtest, monkeypatch):
    """`friday(mangle)`: run a quiet Friday whose {contract: {minute: (bid, ask)}} went through `mangle`."""
    sessions = [day for n in range(34, 0, -1) if (day := FRIDAY - timedelta(days=n)).weekday() < 5]
    lean_data.daily("SPX", dict.fromkeys(sessions, (2800, 2812, 2788, 2800, 0)), kind="index")
    lean_data.daily("VIX", dict.fromkeys(sessions, 13.0), kind="index")
    lean_data.minutes("VIX", FRIDAY, [13.0] * 390, kind="index")
    made = chain_day.quotes_of

    def run(mangle):
        monkeypatch.setattr(chain_day, "quotes_of", lambda *facts: mangle(made(*facts)))
        prices = [2800.0] * 390
        lean_data.chain_day("SPX", FRIDAY, prices, STRIKES, [FRIDAY], root="SPXW", kind="index", volatility=0.28)
        return lean_backtest("algorithms/tom_king", data=lean_data)

    return run


def reasons(run):
    rows = run.algorithm._desk.tracer.rows
    return Counter(reason_of(code).name for code in rows[3::ROW_WIDTH])


def test_one_bar_of_absurdly_wide_quotes_stops_nothing_out(friday):
    def mangle(book):
        for rows in book.values():
            rows[120] = (0.05, 99.0)
        return book

    found = reasons(friday(mangle))
    assert (found["WAITING_FOR_QUOTES"], found["EXIT_STOP"], found["EXIT_PROFIT"]) == (1, 0, 1)


@pytest.mark.parametrize("seed", range(3))
def test_a_day_of_broken_quotes_makes_no_error_and_ends_flat(friday, seed):
    draw = random.Random(seed)

    def mangle(book):
        for rows in book.values():
            for minute in list(rows):
                bid, ask = rows[minute]
                kind = draw.random()
                if kind < 0.1:
                    del rows[minute]
                elif kind < 0.14:
                    rows[minute] = draw.choice([(None, ask), (bid, None), (round(ask + 0.5, 2), ask), (0.05, 99.0)])
        gap = draw.randrange(380)
        for rows in book.values():
            for minute in range(gap, gap + 30):
                rows.pop(minute, None)
        return {contract: rows for contract, rows in book.items() if draw.random() > 0.1}

    run = friday(mangle)
    assert run.algorithm._desk._errors == 0
    assert not run.algorithm.portfolio.invested
    assert reasons(run)["EXIT_STOP"] == 0
