"""Execution models that wait for a good price (`Algorithm.Framework/Execution/*.cs`)."""

from decimal import Decimal
from typing import Any

from lean_local.api.bars import TradeBar
from lean_local.api.indicators import StandardDeviation
from lean_local.api.moving_averages import SimpleMovingAverage
from lean_local.enums import Resolution
from lean_local.framework.models import CollectingExecutionModel
from lean_local.framework.targets import OrderSizing, PortfolioTarget
from lean_local.naming import LeanObject
from lean_local.securities.cache import decimal_of


class SpreadExecutionModel(CollectingExecutionModel):
    """Market orders while the exchange is open and the spread is no more than a share of the price."""

    def __init__(self, accepting_spread_percent: float = 0.005, asynchronous: bool = True) -> None:
        super().__init__(asynchronous)
        self.accepting_spread_percent = abs(accepting_spread_percent)

    def _work(self, algorithm: Any, target: PortfolioTarget) -> None:
        quantity = OrderSizing.unordered_exact(algorithm, target)
        if quantity and self.price_is_favorable(algorithm.securities[target.symbol]):
            algorithm.market_order(target.symbol, quantity, self.asynchronous, target.tag)

    def price_is_favorable(self, security: Any) -> bool:
        """Whether the spread is narrow; prices of zero and below are not."""
        price, ask, bid = security.price_exact, security.ask_exact, security.bid_exact
        if not security.exchange.exchange_open or min(price, ask, bid) <= 0:
            return False
        return bool((ask - bid) / price <= decimal_of(self.accepting_spread_percent))


class _Watched(LeanObject):
    """A security with a consolidator of its own."""

    def __init__(self, algorithm: Any, security: Any, resolution: Any) -> None:
        self.security = security
        self.consolidator = algorithm.resolve_consolidator(security.symbol, resolution)


