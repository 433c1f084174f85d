"""The parity algorithms do what is stored, and their money is what a pencil says it is."""

import runpy
from decimal import Decimal
from pathlib import Path

import pytest

PARITY = runpy.run_path(str(Path(__file__).with_name("parity.py")))
NAMES = PARITY["names"]()
D = Decimal
# Cash at the end: start, fills, fees, in the order they happen.
BY_HAND = {
    "averages_on_schedule": D(100_000)
    + 494 * (D("103.85") - D("100.95")) - 2 * 494 * D("0.005")  # half of the account less 0.25 %, at 100.95
    + 501 * (D("103.85") - D("100.95")) - 2 * 501 * D("0.005"),
    "call_spread_to_expiry": D(50_000)
    - 2 * 100 * (D("1.51") - D("0.44")) - 4 * D("0.65")  # ask of the 100, bid of the 102
    + 2 * 100 * (102 - 100),  # both exercised: shares bought at 100, delivered at 102
    "dividend_and_split": D(10_000) - 33 * 100 - 1 + 33 * D("1.5"),
    "equity_orders": D(100_000)
    - 400 * D("100.01") - 400 * D("0.005")  # at the close of the first bar; fees have a minimum of a dollar
    + 100 * D("101.01") - 1  # limit 101.005: the first open above it
    - 50 * D("101.51") - 1  # stop 101.5 triggers, limit 101.6 takes the next minute's price
    - 50 * D("102.00") - 1  # stop 102
    + 50 * D("102.50") - 1  # touched at 102.5
    + 100 * D("103.90") - 1  # the close of the day
    + 100 * D("100.01") - 1  # the trailing stop, at the next morning's lower open
    - 7 * D("100.01") - 1,  # market on open
    "index_condor_to_expiry": D(50_000)
    + 300 * (D("0.10") - D("0.15") + D("0.15") - D("0.15"))  # puts sold and bought, calls sold and bought
    - D("1.95") - 1 - D("1.95") - 1,
    "margin_call": D(1_000) + 19 * 100 - 1 - 14 * 132 - 1,
    "refused_orders": D(10_000),
    "short_put_assigned": D(50_000) + 2 * 100 * D("2.65") - 2 * D("0.65") - 200 * 106,
}  # fmt: skip
VALUES = {  # what is held at the end
    "dividend_and_split": 66 * 50,
    "equity_orders": (400 - 100 + 50 + 50 - 50 - 100 - 100 + 7) * D("103.90"),
    "margin_call": -5 * 132,
    "short_put_assigned": 200 * 103,
}
LOGS = {
    "averages_on_schedule": [
        # closes 91 to 100; then without the 91, with 103.90; half hours end at 100.30, 100.60 and 100.90
        f"2021-03-01 11:05:00 {sum(range(91, 101)) / 10:.4f} {(100.3 + 100.6 + 100.9) / 3:.4f} True",
        f"2021-03-02 11:05:00 {(sum(range(92, 101)) + 103.9) / 10:.4f} {(100.3 + 100.6 + 100.9) / 3:.4f} True",
    ],
    "dividend_and_split": [
        "2021-03-02 00:00:00 dividend 1.5",
        "2021-03-03 00:00:00 split 0.5 WARNING",
        "2021-03-04 00:00:00 split 0.5 SPLIT_OCCURRED",
        "2021-03-05 16:00:00 66.0 50.0 20.0 40.0",  # 33 shares at 100 and an order for 10 at 80
    ],
    "index_condor_to_expiry": ["2021-03-01 11:00:00 600.00"],  # the wider side: 3 × 2 points × 100
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return PARITY["make"](tmp_path_factory.mktemp("made"))


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_as_stored(data, name):
    now, stored = PARITY["play"](name, data.root), PARITY["stored"](name)
    for part in stored:  # the smallest part that differs is shown
        assert now[part] == stored[part], part
    assert now.keys() == stored.keys()


@pytest.mark.parametrize("name", NAMES)
def test_the_money_is_as_worked_out_by_hand(name):
    stored = PARITY["stored"](name)
    assert D(stored["cash"]) == BY_HAND[name]
    assert D(stored["value"]) == BY_HAND[name] + VALUES.get(name, 0)
    assert stored["log"] == LOGS.get(name, stored["log"])


def test_every_algorithm_is_worked_out_and_stored():
    assert sorted(BY_HAND) == NAMES
    assert sorted(path.stem for path in PARITY["RESULTS"].glob("*.json")) == NAMES
