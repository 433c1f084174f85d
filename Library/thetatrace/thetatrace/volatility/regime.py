"""The VIX regime: six levels with hysteresis, the term structure's notch, rates of change, panic and halt, data gates.

Source of the cuts, caps and multipliers: the Tom King rules as this project settled them (docs/strategy.md, §VIX).
A missing or old VIX gives a reading with a reason and no level: never a default number.
"""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from math import inf
from typing import NamedTuple

from thetatrace.config import require_order, setting, validate_settings
from thetatrace.reasons import Reason

MINUTE_MS = 60_000
PERCENTILE_DAYS = 252
ROUNDING = 1e-9  # points: a rise of exactly 10 % or 20 points counts, though two decimals are no exact double


class Regime(IntEnum):
    """VIX regimes in rising order."""

    EXTREMELY_LOW = 0
    LOW = 1
    NORMAL = 2
    ELEVATED = 3
    HIGH = 4
    EXTREME = 5


@dataclass(frozen=True, slots=True)
class RegimeSpec:
    """What a regime means. `floor` is its lowest VIX in points; caps are fractions of account equity."""

    regime: Regime
    floor: float
    buying_power_cap: float
    size_multiplier: float


REGIMES: tuple[RegimeSpec, ...] = (
    RegimeSpec(Regime.EXTREMELY_LOW, 0.0, 0.40, 0.75),
    RegimeSpec(Regime.LOW, 12.0, 0.55, 1.0),
    RegimeSpec(Regime.NORMAL, 16.0, 0.65, 1.0),
    RegimeSpec(Regime.ELEVATED, 20.0, 0.55, 0.75),
    RegimeSpec(Regime.HIGH, 25.0, 0.35, 0.5),
    RegimeSpec(Regime.EXTREME, 30.0, 0.20, 0.25),
)
_CUTS = [spec.floor for spec in REGIMES[1:]]
_RISING = tuple(Regime)


class VixAction(IntEnum):
    """What the level alone asks of short-volatility positions, in rising order."""

    NONE = 0
    REDUCE = 1
    FLATTEN = 2
    HALT = 3


@dataclass(frozen=True, slots=True)
class VixSettings:
    """Settings of the VIX regime. Points are VIX index points."""

    hysteresis_points: float = setting(1.0, "VIX points beyond a cut before the regime changes", minimum=0, maximum=5)
    maximum_age_minutes: float = setting(5.0, "older VIX prints refuse entries", minimum=0.5, maximum=60)
    alert_day_points: float = setting(5.0, "rise since the previous close that raises the alert flag", minimum=0)
    block_day_points: float = setting(10.0, "rise since the previous close that blocks entries", minimum=1)
    block_rise_fraction: float = setting(0.10, "rise within the window that blocks entries", minimum=0.01, maximum=1)
    block_window_minutes: int = setting(30, "window of the rise", minimum=1, maximum=390)
    panic_day_fraction: float = setting(0.50, "rise since the previous close that is a panic", minimum=0.05)
    panic_day_points: float = setting(20.0, "rise in points since the previous close that is a panic", minimum=1)
    inversion_ratio: float = setting(
        1.0, "VIX9D/VIX or VIX/VIX3M above which the term structure is inverted", minimum=0.8, maximum=1.5
    )
    inversion_margin: float = setting(0.02, "below the ratio by which an inversion ends", minimum=0, maximum=0.2)
    reduce_level: float = setting(35.0, "level from which short volatility is reduced", minimum=10)
    flatten_level: float = setting(40.0, "level from which short volatility is flattened", minimum=10)
    halt_level: float = setting(50.0, "level above which everything is halted", minimum=10)

    def __post_init__(self) -> None:
        validate_settings(self)
        require_order(self, "reduce_level", "flatten_level", "halt_level")


class RegimeReading(NamedTuple):
    """The regime at one moment. Without a usable VIX, `level` and `regime` are None and `entry_reason` says why.

    A tuple, because one is made on every bar.
    """

    level: float | None
    regime: Regime | None
    entry_reason: Reason | None  # why entries are refused now, None when VIX allows them
    action: VixAction
    alert: bool
    percentile: float | None  # share of the last 252 daily closes below the level; None before 252 closes are known
    inverted: bool | None = None  # the term structure is inverted and raised the regime by one; None: not known

    @property
    def spec(self) -> RegimeSpec | None:
        """Caps and multipliers of the regime, None without one."""
        return None if self.regime is None else REGIMES[self.regime]


def classify(level: float) -> Regime:
    """Return the regime of a VIX level by the cuts alone, without hysteresis."""
    return _RISING[bisect_right(_CUTS, level)]


