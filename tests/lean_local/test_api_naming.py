"""Both spellings of every name, and names LEAN has that lean_local lacks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lean_local.errors import NotInLeanLocalError
from lean_local.naming import LeanObject, placeholder, to_pascal, to_snake


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
    lean_members = frozenset({"missing_member"})

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
    with pytest.raises(NotInLeanLocalError, match=r"Base\.missing_member"):
        _ = item.missing_member
    with pytest.raises(AttributeError):
        _ = item.never_heard_of
    assert not hasattr(item, "missing_member")
    stand_in = placeholder("Renko")
    with pytest.raises(NotInLeanLocalError, match="Renko"):
        stand_in(1)
    with pytest.raises(NotInLeanLocalError, match=r"Renko\.Kind"):
        _ = stand_in.Kind
