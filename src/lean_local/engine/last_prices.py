"""The last data point of each kind, looked for further and further back; prices seeded with them.

LEAN `QCAlgorithm.GetLastKnownPricesImpl`: five bars; then a day of minutes, of hours or ten days; then fifty days.
`AlgorithmUtils.SeedSecurities`.
"""

from typing import Any

from lean_local.api.bars import BaseData, QuoteBar, TradeBar
from lean_local.api.ticks import OpenInterest, Tick
from lean_local.engine.adjust import printed_digits
from lean_local.engine.history_requests import Asked, RequestMaker
from lean_local.engine.history_rows import RowReader
from lean_local.engine.warmup import bars_back
from lean_local.enums import DataNormalizationMode, Resolution, SecurityType, TickType
from lean_local.securities.security import Security
from lean_local.symbols import Symbol

RAW = DataNormalizationMode.RAW
_FIRST = 5
_RETRY = {Resolution.MINUTE: 24 * 60, Resolution.HOUR: 24, Resolution.DAILY: 10}
_LAST = 50
_TRADE, _QUOTE, _INTEREST = TickType.TRADE, TickType.QUOTE, TickType.OPEN_INTEREST
_TRADED, _QUOTED, _CONTRACT = (_TRADE, _QUOTE), (_QUOTE,), (_QUOTE, _TRADE, _INTEREST)
_KINDS: dict[SecurityType, tuple[TickType, ...]] = {  # in LEAN's order, `SubscriptionManager.DefaultDataTypes`
    SecurityType.EQUITY: _TRADED,
    SecurityType.CRYPTO: _TRADED,
    SecurityType.CRYPTO_FUTURE: _TRADED,
    SecurityType.FOREX: _QUOTED,
    SecurityType.CFD: _QUOTED,
    SecurityType.OPTION: _CONTRACT,
    SecurityType.INDEX_OPTION: _CONTRACT,
    SecurityType.FUTURE_OPTION: _CONTRACT,
    SecurityType.FUTURE: _CONTRACT,
}
_TYPES: dict[TickType, type | None] = {_TRADE: TradeBar, _QUOTE: QuoteBar}


class LastPrices:
    """Finds the last known data points of symbols."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._maker, self._reader = RequestMaker(run), RowReader(run)

    def of(self, symbol: Symbol) -> list[Any]:
        """The last data points of a symbol, oldest start first; at the same time in LEAN's order of their kinds."""
        if symbol.is_canonical() and symbol.security_type != SecurityType.FUTURE:
            return []
        kinds, own = self._subscribed(symbol)
        found: dict[TickType, Any] = {}
        failed = self._look(symbol, kinds, found, own, _FIRST)
        if failed:
            # LEAN retries what failed at the resolution of the last kind among it, daily for open interest.
            retry = Resolution.DAILY if failed[-1] == _INTEREST else own
            failed = self._look(symbol, failed, found, retry, _RETRY[retry])
        if failed:
            self._look(symbol, kinds, found, Resolution.DAILY, _LAST)
        return [p for _, p in sorted(found.items(), key=lambda item: (item[1].time, kinds.index(item[0])))]

    def one(self, symbol: Symbol) -> Any:
        """The data point that stands for the price: of the kinds of a symbol, the first in LEAN's order."""
        kinds = _KINDS.get(symbol.security_type, (_TRADE,))
        return min(self.of(symbol), key=lambda p: kinds.index(_kind_of(p)), default=None)

    def seed(self, security: Security) -> None:
        """Give a security without a price what is last known of it."""
        if security.price_exact:
            return
        for point in self.of(security.symbol):
            self.show(security, point)

    def show(self, security: Security, point: Any) -> None:
        """Give a security a data point, with the decimals that LEAN's has."""
        internal = self._internal(security.symbol)
        mode = (security if internal is None else internal.security).data_normalization_mode
        if security.type == SecurityType.EQUITY and mode != RAW and isinstance(point, BaseData):
            security.scale_digits = printed_digits(self._run.folder, security.symbol, point.time.date(), mode)
        security.set_market_price(point)

    def _subscribed(self, symbol: Symbol) -> tuple[tuple[TickType, ...], Resolution]:
        """Kinds of data of a symbol, and the resolution they are looked for at first."""
        kinds = _KINDS.get(symbol.security_type, (_TRADE,))
        resolution = self._maker.resolution(symbol, None, None)
        feed = self._internal(symbol)
        if feed is not None:  # a pair that prices a currency has one kind of data
            has = {_TRADE: feed.has_trades, _QUOTE: feed.has_quotes}
            return tuple(k for k in kinds if has[k]), feed.security.resolution
        return kinds, max(resolution, Resolution.MINUTE)

    def _internal(self, symbol: Symbol) -> Any:
        """The internal feed that alone has a symbol's data: LEAN subscribes to what is selected after it is made.

        The benchmark's comes after the first selection.
        """
        subscriptions = self._run.subscriptions
        found = next((feed for feed in subscriptions.internal if feed.security.symbol == symbol), None)
        if found is None or self._run.state.securities.find(symbol) is None:
            return found
        alone = subscriptions.selecting and not self._run.benchmark.is_new(found.security)
        return found if alone else None

    def _look(
        self,
        symbol: Symbol,
        kinds: tuple[TickType, ...],
        found: dict[TickType, Any],
        resolution: Resolution,
        bars: int,
    ) -> tuple[TickType, ...]:
        """Look a number of bars back; returns the kinds there are that have still nothing."""
        failed = []
        for kind in kinds:
            if kind == _QUOTE and symbol.security_type == SecurityType.EQUITY and resolution >= Resolution.HOUR:
                continue
            point = self._interest(symbol, bars) if kind == _INTEREST else self._last(symbol, kind, resolution, bars)
            if point is not None:
                found[kind] = point
            elif kind not in found:
                failed.append(kind)
        return tuple(failed)

    def _last(self, symbol: Symbol, kind: TickType, resolution: Resolution, bars: int) -> Any:
        wanted = None if symbol.security_type == SecurityType.BASE else _TYPES[kind]
        asked = Asked([bars], {"resolution": resolution, "fill_forward": False})
        internal = self._internal(symbol)
        if internal is not None:
            asked.options["data_normalization_mode"] = internal.security.data_normalization_mode
        calendar = self._maker.calendar(symbol)
        last = [self._reader.points(r, calendar)[-1:] for r in self._maker.make([symbol], wanted, asked)]
        points = [point for pairs in last for _, point in pairs]
        return points[-1] if points else None

    def _interest(self, symbol: Symbol, days: int) -> Any:
        rows = self._run.folder.open_interest(symbol, Resolution.DAILY, None)
        if rows is None:
            return None
        calendar, now = self._maker.calendar(symbol), self._run.state.clock.utc_ms
        start = bars_back(calendar, now, days, Resolution.DAILY)
        known = ((rows.end_utc_ms > start) & (rows.end_utc_ms <= now)).nonzero()[0]
        if not len(known):
            return None
        i = int(known[-1])
        return OpenInterest(calendar.zone.to_local(int(rows.end_utc_ms[i])), symbol, float(rows.value[i]))


def _kind_of(point: Any) -> TickType:
    if isinstance(point, Tick):
        return point.tick_type
    return _QUOTE if isinstance(point, QuoteBar) else _TRADE
