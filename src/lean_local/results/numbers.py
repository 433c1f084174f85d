"""Decimal arithmetic and number texts the way .NET does them, because LEAN's printed digits depend on both.

A .NET decimal is a 96-bit integer and a scale from 0 to 28; rounding is half to even. A division keeps no trailing
zeros beyond the difference of the two scales, a product adds the scales, `Math.Round` never pads. Python's `Decimal`
agrees on sums and products; division, casts from double and the texts differ and are here.
Facts: .NET `System.Decimal`; LEAN `Common/Extensions.cs` (SmartRounding, RoundToSignificantDigits, DiscretelyRoundBy).
"""

import math
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

ZERO = Decimal(0)
_WIDE = Context(prec=80, rounding=ROUND_HALF_EVEN, Emax=999_999, Emin=-999_999)
_LIMIT = 1 << 96
_MAX_SCALE = 28
_MAX_VALUE = Decimal(_LIMIT - 1)
_TWO_64, _LOW_64 = float(1 << 64), (1 << 64) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def scale_of(value: Decimal) -> int:
    """Digits after the point that the value carries (0 for whole numbers written without a point)."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _to_scale(value: Decimal, scale: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-scale), context=_WIDE)


def _fit(value: Decimal) -> Decimal:
    """The nearest .NET decimal: at most 28 places and a 96-bit coefficient."""
    if value == value.to_integral_value() and scale_of(value) == 0:
        return _to_scale(value, 0)
    scale = min(scale_of(value), _MAX_SCALE)
    fitted = _to_scale(value, scale)
    while scale and abs(int(fitted.scaleb(scale, context=_WIDE))) >= _LIMIT:
        scale -= 1
        fitted = _to_scale(value, scale)
    return fitted


def _strip(value: Decimal, keep: int) -> Decimal:
    """Drop trailing zeros after the point, but keep at least `keep` places."""
    scale = scale_of(value)
    while scale > keep and value == _to_scale(value, scale - 1):
        scale -= 1
        value = _to_scale(value, scale)
    return value


def divide(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Quotient of two .NET decimals; raises `decimal.DivisionByZero` when the denominator is 0."""
    ideal = max(0, scale_of(numerator) - scale_of(denominator))
    quotient = _fit(_WIDE.divide(numerator, denominator))
    if scale_of(quotient) < ideal:
        return _to_scale(quotient, ideal)
    exact = _WIDE.multiply(quotient, denominator) == numerator
    return _strip(quotient, ideal if exact else 0)


def multiply(*factors: Decimal) -> Decimal:
    """Product of .NET decimals, left to right: scales add up until the coefficient no longer fits.

    Zero times a number of more than 32 bits is a plain 0 without scale.
    """
    result = factors[0]
    for factor in factors[1:]:
        wide = any(abs(int(x.scaleb(scale_of(x), context=_WIDE))) >= 1 << 32 for x in (result, factor))
        result = ZERO if wide and (result == 0 or factor == 0) else _fit(_WIDE.multiply(result, factor))
    return result


def add(left: Decimal, right: Decimal) -> Decimal:
    """Sum of two .NET decimals; the larger scale wins."""
    return _fit(_WIDE.add(left, right))


def subtract(left: Decimal, right: Decimal) -> Decimal:
    """Difference of two .NET decimals; the larger scale wins."""
    return _fit(_WIDE.subtract(left, right))


def round_places(value: Decimal, places: int) -> Decimal:
    """`Math.Round(decimal, places)`: half to even, never pads."""
    return _to_scale(value, places) if scale_of(value) > places else value


def normalize(value: Decimal) -> Decimal:
    """The same number without trailing zeros after the point."""
    return _strip(_to_scale(value, scale_of(value)), 0)


def from_double(value: float) -> Decimal:
    """Cast of a double to a .NET decimal: 15 significant digits, no trailing zeros.

    :raises OverflowError: for NaN and infinities, as LEAN's `SafeDecimalCast` refuses them
    """
    if not math.isfinite(value):
        raise OverflowError(f"cannot turn {value} into a decimal")
    if abs(value) >= _MAX_VALUE:
        return _MAX_VALUE if value > 0 else -_MAX_VALUE
    digits = Context(prec=15, rounding=ROUND_HALF_EVEN).create_decimal(Decimal(value))
    return normalize(_fit(digits)) if digits else ZERO


def to_double(value: Decimal) -> float:
    """The double of a decimal as .NET makes it: mantissa over power of ten, not always the nearest one."""
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    mantissa = int("".join(map(str, digits))) * 10 ** max(exponent, 0)
    low, high = mantissa & _LOW_64, mantissa >> 64
    found = (float(low) + float(high) * _TWO_64) / float(10 ** max(-exponent, 0))
    return -found if sign else found