class VixRegime:
    """Follows VIX prints. Call `update` for each real print and `read` whenever a decision needs the regime."""

    __slots__ = (
        "_closes", "_day", "_inverted", "_last_level", "_last_utc_ms", "_lowest", "_previous_close", "_regime",
        "_settings", "_sorted", "_term_utc_ms",
    )  # fmt: skip

    def __init__(self, settings: VixSettings | None = None) -> None:
        self._settings = settings or VixSettings()
        # Prints of the rise window that nothing later undercuts, rising: the first one is the window's lowest.
        self._lowest: deque[tuple[int, float]] = deque()
        self._closes: deque[float] = deque()
        self._sorted: list[float] = []
        self._previous_close: float | None = None
        self._day: int | None = None
        self._last_utc_ms = 0
        self._last_level: float | None = None
        self._regime: Regime | None = None
        self._inverted = False
        self._term_utc_ms: int | None = None

    def seed(self, daily_closes: Iterable[float]) -> None:
        """Take daily closes before the first print, oldest first; the last one is the previous close."""
        for close in daily_closes:
            if 0 < close < inf:
                self._add_close(float(close))

    def _add_close(self, close: float) -> None:
        self._previous_close = close
        self._closes.append(close)
        insort(self._sorted, close)
        if len(self._closes) > PERCENTILE_DAYS:
            del self._sorted[bisect_left(self._sorted, self._closes.popleft())]

    def update(self, utc_ms: int, day: int, level: float) -> None:
        """Take a real VIX print.

        :param utc_ms: when the print was valid; one older than the newest is ignored
        :param day: ordinal of its trading date; a new day makes the last print the previous close
        :param level: VIX points; a value that is not a finite number above zero is not a print and is ignored
        """
        if not 0 < level < inf or utc_ms < self._last_utc_ms:
            return
        lowest = self._lowest
        if self._day is not None and day != self._day and self._last_level is not None:
            self._add_close(self._last_level)
            lowest.clear()
        self._day, self._last_utc_ms, self._last_level = day, utc_ms, level
        while lowest and lowest[-1][1] >= level:
            lowest.pop()
        lowest.append((utc_ms, level))
        oldest = utc_ms - self._settings.block_window_minutes * MINUTE_MS
        while lowest[0][0] < oldest:
            lowest.popleft()
        self._regime = self._next_regime(level)

    def update_term(self, utc_ms: int, nine_days: float | None, three_months: float | None) -> None:
        """Take prints of VIX9D and VIX3M, where they exist, after the VIX of the same moment.

        Inverted is either VIX9D/VIX or VIX/VIX3M above its ratio; the inversion ends when both are a margin below.
        Prints that are missing or no numbers say nothing, nor does any beside a VIX that is older than allowed; without
        any the term structure is not known.
        """
        level = self._last_level
        if level is None or utc_ms - self._last_utc_ms > self._settings.maximum_age_minutes * MINUTE_MS:
            return
        ratios = []
        if nine_days is not None and 0 < nine_days < inf:
            ratios.append(nine_days / level)
        if three_months is not None and 0 < three_months < inf:
            ratios.append(level / three_months)
        if ratios:
            settings = self._settings
            edge = settings.inversion_ratio - (settings.inversion_margin if self._inverted else 0.0)
            self._inverted = max(ratios) > edge
            self._term_utc_ms = utc_ms

    def _next_regime(self, level: float) -> Regime:
        raw, now, margin = classify(level), self._regime, self._settings.hysteresis_points
        if now is None or raw == now:
            return raw
        if raw > now:
            return max(now, classify(level - margin + ROUNDING))
        return min(now, classify(level + margin + ROUNDING))

    def _refusal(self, level: float) -> Reason | None:
        settings, previous = self._settings, self._previous_close
        if level > settings.halt_level:
            return Reason.VIX_HALT
        rise = -inf if previous is None else level - previous + ROUNDING
        if previous is not None and rise >= min(settings.panic_day_points, settings.panic_day_fraction * previous):
            return Reason.VIX_PANIC
        lowest = self._lowest[0][1]
        if rise >= settings.block_day_points or level - lowest + ROUNDING >= lowest * settings.block_rise_fraction:
            return Reason.VIX_RISING
        return None

    def _action(self, level: float) -> VixAction:
        settings = self._settings
        if level < settings.reduce_level:
            return VixAction.NONE
        if level > settings.halt_level:
            return VixAction.HALT
        return VixAction.FLATTEN if level >= settings.flatten_level else VixAction.REDUCE

    def read(self, now_utc_ms: int) -> RegimeReading:
        """Return the regime as of engine time `now_utc_ms`."""
        level, maximum_age_ms = self._last_level, self._settings.maximum_age_minutes * MINUTE_MS
        if level is None or self._regime is None:
            return RegimeReading(None, None, Reason.VIX_MISSING, VixAction.NONE, False, None)
        if now_utc_ms - self._last_utc_ms > maximum_age_ms:
            return RegimeReading(None, None, Reason.VIX_STALE, VixAction.NONE, False, None)
        previous = self._previous_close
        alert = previous is not None and level - previous + ROUNDING >= self._settings.alert_day_points
        percentile = None
        if len(self._sorted) == PERCENTILE_DAYS:
            percentile = bisect_left(self._sorted, level) / PERCENTILE_DAYS
        regime, inverted = self._regime, None
        if self._term_utc_ms is not None and now_utc_ms - self._term_utc_ms <= maximum_age_ms:
            inverted = self._inverted
            if inverted and regime < Regime.EXTREME:
                regime = _RISING[regime + 1]
        return RegimeReading(level, regime, self._refusal(level), self._action(level), alert, percentile, inverted)
