"""Indicators of two securities: a value whenever both have a bar of the same end (LEAN `DualSymbolIndicator.cs`)."""

from collections import deque
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from lean_local.api.indicator_base import NO_TIME, ZERO, IndicatorBase, from_double
from lean_local.enums import CorrelationType
from lean_local.securities.cache import decimal_of
from lean_local.symbols import Symbol, SymbolCache

__all__ = ["Beta", "Correlation", "Covariance"]

_UNITS = (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1))


def _known(symbol: Symbol | str) -> Symbol:
    """A symbol; raises KeyError for a ticker that nobody has added."""
    return SymbolCache.get_symbol(symbol) if isinstance(symbol, str) else symbol


class PairIndicator(IndicatorBase):
    """`Kind([name,] target, reference, period)` or `Kind(name, period, target, reference)`; takes bars of both."""

    label = ""
    points = 2  # bars kept of each side

    def __init__(self, *arguments: Any) -> None:
        *names, target, reference = (a for a in arguments if isinstance(a, str | Symbol))
        period, *more = (a for a in arguments if not isinstance(a, str | Symbol))
        self.target_symbol, self.reference_symbol = _known(target), _known(reference)
        name, period = str(names[0]) if names else None, int(period)
        if period < 2:
            raise ValueError(
                f"Period parameter for {type(self).__name__} indicator must be greater than 2 but was {period}"
            )
        super().__init__(name or f"{self.label}({period})", period)
        self._more = more
        self._zones: dict[Symbol, Any] = {}
        self._start()

    def _start(self) -> None:
        pair = (self.target_symbol, self.reference_symbol)
        self._fresh: dict[Symbol, tuple[datetime, Decimal]] = {}
        self._closes: dict[Symbol, deque[Decimal]] = {s: deque(maxlen=self.points) for s in pair}
        self._unit: timedelta | None = None
        self._value = ZERO

    def _forget(self) -> None:
        self._start()

    @property
    def warm_up_period(self) -> int:
        """Bars needed of each side; one more when they trade in different time zones."""
        from lean_local.engine.backtest import current_run  # noqa: PLC0415  breaks an import cycle

        calendar = current_run().subscriptions.calendar
        zones = {calendar(s).zone.name for s in (self.target_symbol, self.reference_symbol)}
        return self._needed() + (len(zones) > 1)

    def _needed(self) -> int:
        return self.period + 1

    @property
    def is_ready(self) -> bool:
        """Whether both windows are full."""
        return all(len(c) == c.maxlen for c in self._closes.values())

    def _end(self, data: Any) -> Any:
        """End of the bar in UTC, cut to the unit of the first bar's length."""
        from lean_local.engine.backtest import current_run  # noqa: PLC0415  breaks an import cycle

        zone = current_run().subscriptions.calendar(data.symbol).zone
        moment = data.end_time - timedelta(milliseconds=zone.offset_ms(zone.to_utc_ms(data.end_time)))
        unit = self._unit
        assert unit is not None
        return NO_TIME + (moment - NO_TIME) // unit * unit

    def update(self, *arguments: Any) -> bool:
        """`update(bar)` of either security. Raises ValueError for another one."""
        data = arguments[0]
        if data.symbol not in self._closes:
            raise ValueError(f"Input symbol {data.symbol} does not correspond to any of the symbols of {self.name}.")
        if self._unit is None:
            length = data.end_time - data.time
            self._unit = next((u for u in _UNITS if length >= u), _UNITS[-1]) if length <= _UNITS[1] else _UNITS[0]
        return self._take(data.end_time, data, data)

    def _compute(self, data: Any) -> Any:
        self._fresh[data.symbol] = (self._end(data), decimal_of(data.close))
        ends = {end for end, _ in self._fresh.values()}
        if self.samples > 1 and len(self._fresh) == 2 and len(ends) == 1:
            for symbol, (_, close) in self._fresh.items():
                self._closes[symbol].append(close)
            self._value = self._pair()
        return self._value

    def _pair(self) -> Decimal:
        raise TypeError(f"{type(self).__name__} computes nothing")  # pragma: no cover - subclasses do


class Covariance(PairIndicator):
    """Sample covariance of the returns."""

    label = "COV"

    def _start(self) -> None:
        super()._start()
        self._returns: tuple[deque[float], deque[float]] = (deque(maxlen=self.period), deque(maxlen=self.period))

    @property
    def is_ready(self) -> bool:
        """Whether there are n returns of both."""
        return all(len(r) == self.period for r in self._returns)

    def _add_returns(self) -> None:
        for closes, returns in zip(self._closes.values(), self._returns, strict=True):
            if len(closes) == 2:
                returns.append(float(closes[1] / closes[0] - 1) if closes[0] else -1.0)

    def _matrix(self) -> Any:
        self._add_returns()
        target, reference = self._returns
        return np.cov(target, reference) if len(target) > 1 else None

    def _pair(self) -> Decimal:
        found = self._matrix()
        return ZERO if found is None or np.isnan(found[0, 1]) else from_double(float(found[0, 1]))


class Beta(Covariance):
    """Covariance over the variance of the reference."""

    label = "B"

    def _pair(self) -> Decimal:
        found = self._matrix()
        if found is None or np.isnan(found[0, 1]):
            return ZERO
        variance = float(found[1, 1])
        return from_double(float(found[0, 1]) / (variance or 1.0))


class Correlation(PairIndicator):
    """Correlation of the closes: Pearson's, or Spearman's when asked for."""

    label = "C"

    def _start(self) -> None:
        self.points = self.period
        super()._start()

    def _needed(self) -> int:
        return self.period

    def _pair(self) -> Decimal:
        target, reference = ([float(c) for c in closes] for closes in self._closes.values())
        if len(target) < 2 or len(set(target)) == 1 or len(set(reference)) == 1:
            return ZERO
        rank = bool(self._more) and CorrelationType(self._more[0]) == CorrelationType.SPEARMAN
        from scipy import stats  # noqa: PLC0415  half a second of importing, for one indicator

        found = stats.spearmanr(target, reference)[0] if rank else stats.pearsonr(target, reference)[0]
        return ZERO if np.isnan(found) else from_double(float(found))
