"""Decimals and texts as .NET has them: each expected value is .NET's documented or LEAN's printed one."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lean_local.results import numbers as n

D = Decimal
amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=6)


@pytest.mark.parametrize(
    ("top", "bottom", "text"),
    [
        ("1", "3", "0.3333333333333333333333333333"),
        ("2", "3", "0.6666666666666666666666666667"),
        ("10", "4", "2.5"),
        ("1.00", "2", "0.50"),
        ("1.00", "0.5", "2.0"),
        ("90000.00", "100000", "0.90"),
        ("100", "0.25", "400"),
        ("100000", "3", "33333.333333333333333333333333"),
        ("0", "7", "0"),
        ("-1", "8", "-0.125"),
    ],
)
def test_division_keeps_the_scale_that_dotnet_keeps(top, bottom, text):
    assert n.decimal_text(n.divide(D(top), D(bottom))) == text


def test_zero_times_a_long_number_loses_its_scale_but_times_a_short_one_keeps_it():
    assert n.decimal_text(n.multiply(D(0), D("1.1580123456789012345"))) == "0"
    assert n.decimal_text(n.multiply(D("0.0"), D("2.5"))) == "0.00"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("100000.00004999", "100000.0000"),
        ("100000.0000", "100000"),
        ("1234.567891", "1234.5679"),
        ("0.123456789", "0.1234568"),
        ("999.99999999", "1000"),
        ("-101128.123456", "-101128.1"),
        ("0", "0"),
        ("0.0000001234567890", "0.0000001234568"),
    ],
)
def test_smart_rounding_uses_four_places_above_1000_and_seven_digits_elsewhere(value, text):
    assert n.decimal_text(n.smart_rounding(D(value))) == text


@pytest.mark.parametrize(("value", "text"), [("1513000.00", "1500000.00"), ("126000.00", "130000.00"), ("0", "0")])
def test_capacity_text_keeps_two_digits_and_the_scale(value, text):
    assert n.decimal_text(n.round_significant(D(value), 2)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10.178, "10.178"),
        (-0.0001, "-0"),
        (0.0, "0"),
        (17261395863.5711, "17261395863.571"),
        (0.0625, "0.062"),
        (0.5, "0.5"),
    ],
)
def test_ratios_round_as_doubles_to_three_places(value, text):
    assert n.double_text(n.round_double(value, 3)) == text


def test_doubles_switch_to_exponents_where_dotnet_does():
    assert n.double_text(1e15) == "1E+15"
    assert n.double_text(123456789012345680.0) == "1.2345678901234568E+17"
    assert n.double_text(0.00001) == "1E-05"
    assert n.double_text(0.0001) == "0.0001"


def test_cast_from_double_takes_fifteen_digits_and_refuses_what_is_not_finite():
    assert n.from_double(0.1 + 0.2) == D("0.3")
    assert n.from_double(1 / 3) == D("0.333333333333333")
    with pytest.raises(OverflowError):
        n.from_double(float("inf"))
    with pytest.raises(OverflowError):
        n.from_double(float("nan"))


def test_money_and_percent_texts():
    assert n.thousands_text(D("-1284")) == "-1,284.00"
    assert n.thousands_text(D("-0.001")) == "0.00"
    assert n.percent_text(D("-0.001284")) == "-0.13 %"
    assert n.currency_symbol("USD") + n.currency_symbol("USDT") + n.currency_symbol("ABC") == "$₮ABC"


def test_times_and_spans():
    assert n.iso_utc(1451019600001) == "2015-12-25T05:00:00.001Z"
    assert n.iso_utc(1451019600000) == "2015-12-25T05:00:00Z"
    assert n.iso_utc(1451019600120) == "2015-12-25T05:00:00.12Z"
    assert n.iso_seconds(1451019600999) == "2015-12-25T05:00:00Z"
    assert n.span_text(0) == "00:00:00"
    assert n.span_text(1_375_319_999_999) == "1.14:12:11.9999999"
    assert n.span_text(-36_000_000_000) == "-01:00:00"


@given(amounts, amounts.filter(bool))
def test_quotient_times_divisor_gives_the_dividend_back(top, bottom):
    back = n.divide(top, bottom) * bottom
    assert abs(back - top) <= abs(bottom) * D("1e-18") + D("1e-18")


@given(amounts)
def test_smart_rounding_is_idempotent_and_close(value):
    once = n.smart_rounding(value)
    assert n.smart_rounding(once) == once
    assert abs(once - value) <= max(abs(value) * D("1e-6"), D("0.0001"))


@given(st.floats(min_value=-1e12, max_value=1e12))
def test_double_text_reads_back_as_the_same_double(value):
    assert float(n.double_text(value)) == value
