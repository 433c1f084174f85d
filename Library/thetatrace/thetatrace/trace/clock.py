"""The one seam for time inside thetatrace: durations come from here, *when* comes from the engine."""

from time import perf_counter_ns as monotonic_ns

__all__ = ["monotonic_ns"]
