"""When the contract of a month stops trading: LEAN's `FuturesExpiryFunctions.cs` as one line of rule per group.

A rule reads from left to right. First, optionally, the months that have contracts (`HMUZ:`, else every month) and a
shift of the month (`m-1`). Then a day of that month: `last3` the third last business day, `fri3` the third Friday,
`lastfri` the last one, `day25` that date, `end` the last date, `business11` the eleventh business day. Then moves:
`b-2` by business days, `x-3` the same and one more when the start is no business day, `c-1` by calendar days, `h-1` by
business days if the day is a holiday, `back` (`forward`) to a business day. Last the time of day (`@13:30`) at which
trading ends.
"""

import calendar
from collections.abc import Callable, Collection
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from lean_local.data.hours import MarketHoursDatabase
from lean_local.enums import SecurityType
from lean_local.errors import NotInLeanLocalError

ONE_DAY = timedelta(days=1)
_MONTH_CODES = "FGHJKMNQUVXZ"
_WEEKDAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4}
Holidays = Collection[date]

_RULES = {
    "HMUZ: fri3 h-1 @13:30": "ES NQ YM RTY MES MNQ M2K MYM FESX BIO",
    "HMUZ: fri3 h-1 @13:00": "FDAX FSDX FDIV FDXS FDXM FSMX FTDX",
    "HMUZ: fri3 back": "FT1 E3G FTU",
    "HMUZ: fri3 back @13:30": "RX ESG RS1",
    "HMUZ: fri3 @13:30": "EMD",
    "HMUZ: fri3 @20:00": "EI",
    "Z: fri3 back @13:30": "SDA",
    "fri3 h-1 @16:15": "M1EU M1JP M1MSA MXEA MXEF MXUS",
    "HMUZ: fri2 c-1 back @21:00": "NKD ENY TPD TPY",
    "fri2 c-1 back @21:00": "NIY",
    "fri2 c-1 back @14:30": "NK",
    "end c-1 back @13:45": "TW",
    "last1 b-1 @16:00": "HSI",
    "HMUZ: thu2 back @15:20": "KM",
    "lastthu back @15:30": "NIFTY BANKNIFTY SENSEX",
    "last2 @06:00": "FT5",
    "HMUZ: wed3 h-1 @18:30": "AW",
    "business11 @18:40": "GD",
    "vix @13:00": "VX",
    "vixmini @13:00": "VXM",
    "GJMQVZ: wed15 forward @20:00": "IBV",
    "last1": "BCF 1S 22 A1L A1M A1R A32 A7E A7I A7Q A8J A8K A8O AA6 AA8 ABS ABT AC0 AD0 AJL AJS AKL AKZ AR0 ARE AVZ B0 "
    "BR7 CRB CU E6 EWG EXR AUP EDP BWF A0D A3G A91 ADB AGA APS AYX AZ1 B7H BK BOO CSX D1N DCB 10Y 30Y 2YY 5YY S5O M1B "
    "R5O MEF MAF M35 EN EPN EVC EWN FO FRC FSS GCU A0F",
    "last3": "GC SI PL PA SIL MGT PAM",
    "GJMQVZ: last3": "MGC",
    "last3 @17:00": "HG",
    "last3 @13:30": "YG ZG",
    "last3 @13:25": "YI ZI",
    "lastwed b-1": "HRC",
    "HMUZ: wed3 b-2 @14:16": "AJY ANE CJY E7 EAD ECD ESK J7 M6E M6B MJY MSF M6J M6S ACD 6S 6N",
    "HMUZ: wed3 b-2": "M6A",
    "HMUZ: wed3 b-1": "MCD",
    "HMUZ: wed3 b-1 @14:16": "M6C",
    "wed3 b-2 @14:16": "6B 6J 6E 6A 6M 6Z",
    "wed3 b-1 @14:16": "6C",
    "wed3 b-2 @11:00": "GE",
    "wed3 b-2 @03:00": "MNH",
    "wed3 c-2 back @03:00": "CNH",
    "HMUZ: wed3 c-2 back @19:00": "F1U",
    "HMUZ: wed3 c-2 @10:16": "DX",
    "day15 forward @08:00": "6R",
    "day1 b-1 @14:15": "6L",
    "lastfri h-1 @15:00": "ETH MET MBT BTC",
    "lastthu h-1 @15:00": "MRB MIB",
    "last1 b-2 @06:30": "MIR",
    "HMUZ: last1 b-7 @12:01": "ZB ZN",
    "HMUZ: last1 @12:01": "ZF ZT",
    "HMUZ: last8 @12:01": "UB",
    "HMUZ: last8": "TN",
    "HKNUZ: day15 b-1": "ZW KE ZC ZO",
    "FHKNQUVZ: day15 b-1": "ZM ZL",
    "FHKNQUX: day15 b-1": "ZS",
    "FHKNUX: day16 b-1 @17:05": "LBS LBR",
    "m-1 last1": "HO RB A9N",
    "m-1 last3": "HH",
    "m-1 last4": "HP",
    "m-2 last1": "BZ",
    "m-2 brent": "B",
    "m-1 day25 back": "AE5 AYV HTT",
    "m-1 day25 x-3": "CL HCL",
    "m-1 day25 x-4": "MCL",
    "day1 b-3": "NG",
    "day14 b-2 @12:00": "G",
    "business3": "EH",
    "lastfri h-1": "M5F",
    "GJMQVZ: last1 @12:00": "LE",
    "GJKMNQVZ: day1 c-1 b10 @12:00": "HE",
    "FHJKQUVX: feeder": "GF",
    "HKNVZ: last17": "CT",
    "FHKNUX: last15": "OJ",
    "HKNUZ: last9": "KC",
    "HKNUZ: last12": "CC",
    "HKNV: m-1 last1": "SB YO",
}
_RULE_OF = {root: rule for rule, roots in _RULES.items() for root in roots.split()}


