"""Why a decision ended as it did: every taken and refused entry, every exit and every hold has one of these codes.

Codes are stable: trace files hold the numbers, tables and charts show the names and texts from here.
"""

from enum import Enum, IntEnum


class ReasonGroup(Enum):
    """What a reason means for the trade."""

    TAKEN = "taken"  # an order was sent
    REFUSED = "refused"  # an entry was due and not taken
    HELD = "held"  # nothing to do now


class Reason(IntEnum):
    """Reason codes. 0–99 nothing to do, 100–199 taken, 200 and up refused."""

    text: str

    def __new__(cls, code: int, text: str) -> "Reason":
        """Make a member whose value is the code and which carries its text."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.text = text
        return member

    NOT_DUE = 0, "no strategy was due on this bar"
    HOLD = 1, "position kept: no exit rule met"
    WAITING_FOR_FILL = 2, "an order is working at its limit"
    WAITING_FOR_QUOTES = 3, "exit checks wait: a leg has no usable quote"

    ENTERED = 100, "entry order sent"
    ENTRY_REPRICED = 101, "entry not filled in time: cancelled to be priced again"
    ENTRY_GIVEN_UP = 102, "entry not filled within its retries or window: cancelled"
    EXIT_PROFIT = 110, "profit target reached"
    EXIT_STOP = 111, "stop: loss reached its multiple of the credit"
    EXIT_TIME = 112, "time stop"
    EXIT_FORCED = 113, "forced flat before the close"
    EXIT_VOLATILITY = 114, "volatility spike: short volatility is flattened"
    EXIT_REPRICED = 115, "exit not filled in time: cancelled to be sent again"
    EXIT_INCOMPLETE = 116, "filled in part: what is held is closed at once"

    VIX_MISSING = 200, "no VIX yet: no entries without it"
    VIX_STALE = 201, "VIX is older than five minutes"
    VIX_RISING = 202, "VIX rose too fast within 30 minutes, or 10 points within the day"
    VIX_PANIC = 203, "VIX rose 50 % or 20 points within the day"
    VIX_HALT = 204, "VIX above the halt level"
    VIX_CEILING = 205, "VIX at or above this strategy's ceiling"
    VIX_FLOOR = 206, "VIX below this strategy's floor"
    UNDERLYING_MISSING = 210, "the underlying has no price or no session open"
    UNDERLYING_STALE = 211, "the underlying's price is too old"
    HISTORY_MISSING = 212, "not enough daily history for the average true range"
    CHAIN_EMPTY = 220, "no contracts for the wanted expiry"
    CHAIN_STALE = 221, "the chain's newest quote is too old"
    CHAIN_INVALID = 222, "too few contracts of the chain have a usable quote"
    GREEKS_UNDETERMINED = 223, "implied volatility is undetermined where a leg is needed"
    NO_STRIKE = 230, "no strike meets the delta and distance rules"
    NO_WING = 231, "the protective strike is not listed or has no quote"
    MOVE_TOO_LARGE = 232, "gap or move since the open is too large"
    SPREAD_TOO_WIDE = 233, "a leg's bid-ask spread is too wide"
    CREDIT_TOO_SMALL = 234, "the credit after costs is below its minimum"
    EVENT_NEAR = 240, "a scheduled event is too near"
    HALF_DAY = 241, "the exchange closes early today"
    HOLIDAY = 242, "the exchange is closed today"
    EVENTS_UNKNOWN = 243, "the event calendar does not cover this date"
    SIZE_ZERO = 250, "all size limits together allow no contract"
    PLANNED_LOSS = 251, "one contract's planned loss is above its share of equity"
    MAX_LOSS = 252, "one contract's maximum loss is above its share of equity"
    BUYING_POWER = 253, "buying power cap of phase and regime is used up"
    POSITION_LIMIT = 254, "the account holds as many positions as its phase allows"
    BELOW_PHASE_ONE = 255, "the account is below the smallest phase: no new risk"
    DAILY_LOSS = 257, "the day's loss limit is reached: no entries today"
    HOLDINGS_UNKNOWN = 258, "the account holds, or has orders for, what no strategy here knows"
    ORDER_REFUSED = 260, "the engine or the broker refused the order"
    WINDOW_MISSED = 270, "the entry window passed without a usable bar"
    INTERNAL_ERROR = 290, "an error in the decision itself: entries stop for the day"


_BY_CODE = {int(reason): reason for reason in Reason}


def reason_of(code: int) -> Reason:
    """Return the reason with this code.

    :raises KeyError: if no reason has it
    """
    return _BY_CODE[code]


def reason_group(reason: Reason) -> ReasonGroup:
    """Return what a reason means for the trade, by its code's range."""
    if reason >= 200:
        return ReasonGroup.REFUSED
    return ReasonGroup.TAKEN if reason >= 100 else ReasonGroup.HELD
