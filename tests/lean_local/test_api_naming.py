"""Both spellings of every name, and names LEAN has that lean_local lacks."""

import subprocess
import sys
import types
from datetime import datetime
from typing import Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lean_local.api.bars import TradeBar
from lean_local.errors import NotInLeanLocalError
from lean_local.naming import LeanObject, placeholder, to_pascal, to_snake
from lean_local.symbols import Symbol


@pytest.mark.parametrize(
    ("pascal", "snake"),
    [
        ("AddEquity", "add_equity"),
        ("SMA", "sma"),
        ("IsITM", "is_itm"),
        ("Plot3D", "plot_3d"),
        ("VWAP", "vwap"),
        ("OnEndOfDay", "on_end_of_day"),
        ("SetLeverage", "set_leverage"),
        ("OrderId", "order_id"),
    ],
)
def test_snake_names_are_leans(pascal, snake):
    assert to_snake(pascal) == snake


@given(st.lists(st.text("abcdefgh", min_size=2, max_size=6), min_size=1, max_size=4))
def test_pascal_names_come_back(words):
    snake = "_".join(words)
    assert to_snake(to_pascal(snake)) == snake


class Base(LeanObject):
    lean_name = "FundamentalUniverseSelectionModel"

    def __init__(self):
        self.some_value = 3

    def say_hello(self):
        return "base"

    def calls_it(self):
        return self.say_hello()

    @property
    def price_now(self):
        return self.some_value

    @price_now.setter
    def price_now(self, value):
        self.some_value = value

    def sma(self):
        return "sma"


def test_methods_properties_and_attributes_have_both_names():
    item = Base()
    assert item.SayHello() == "base"
    assert item.SomeValue == 3
    assert item.SMA() == "sma"
    item.PriceNow = 7
    assert item.price_now == 7


@pytest.mark.parametrize("name", ["say_hello", "SayHello"])
def test_subclasses_override_either_spelling(name):
    child = type("Child", (Base,), {name: lambda _self: "child"})()
    assert child.calls_it() == "child"
    assert child.SayHello() == "child"


def test_missing_names_say_so():
    item = Base()
    with pytest.raises(NotInLeanLocalError, match=r"FundamentalUniverseSelectionModel\.select_coarse"):
        _ = item.select_coarse
    with pytest.raises(NotInLeanLocalError, match=r"select_coarse"):
        _ = item.SelectCoarse
    with pytest.raises(AttributeError, match="'Base' object has no attribute 'never_heard_of'"):
        _ = item.never_heard_of
    assert not hasattr(item, "select_coarse")
    stand_in = placeholder("Renko")
    with pytest.raises(NotInLeanLocalError, match="Renko"):
        stand_in(1)
    with pytest.raises(NotInLeanLocalError, match=r"Renko\.Kind"):
        _ = stand_in.Kind


def test_a_stand_in_may_be_named_where_a_type_may():
    stand_in = placeholder("Renko")
    assert placeholder("Renko") is stand_in
    assert not isinstance(5, stand_in)
    assert not isinstance(5, (stand_in, str))
    assert not issubclass(int, stand_in)
    for annotation in (Optional[stand_in], stand_in | None, int | stand_in, dict[str, stand_in]):  # noqa: UP045
        assert "Renko" in repr(annotation)
    derived = type("Derived", types.resolve_bases((stand_in,)), {})
    with pytest.raises(NotInLeanLocalError, match="Renko"):
        derived()
    with pytest.raises(NotInLeanLocalError, match="Renko"):
        _ = stand_in[int]


def test_a_lazy_module_is_imported_at_its_first_name():
    code = """
import sys
from lean_local.api.imports import namespace
pd = namespace()["pd"]
assert "pandas" not in sys.modules and "scipy" not in sys.modules
assert pd.DataFrame is sys.modules["pandas"].DataFrame
assert pd.isna(None) and not hasattr(pd, "no_such_name")
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_inherited_static_and_enum_members_of_lean_say_so_too():
    with pytest.raises(NotInLeanLocalError, match=r"UniverseSelectionModel\.get_next_refresh_time_utc"):
        _ = Base().get_next_refresh_time_utc
    static = type("Static", (LeanObject,), {"lean_name": "OptionPriceModels"})
    with pytest.raises(NotInLeanLocalError, match=r"OptionPriceModels\.BlackScholes"):
        _ = static.BlackScholes
    with pytest.raises(AttributeError, match="type object 'Static' has no attribute 'nothing'"):
        _ = static.nothing


def test_an_object_that_says_nothing_of_itself_is_written_as_its_lean_type():
    assert Base().to_string() == "QuantConnect.Algorithm.Framework.Selection.FundamentalUniverseSelectionModel"
    assert LeanObject().to_string().startswith("<lean_local.naming.LeanObject object")


def test_every_module_of_lean_can_be_imported(shares, run):
    body = """
def initialize(self):
    from QuantConnect.Securities.Positions import CompositePositionGroupResolver, IPositionGroup
    from QuantConnect.Data.Custom.IconicTypes import UnlinkedData
    import QuantConnect.Orders
    self.add_equity("SPY", Resolution.MINUTE)
    names = {"annotated": IPositionGroup, "order": QuantConnect.Orders.OrderEvent is OrderEvent}
    assert names["order"]
    CompositePositionGroupResolver()
"""
    outcome = run(shares, body, fails=True)
    assert "CompositePositionGroupResolver is not in lean_local" in str(outcome.error)


def test_a_trade_bar_prints_as_in_lean():
    bar = TradeBar(datetime(2013, 10, 7, 10), Symbol.create_equity("IBM"), 135.85674, 1036.03581, 135.7, 136, 233486)
    assert str(bar) == "IBM: O: 135.8567 H: 1036.0358 L: 135.7 C: 136 V: 233486"