def future_expiry(root: str, market: str, month: date, hours: MarketHoursDatabase) -> datetime:
    """Expiry of a root's contract of that month (or of the root's next listed month), as LEAN's SIDs carry it.

    :raises NotInLeanLocalError: for a root LEAN has no rule for
    """
    rule = _RULE_OF.get(root.upper())
    if rule is None:
        raise NotInLeanLocalError(f"The expiry rule of the future {root}")
    entry = hours.lookup(SecurityType.FUTURE, market, root)
    return _expiry(rule, month.replace(day=1), frozenset(entry.holidays | entry.bank_holidays))


@lru_cache(maxsize=4096)
def _expiry(rule: str, month: date, holidays: frozenset[date]) -> datetime:
    at, day = time(0), month
    for word in rule.split():
        if word.endswith(":"):
            while _MONTH_CODES[month.month - 1] not in word:
                month = add_months(month, 1)
            day = month
        elif word.startswith("m-"):
            day = month = add_months(month, int(word[1:]))
        elif word.startswith("@"):
            at = time.fromisoformat(word[1:])
        elif word[0] in "bxch" and word[1:].lstrip("-").isdigit():
            day = _moved(day, word[0], int(word[1:]), holidays)
        elif word in {"back", "forward"}:
            day = _to_business_day(day, -1 if word == "back" else 1, holidays)
        else:
            day = _day_of(word, month, holidays)
    return datetime.combine(day, at)


def add_months(day: date, months: int) -> date:
    """The first of the month that many months later."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def is_business_day(day: date, holidays: Holidays) -> bool:
    """Neither weekend nor holiday."""
    return day.weekday() < 5 and day not in holidays


def add_business_days(day: date, count: int, holidays: Holidays) -> date:
    """That many business days later (earlier); the start itself never counts."""
    step = ONE_DAY if count > 0 else -ONE_DAY
    for _ in range(abs(count)):
        day += step
        while not is_business_day(day, holidays):
            day += step
    return day


def _moved(day: date, how: str, count: int, holidays: Holidays) -> date:
    if how == "c":
        return day + count * ONE_DAY
    if how == "h" and day not in holidays:
        return day
    if how == "x" and not is_business_day(day, holidays):
        count -= 1
    return add_business_days(day, count, holidays)


def _to_business_day(day: date, step: int, holidays: Holidays) -> date:
    while not is_business_day(day, holidays):
        day += step * ONE_DAY
    return day


def _day_of(word: str, month: date, holidays: Holidays) -> date:
    special = _SPECIAL.get(word)
    if special is not None:
        return special(month, holidays)
    name, number = word.rstrip("0123456789"), int(word.lstrip("abcdefghijklmnopqrstuvwxyz") or 0)
    if name == "day":
        return month.replace(day=number)
    if name == "last":
        return nth_last_business_day(month, number, holidays)
    if name == "business":
        return _nth_business_day(month, number, holidays)
    if name.startswith("last"):
        return _weekdays(month, name[4:])[-1]
    return _weekdays(month, name)[number - 1]


def _last_date(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def _weekdays(month: date, name: str) -> list[date]:
    first = month + (_WEEKDAYS[name] - month.weekday()) % 7 * ONE_DAY
    days = [first + 7 * n * ONE_DAY for n in range(5)]
    return [day for day in days if day.month == month.month]


def nth_last_business_day(month: date, number: int, holidays: Holidays) -> date:
    """The last (second last, ...) business day of a month."""
    return add_business_days(_last_date(month) + ONE_DAY, -number, holidays)


def _nth_business_day(month: date, number: int, holidays: Holidays) -> date:
    """LEAN counts a month that starts on a holiday by rules of its own (`NthBusinessDay`)."""
    day, counted, first = month, int(month.weekday() < 5), True
    while counted < number or not is_business_day(day, holidays):
        if day in holidays:
            if first and day.weekday() == 4:
                counted = 0
            day += ONE_DAY
            counted += int(not first and day.weekday() < 5)
        else:
            day += ONE_DAY
            counted += int(is_business_day(day, holidays))
        first = False
    return day


def _vix(month: date, holidays: Holidays) -> date:
    friday = _weekdays(add_months(month, 1), "fri")[2]
    day = friday - 30 * ONE_DAY
    return day - ONE_DAY if day in holidays or friday in holidays else day


def _vix_mini(month: date, holidays: Holidays) -> date:
    friday = _weekdays(add_months(month, 1), "fri")[2]
    return _to_business_day(friday - (31 if friday in holidays else 30) * ONE_DAY, -1, holidays)


def _brent(month: date, holidays: Holidays) -> date:
    return nth_last_business_day(month, 2 if month.month == 12 else 1, holidays)


def _feeder_cattle(month: date, holidays: Holidays) -> date:
    """The last Thursday (November: the one before) without a holiday in the five weekdays up to it."""
    thursday = _weekdays(month, "thu")[-2 if month.month == 11 else -1]
    while not all(is_business_day(thursday - n * ONE_DAY, holidays) for n in (0, 1, 2, 3, 6)):
        thursday -= 7 * ONE_DAY
    return thursday


_SPECIAL: dict[str, Callable[[date, Holidays], date]] = {
    "end": lambda month, _: _last_date(month),
    "wed15": lambda month, _: min(_weekdays(month, "wed"), key=lambda day: abs(15 - day.day)),
    "vix": _vix,
    "vixmini": _vix_mini,
    "brent": _brent,
    "feeder": _feeder_cattle,
}
