"""The one place in thetatrace that knows LEAN: reads its securities, sends its orders, hears its events."""

from thetatrace.lean.desk import OptionsDesk

__all__ = ["OptionsDesk"]