def round_significant(value: Decimal, digits: int) -> Decimal:
    """LEAN's RoundToSignificantDigits: the scale that the division and the product leave is kept."""
    if value == 0:
        return ZERO
    magnitude = from_double(math.pow(10, math.floor(math.log10(abs(float(value)))) + 1))
    return multiply(magnitude, round_places(divide(value, magnitude), digits))


def smart_rounding(value: Decimal) -> Decimal:
    """LEAN's SmartRounding: 4 places above 1000, else 7 significant digits; no trailing zeros."""
    value = normalize(value)
    if value > 1000:
        return round_places(value, 4)
    return normalize(round_significant(value, 7))


def round_to_step(value: Decimal, step: Decimal) -> Decimal:
    """LEAN's DiscretelyRoundBy: the nearest multiple of the step, half away from zero."""
    return multiply(step, divide(value, step).quantize(Decimal(1), rounding=ROUND_HALF_UP, context=_WIDE))


def times_100(value: Decimal) -> Decimal:
    """LEAN's SafeMultiply100: percent from a fraction, capped at the largest decimal."""
    return _MAX_VALUE if value >= _MAX_VALUE / 100 else multiply(value, Decimal(100))


def decimal_text(value: Decimal) -> str:
    """`decimal.ToString(InvariantCulture)`: fixed notation with the scale the value carries."""
    text = format(value, "f")
    return text[1:] if value == 0 and text.startswith("-") else text


def json_decimal(value: Decimal) -> str:
    """A decimal as Newtonsoft writes it: as `decimal_text`, with at least one place."""
    text = decimal_text(value)
    return text if "." in text else text + ".0"


def double_text(value: float) -> str:
    """`double.ToString(InvariantCulture)`: shortest text that reads back, exponent from 1E+15 on and below 1E-4."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value != 0 and (abs(value) >= 1e15 or abs(value) < 1e-4):
        mantissa, exponent = f"{Decimal(repr(value)).normalize():E}".split("E")
        return f"{mantissa}E{exponent[0]}{exponent[1:].zfill(2)}"
    text = repr(value)
    return text.removesuffix(".0")


def round_double(value: float, places: int) -> float:
    """`Math.Round(double, places)` of .NET: scale up, round half to even, scale down."""
    if not math.isfinite(value) or abs(value) >= 1e16:
        return value
    power = 10.0**places
    scaled = value * power
    return math.copysign(round(scaled) / power, value) if math.isfinite(scaled) else value


def ratio_text(value: Decimal) -> str:
    """A ratio of the statistics table: cast to double, rounded to 3 places."""
    return double_text(round_double(float(value), 3))


def thousands_text(value: Decimal, places: int = 2) -> str:
    """.NET format "N2": thousands separators, half away from zero, no negative zero."""
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=_WIDE)
    return f"{abs(rounded) if rounded == 0 else rounded:,.{places}f}"


def percent_text(value: Decimal) -> str:
    """.NET format "P" of a fraction: percent with two places, thousands separators and a space before the sign."""
    return thousands_text(_WIDE.multiply(value, Decimal(100))) + " %"


def iso_utc(utc_ms: int) -> str:
    """UTC milliseconds as Newtonsoft writes a UTC DateTime: fraction only when there is one."""
    moment = _EPOCH + timedelta(milliseconds=utc_ms)
    fraction = f".{utc_ms % 1000:03d}".rstrip("0") if utc_ms % 1000 else ""
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"


def iso_seconds(utc_ms: int) -> str:
    """UTC milliseconds as LEAN's ISOShort format: whole seconds (truncated)."""
    return (_EPOCH + timedelta(milliseconds=utc_ms)).strftime("%Y-%m-%dT%H:%M:%SZ")


def span_text(ticks: int) -> str:
    """`TimeSpan.ToString()` of a count of 100 ns ticks: [d.]hh:mm:ss[.fffffff]."""
    sign, ticks = ("-", -ticks) if ticks < 0 else ("", ticks)
    seconds, fraction = divmod(ticks, 10_000_000)
    days, seconds = divmod(seconds, 86_400)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return sign + (f"{days}." if days else "") + text + (f".{fraction:07d}" if fraction else "")


CURRENCY_SYMBOLS = {
    "USD": "$", "NZD": "$", "AUD": "$", "CAD": "$", "HKD": "$", "SGD": "$", "MXN": "$",
    "GBP": "₤", "EUR": "€", "JPY": "¥", "CNH": "¥", "CNY": "¥", "CHF": "Fr", "KRW": "₩", "INR": "₹",
    "BTC": "₿", "ETH": "Ξ", "USDT": "₮", "LTC": "Ł", "BCH": "Ƀ",
}  # fmt: skip


def currency_symbol(currency: str) -> str:
    """The sign LEAN prints before amounts (`Common/Currencies.cs`); other currencies show their code."""
    return CURRENCY_SYMBOLS.get(currency, currency)
