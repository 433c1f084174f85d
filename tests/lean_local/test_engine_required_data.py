"""A subscribed security without any data is refused when that is asked for, and runs as on LEAN when it is not."""

from datetime import date
from types import SimpleNamespace

import pytest

from lean_local.engine.required_data import require_data
from lean_local.enums import Resolution
from lean_local.errors import BadInputError
from lean_local.symbols import Symbol

VIX = Symbol.create_index("VIX", "usa")


class Folder:
    """Only what the check asks of a data folder."""

    def __init__(self, path):
        self.path = path

    def ticker_on(self, symbol, day):
        return "old" if symbol is not VIX and day < date(2018, 2, 1) else symbol.value.lower()


def feed(symbol, resolution=Resolution.MINUTE):
    return {symbol: SimpleNamespace(security=SimpleNamespace(symbol=symbol, resolution=resolution))}


def check(path, singles, start=date(2018, 1, 2), end=date(2018, 3, 29)):
    require_data(Folder(path), singles, start, end)


def put(path, name):
    path.mkdir(parents=True, exist_ok=True)
    (path / name).touch()


def test_a_security_with_a_day_in_the_span_is_enough(tmp_path):
    put(tmp_path / "index/usa/minute/vix", "20180329_trade.zip")
    check(tmp_path, feed(VIX))


@pytest.mark.parametrize("name", [None, "20180101_trade.zip", "20180330_trade.zip"])
def test_a_security_without_a_day_in_the_span_is_named_with_its_folder_and_the_fix(tmp_path, name):
    if name:
        put(tmp_path / "index/usa/minute/vix", name)
    with pytest.raises(
        BadInputError, match=r"no minute data of VIX between 2018-01-02 and 2018-03-29.*minute/vix.*--allow-missing"
    ):
        check(tmp_path, feed(VIX))


def test_the_days_that_are_there_are_named(tmp_path):
    for name in ("20190105_trade.zip", "20190104_quote.zip", "20200106_trade.zip"):
        put(tmp_path / "index/usa/minute/vix", name)
    with pytest.raises(BadInputError, match=r"2018-03-29 \(there is some from 2019-01-04 to 2020-01-06\): "):
        check(tmp_path, feed(VIX))


def test_files_under_a_former_ticker_count(tmp_path):
    put(tmp_path / "equity/usa/minute/old", "20180103_trade.zip")
    check(tmp_path, feed(Symbol.create_equity("NEW", "usa")))


def test_daily_files_hold_all_dates_and_are_not_looked_at(tmp_path):
    check(tmp_path, feed(VIX, Resolution.DAILY))
