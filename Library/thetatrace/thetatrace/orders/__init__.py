"""Orders: combo limits, and positions that are what the fills say."""

from thetatrace.orders.combo import ComboLeg, entry_credit, round_to_tick
from thetatrace.orders.position import ComboPosition, LegFill, PositionState

__all__ = ["ComboLeg", "ComboPosition", "LegFill", "PositionState", "entry_credit", "round_to_tick"]
