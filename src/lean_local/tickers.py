"""The tickers LEAN writes for contracts (`Common/SymbolRepresentation.cs`)."""

from datetime import date
from decimal import Decimal

from lean_local.contract_rules import future_contract_month
from lean_local.enums import OptionRight

_MONTH_CODES = "FGHJKMNQUVXZ"


def osi_ticker(root: str, right: OptionRight, strike: float | Decimal, expiry: date) -> str:
    """Write the OSI text of an option contract ("GOOG  151224C00745000")."""
    padded = root + " " if len(root) > 5 else root
    exact = strike if isinstance(strike, Decimal) else Decimal(repr(strike))
    thousandths = (exact * 1000).quantize(Decimal(1))
    return f"{padded:<6}{expiry:%y%m%d}{'C' if right == OptionRight.CALL else 'P'}{int(thousandths):08d}"


def future_ticker(root: str, expiry: date) -> str:
    """Write the ticker of a future ("ES20Z13": expiry day, month code and year of the contract month)."""
    month = future_contract_month(root, expiry)
    return f"{root}{expiry.day:02d}{_MONTH_CODES[month.month - 1]}{month.year % 100}"
