"""Rules that tell option roots, underlyings and contract months apart, by ticker alone.

Sources: `Common/Securities/IndexOption/IndexOptionSymbol.cs`, `Common/Securities/Option/OptionSymbol.cs`,
`Common/Securities/FutureOption/FuturesOptionsSymbolMappings.cs`,
`Common/Securities/Future/FuturesExpiryUtilityFunctions.cs`.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from lean_local.enums import SecurityType

if TYPE_CHECKING:
    from lean_local.identifiers import SecurityIdentifier

_INDEX_OF_ROOT = {"RUTW": "RUT", "SPXW": "SPX", "VIXW": "VIX", "NDXP": "NDX", "NQX": "NDX"}
INDEX_OPTION_ROOTS = frozenset({"SPX", "NDX", "VIX", "RUT", *_INDEX_OF_ROOT})
_EXPIRES_DAY_AFTER_LAST_TRADE = frozenset({"SPX", "NDX", "VIX", "VIXW", "RUT"})
_WEEKLY_AND_MONTHLY = frozenset({"NQX", "SPXW", "RUTW"})

# Futures that expire one (Brent: two) months before the month they are named after.
_MONTHS_BEFORE_CONTRACT = dict.fromkeys(
    ("AE5", "A9N", "CL", "MCL", "RB", "HO", "AYV", "NG", "HH", "HP", "HTT", "HCL", "SB", "YO"), 1
) | {"B": 2, "BZ": 2}

_OPTION_ROOT_OF_FUTURE = {
    "EH": "OEH",
    "KE": "OKE",
    "TN": "OTN",
    "UB": "OUB",
    "YM": "OYM",
    "ZB": "OZB",
    "ZC": "OZC",
    "ZF": "OZF",
    "ZL": "OZL",
    "ZM": "OZM",
    "ZN": "OZN",
    "ZO": "OZO",
    "ZS": "OZS",
    "ZT": "OZT",
    "ZW": "OZW",
    "RTY": "RTO",
    "GC": "OG",
    "HG": "HXE",
    "SI": "SO",
    "CL": "LO",
    "HCL": "HCO",
    "HO": "OH",
    "NG": "ON",
    "PA": "PAO",
    "PL": "PO",
    "RB": "OB",
    "YG": "OYG",
    "ZG": "OZG",
    "ZI": "OZI",
    "6A": "ADU",
    "6B": "GBU",
    "6C": "CAU",
    "6E": "EUU",
    "6J": "JPU",
    "6S": "CHU",
}
_FUTURE_OF_OPTION_ROOT = {root: future for future, root in _OPTION_ROOT_OF_FUTURE.items()}


def index_of_option_root(root: str) -> str:
    """Index behind an index option root ("SPXW" -> "SPX"); a root that is not special is its own index."""
    return _INDEX_OF_ROOT.get(root.upper(), root.upper())


def is_index_option_root(root: str) -> bool:
    """Whether LEAN knows index options of that root."""
    return root.upper() in INDEX_OPTION_ROOTS


def is_am_settled(root: str) -> bool:
    """Whether options of an index option root settle on the opening values of the expiry date."""
    return root.upper() not in _INDEX_OF_ROOT


def option_root_of_future(future: str) -> str:
    """Option root of a future's root ("GC" -> "OG"); most have the same root."""
    return _OPTION_ROOT_OF_FUTURE.get(future.upper(), future.upper())


def future_of_option_root(root: str) -> str:
    """Future root behind a future option root ("OG" -> "GC")."""
    return _FUTURE_OF_OPTION_ROOT.get(root.upper(), root.upper())


def future_contract_month(root: str, expiry: date) -> date:
    """First day of the contract month of a future that expires on `expiry`."""
    months = expiry.year * 12 + expiry.month - 1 + _MONTHS_BEFORE_CONTRACT.get(root.upper(), 0)
    return date(months // 12, months % 12 + 1, 1)


def third_friday(year: int, month: int) -> date:
    """Third Friday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(4 - first.weekday()) % 7 + 14)


def is_standard(identifier: "SecurityIdentifier") -> bool:
    """Whether an option contract is a standard (monthly) one, as LEAN's filters decide it."""
    day = identifier.date.date()
    if identifier.security_type == SecurityType.FUTURE_OPTION:
        return True  # nothing in the symbol tells: LEAN `FutureOptionSymbol.cs`
    if identifier.security_type == SecurityType.INDEX_OPTION:
        weekly_root = identifier.market == "usa" and identifier.symbol in _WEEKLY_AND_MONTHLY
        return not weekly_root or day == third_friday(day.year, day.month)
    return is_standard_expiry(day)


def is_standard_expiry(day: date) -> bool:
    """Whether an expiry date lies around the third Friday of its month (`OptionSymbol.IsStandard`)."""
    # LEAN numbers days from Sunday, so a month that starts on Saturday has its "first Friday" on the 7th.
    weekday = (day.replace(day=1).weekday() + 1) % 7
    first_friday = 7 if weekday == 6 else 6 - weekday
    return first_friday + 12 < day.day < first_friday + 16


def is_weekly(identifier: "SecurityIdentifier") -> bool:
    """Whether an option contract is a Friday weekly."""
    return not is_standard(identifier) and identifier.date.weekday() == 4


def index_option_expiry_offset(root: str) -> timedelta:
    """From the last day an index option trades to its expiry: a day for AM-settled roots (no calendar is asked)."""
    return timedelta(days=1 if root in _EXPIRES_DAY_AFTER_LAST_TRADE else 0)