class _WatchingExecutionModel(CollectingExecutionModel):
    """Follows an indicator of every security."""

    def __init__(self, asynchronous: bool = True) -> None:
        super().__init__(asynchronous)
        self._watched: dict[Any, Any] = {}

    def _watch(self, algorithm: Any, security: Any) -> _Watched:  # noqa: ARG002
        raise TypeError(f"{type(self).__name__} follows nothing")  # pragma: no cover - subclasses do

    def _size(self, watched: Any, quantity: Decimal) -> float:  # noqa: ARG002
        raise TypeError(f"{type(self).__name__} orders nothing")  # pragma: no cover - subclasses do

    def price_is_favorable(self, data: Any, unordered_quantity: Any) -> bool:  # noqa: ARG002
        """Whether to order now."""
        raise TypeError(f"{type(self).__name__} orders nothing")  # pragma: no cover - subclasses do

    def _work(self, algorithm: Any, target: PortfolioTarget) -> None:
        quantity = OrderSizing.unordered_exact(algorithm, target)
        watched = self._watched.get(target.symbol)
        if watched is None or not self.price_is_favorable(watched, quantity):
            return
        size = self._size(watched, quantity)
        if size:
            algorithm.market_order(target.symbol, size, self.asynchronous, target.tag)

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Follow what came, drop what is in no universe any more."""
        for security in changes.added_securities:
            if security.symbol not in self._watched:
                self._watched[security.symbol] = self._watch(algorithm, security)
        for security in changes.removed_securities:
            symbol = security.symbol
            if symbol in self._watched and self.is_safe_to_remove(algorithm, symbol):
                algorithm.subscription_manager.remove_consolidator(symbol, self._watched.pop(symbol).consolidator)

    def is_safe_to_remove(self, algorithm: Any, symbol: Any) -> bool:
        """Whether no universe has the symbol."""
        return not any(u.contains_member(symbol) for u in algorithm.universe_manager.values())


class _Deviation(_Watched):
    """Mean and standard deviation of the closes."""

    def __init__(self, algorithm: Any, security: Any, period: int, resolution: Any) -> None:
        super().__init__(algorithm, security, resolution)
        symbol = security.symbol
        self.sma = SimpleMovingAverage(algorithm.create_indicator_name(symbol, f"SMA{period}", resolution), period)
        self.std = StandardDeviation(algorithm.create_indicator_name(symbol, f"STD{period}", resolution), period)
        for indicator in (self.sma, self.std):
            algorithm.register_indicator(symbol, indicator, self.consolidator)
        for bar in algorithm._run.history_bars(symbol, period, resolution):
            self.sma.update(bar.end_time, bar.close)
            self.std.update(bar.end_time, bar.close)


class StandardDeviationExecutionModel(_WatchingExecutionModel):
    """Market orders when the price is some standard deviations better than its mean."""

    def __init__(
        self, period: int = 60, deviations: float = 2, resolution: Any = Resolution.MINUTE, asynchronous: bool = True
    ) -> None:
        super().__init__(asynchronous)
        self.period, self.deviations, self.resolution = period, deviations, Resolution(resolution)
        self.maximum_order_value = 20_000.0
        """Largest value of an order in account currency."""

    def _watch(self, algorithm: Any, security: Any) -> _Watched:
        return _Deviation(algorithm, security, self.period, self.resolution)

    def price_is_favorable(self, data: Any, unordered_quantity: Any) -> bool:
        """Whether the bid is below, or the ask above, the mean by the deviations."""
        if not data.std.is_ready:
            return False
        mean, width = data.sma.exact, decimal_of(self.deviations) * data.std.exact
        if unordered_quantity > 0:
            return bool(data.security.bid_exact < mean - width)
        return bool(data.security.ask_exact > mean + width)

    def _size(self, watched: Any, quantity: Decimal) -> float:
        return OrderSizing.get_order_size_for_maximum_value(
            watched.security,
            self.maximum_order_value,
            quantity,  # type: ignore[arg-type]
        )


class IntradayVwap(LeanObject):
    """Volume weighted average price since midnight."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.exact = Decimal(0)
        self._volume = self._paid = Decimal(0)
        self._day: Any = None

    @property
    def value(self) -> float:
        """The average."""
        return float(self.exact)

    @property
    def is_ready(self) -> bool:
        """Whether something was traded today."""
        return self._volume > 0

    def update(self, bar: Any) -> bool:
        """Add a bar; made ones and quotes are left out."""
        if not isinstance(bar, TradeBar) or bar.is_fill_forward:
            return self.is_ready
        if bar.end_time.date() != self._day:
            self._volume = self._paid = Decimal(0)
            self._day = bar.end_time.date()
        volume = decimal_of(bar.volume)
        typical = sum((decimal_of(p) for p in (bar.high, bar.low, bar.close)), Decimal(0)) / 3
        self._volume += volume
        self._paid += typical * volume
        self.exact = self._paid / self._volume if self._volume else decimal_of(bar.value)
        return self.is_ready


class _Averaged(_Watched):
    """The intraday average of a security."""

    def __init__(self, algorithm: Any, security: Any) -> None:
        super().__init__(algorithm, security, security.resolution)
        self.vwap = IntradayVwap(algorithm.create_indicator_name(security.symbol, "VWAP", security.resolution))
        algorithm.register_indicator(security.symbol, self.vwap, self.consolidator)


class VolumeWeightedAveragePriceExecutionModel(_WatchingExecutionModel):
    """Market orders, a share of the last bar's volume each, while the price is better than the intraday average."""

    def __init__(self, asynchronous: bool = True) -> None:
        super().__init__(asynchronous)
        self.maximum_order_quantity_percent_volume = 0.01
        """Largest order as a share of the last bar's volume."""

    def _watch(self, algorithm: Any, security: Any) -> _Watched:
        return _Averaged(algorithm, security)

    def price_is_favorable(self, data: Any, unordered_quantity: Any) -> bool:
        """Whether the bid is below, or the ask above, the average."""
        if unordered_quantity > 0:
            return bool(data.security.bid_exact < data.vwap.exact)
        return bool(data.security.ask_exact > data.vwap.exact)

    def _size(self, watched: Any, quantity: Decimal) -> float:
        share = self.maximum_order_quantity_percent_volume
        return OrderSizing.get_order_size_for_percent_volume(watched.security, share, quantity)  # type: ignore[arg-type]


__all__ = [
    "IntradayVwap",
    "SpreadExecutionModel",
    "StandardDeviationExecutionModel",
    "VolumeWeightedAveragePriceExecutionModel",
]
