"""What is fixed for one trading date."""

from dataclasses import dataclass

from thetatrace.reasons import Reason


@dataclass(frozen=True, slots=True)
class TradingDay:
    """Facts of one trading date, read from the engine once."""

    ordinal: int
    settlement_utc_ms: int  # of contracts that expire today
    rate: float  # continuously compounded, annual
    multiplier: float  # USD per point and contract
    start_equity_usd: float
    refusal: Reason | None  # set when the whole day is refused
