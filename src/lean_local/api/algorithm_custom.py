"""`add_data`: custom data types as subscriptions (semantics §8.5)."""

from decimal import Decimal
from typing import Any

from lean_local.api.custom_data import PythonData, SubscriptionDataConfig
from lean_local.engine.point_feed import PointFeed, Points
from lean_local.engine.subscriptions import Subscriptions
from lean_local.enums import Market, Resolution, SecurityType
from lean_local.errors import NotInLeanLocalError
from lean_local.naming import LeanObject
from lean_local.orders.requests import InvalidOperationException
from lean_local.securities.cache import SingleCache
from lean_local.securities.manager import as_symbol
from lean_local.securities.models import method
from lean_local.securities.security import Security
from lean_local.securities.symbol_properties import SymbolProperties
from lean_local.symbols import Symbol


class CustomDataMethods(LeanObject):
    """Methods that add custom data."""

    _subscriptions: Subscriptions
    _state: Any
    _run: Any
    _levered: Any

    def add_data(self, kind: type, ticker: Any, *arguments: Any, **named: Any) -> Security:
        """`add_data(Type, ticker or symbol, [resolution, time_zone, fill_forward, leverage])`.

        Also `add_data(Type, ticker, properties, exchange_hours, [resolution, fill_forward, leverage])`.
        """
        names = ["resolution", "time_zone", "fill_forward", "leverage"]
        if arguments and isinstance(arguments[0], SymbolProperties):
            names = ["properties", "exchange_hours", "resolution", "fill_forward", "leverage"]
        given = dict(zip(names, arguments, strict=False)) | named
        instance = kind()
        if not isinstance(instance, PythonData):
            raise NotInLeanLocalError(f"add_data({kind.__name__})")
        symbol = self._custom_symbol(kind, instance, ticker)
        asked = given.get("resolution")
        resolution = Resolution(method(instance, "default_resolution")() if asked is None else asked)
        zone = str(given.get("time_zone") or method(instance, "data_time_zone")())
        existing = self._state.securities.find(symbol)
        security: Security = existing or self._subscriptions.make_custom(
            symbol, resolution, zone, given.get("properties"), given.get("exchange_hours")
        )
        self._feed_custom(security, kind, resolution)
        made: Security = self._levered(security, 0 if given.get("leverage", 1) == 1 else given["leverage"])
        return made

    def _custom_symbol(self, kind: type, instance: PythonData, ticker: Any) -> Symbol:
        underlying = ticker if isinstance(ticker, Symbol) else None
        if underlying is None and method(instance, "requires_mapping")():
            underlying = as_symbol(ticker)
            if underlying is None:
                raise InvalidOperationException(
                    f"The custom data type {kind.__name__} requires mapping, but the provided ticker is not in the "
                    "cache. Please add this custom data type using a Symbol or perform this call after a Security "
                    "has been added using AddEquity, AddForex, AddCfd, AddCrypto, AddFuture, AddOption or AddSecurity."
                )
        if underlying is not None:
            return Symbol.create_base(kind, underlying, underlying.id.market)
        return Symbol.create(str(ticker), SecurityType.BASE, Market.USA, base_data_type=kind)

    def _feed_custom(self, security: Security, kind: type, resolution: Resolution) -> None:
        subscriptions, symbol = self._subscriptions, security.symbol
        if (symbol, kind) in subscriptions.points:
            return
        calendar = security.calendar
        config = SubscriptionDataConfig.of(kind, symbol, resolution, (calendar.data_zone.name, calendar.zone.name))
        sources = self._run.sources

        def read(start_ms: int, end_ms: int) -> Points:
            found: Points = sources.points(config, calendar, start_ms, end_ms)
            return found

        span = (subscriptions.start_ms, subscriptions.end_ms)
        feed = PointFeed(security, kind, read, span, take=lambda point: _take(security, kind, point))
        subscriptions.points[symbol, kind] = feed
        subscriptions.refresh_grid()


def _take(security: Security, kind: type, point: Any) -> None:
    """A custom data point sets the price of its security."""
    security.points[kind] = point
    cache = security.prices
    value = Decimal(repr(float(point.value)))
    if value:
        cache.override_price(value)
    if isinstance(cache, SingleCache):
        cache.point_end_ms = security.zone.to_utc_ms(point.end_time)
