"""Price steps of order prices and LEAN's rounding of printed values (semantics §5.1, §7.2)."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from lean_local.data.paths import SCALED
from lean_local.enums import DataNormalizationMode, OrderType, SecurityType
from lean_local.orders.records import OrderRecord, SubmissionData
from lean_local.securities.security import Security

ZERO = Decimal(0)
_FIELDS = {
    "limit_price": "LimitPrice",
    "stop_price": "StopPrice",
    "trigger_price": "TriggerPrice",
    "trailing_amount": "TrailingAmount",
}


def price_increment(security: Security, reference: Decimal) -> Decimal:
    """Price step at a reference price; 0 means no rounding."""
    kind = security.symbol.security_type
    if kind == SecurityType.EQUITY:
        if security.created_normalization_mode != DataNormalizationMode.RAW:
            return ZERO
        return Decimal("0.0001") if reference < 1 else Decimal("0.01")
    if kind == SecurityType.INDEX_OPTION:
        root = security.symbol.id.symbol
        if root == "VIXW":
            return Decimal("0.01")
        if root == "VIX":
            return Decimal("0.01") if reference < 3 else Decimal("0.05")
        return Decimal("0.05") if reference < 3 else Decimal("0.1")
    return security.symbol_properties.tick_exact


def submission_quote(security: Security) -> SubmissionData:
    """The market as an order remembers it, with the places of LEAN's decimals: they are in the order list's hash.

    Prices of scaled files are text times 0.0001, adjusted ones times factors of some places more; a mid may need one
    place more. Others have the places of their text.
    """
    places = security.scale_digits
    if not places and security.symbol.security_type in SCALED:
        places = 4

    def placed(value: Decimal) -> Decimal:
        kept = max(places, -int(value.as_tuple().exponent))
        return value.quantize(Decimal(1).scaleb(-kept)) if value else ZERO

    bid, ask, close = security.bid_exact, security.ask_exact, security.close_exact
    if bid and ask and close == (bid + ask) / 2:
        close = (bid + ask) / 2  # 34.75 and 35.25 meet at 35.00: columns do not keep such places
    return SubmissionData(placed(bid), placed(ask), placed(close))


def round_to(value: Decimal, increment: Decimal) -> Decimal:
    """The nearest multiple of the increment, halves to even."""
    if not increment:
        return value
    return (value / increment).quantize(Decimal(1), ROUND_HALF_EVEN) * increment


def round_prices(pairs: Sequence[tuple[Security, OrderRecord]]) -> list[str]:
    """Round the prices of orders in place; return LEAN's warning for each price that changed."""
    warnings = []
    for security, record in pairs:
        for name, label in _FIELDS.items():
            value = getattr(record, name)
            if value is None or (name == "trailing_amount" and record.trailing_as_percentage):
                continue
            if record.type == OrderType.COMBO_LIMIT:
                continue
            rounded = round_to(value, price_increment(security, value))
            setattr(record, name, rounded)  # also when equal: it now has the step's places, which the hash shows
            if rounded != value:
                warnings.append(_warning(label, rounded, value))
    group = pairs[0][1].group
    if group is not None and pairs[0][1].type == OrderType.COMBO_LIMIT:
        steps = [s for s in (price_increment(security, ZERO) for security, _ in pairs) if s]
        rounded = round_to(group.limit_price, min(steps)) if steps else group.limit_price
        if rounded != group.limit_price:
            warnings.append(_warning("LimitPrice", rounded, group.limit_price))
        group.limit_price = rounded
    return warnings


def _warning(label: str, rounded: Decimal, value: Decimal) -> str:
    return (
        f"Warning: To meet brokerage precision requirements, order {label} was rounded to "
        f"{rounded.normalize():f} from {value:f}"
    )


def smart_round(value: Decimal) -> str:
    """LEAN's SmartRounding as text: 4 decimals above 1000, else 7 significant digits without trailing zeros."""
    if value > 1000:
        normal = value.normalize()
        digits = -int(normal.as_tuple().exponent)
        return f"{normal:f}" if digits <= 4 else f"{normal.quantize(Decimal('0.0001'), ROUND_HALF_EVEN):f}"
    if value == 0:
        return "0"
    places = 6 - value.adjusted()
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    return f"{rounded.normalize():f}"
