"""Rows of tick columns as the objects an algorithm sees."""

from datetime import timedelta

import numpy as np

from lean_local.api.ticks import Tick
from lean_local.data.ticks import Ticks
from lean_local.engine.clock import Zone
from lean_local.enums import TickType
from lean_local.symbols import Symbol

_NS = 1_000_000


def tick_at(rows: Ticks, i: int, symbol: Symbol, kind: TickType, zone: Zone) -> Tick:
    """Row i as a tick, its time in the zone of the exchange."""
    moment = int(rows.utc_ns[i])
    time = zone.to_local(moment // _NS) + timedelta(microseconds=moment % _NS // 1000)
    made = Tick(time, symbol)
    made.exchange_code, made.sale_condition = str(rows.exchange[i] or ""), str(rows.condition[i] or "")
    made.suspicious = bool(rows.suspicious[i])
    if kind == TickType.QUOTE:
        sides = [float(getattr(rows, n)[i]) for n in ("bid_price", "bid_size", "ask_price", "ask_size")]
        made.set_quote(*(0.0 if v != v else v for v in sides))  # noqa: PLR0124  NaN test
    else:
        made.value, made.quantity = float(rows.price[i]), float(np.nan_to_num(rows.size[i]))
    return made
