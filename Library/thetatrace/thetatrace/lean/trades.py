"""One row per finished (or still open) position, as the trace file keeps it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from thetatrace.orders import ComboPosition
from thetatrace.portfolio import PnlDay


def trade_row(position: ComboPosition, strategy: str, days: Sequence[PnlDay] = ()) -> dict[str, Any] | None:
    """Describe a position whose entry was filled; None for one that never was.

    `credit_points` and `exit_points` are per contract; `profit_usd` is after fees, None while the position is open.
    `explained` says per date where that profit came from; its parts sum to `profit_usd`.
    """
    if position.entered_utc_ms is None:
        return None
    closed = position.closed_utc_ms is not None
    legs = [
        {"right": "C" if each.leg.right > 0 else "P", "strike": each.leg.strike, "ratio": each.leg.ratio}
        for each in position.legs
    ]
    net_points = position.cash_points / position.contracts
    return {
        "strategy": strategy,
        "structure": position.structure,
        "contracts": position.contracts,
        "legs": legs,
        "entered_utc_ms": position.entered_utc_ms,
        "closed_utc_ms": position.closed_utc_ms,
        "credit_points": round(position.credit_points, 6),
        "exit_points": round(position.credit_points - net_points, 6) if closed else None,
        "fees_usd": round(position.fees_usd, 6),
        "profit_usd": round(position.cash_points * position.multiplier - position.fees_usd, 6) if closed else None,
        "exit_reason": position.exit_reason.name if position.exit_reason is not None else None,
        "explained": [_day_row(day) for day in days],
    }


def _day_row(day: PnlDay) -> dict[str, Any]:
    parts = ("delta_usd", "gamma_usd", "theta_usd", "vega_usd", "execution_usd", "fees_usd", "rest_usd")
    row: dict[str, Any] = {name: round(getattr(day, name), 6) for name in parts}
    return {"date": date.fromordinal(day.date).isoformat()} | row | {"undetermined": day.undetermined}
