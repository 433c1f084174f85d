"""Splits, dividends, delistings and new tickers of equities: data points at midnight, and what they do to the account.

LEAN: `Engine/DataFeeds/Enumerators/{Split,Dividend,Delisting,Mapping}EventProvider.cs`, `SecurityPortfolioManager.cs`
(`ApplySplit`, `ApplyDividend`), `BacktestingBrokerage.ProcessDelistings`.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from typing import Any

from lean_local.api.bars import Delisting, Dividend, Split, SymbolChangedEvent
from lean_local.data.folder import DataFolder
from lean_local.engine.delisting import Maker, future_delistings, last_price
from lean_local.engine.feeds import NEVER, SingleFeed, Step
from lean_local.engine.state import RunState
from lean_local.engine.subscriptions import Subscriptions
from lean_local.enums import DataNormalizationMode, DelistingType, OrderStatus, OrderType, SecurityType, SplitType
from lean_local.orders.order_requests import UpdateOrderFields
from lean_local.orders.processor import OrderProcessor
from lean_local.securities.cache import SingleCache
from lean_local.securities.exchange import Calendar
from lean_local.securities.security import Security
from lean_local.symbols import Symbol

ONE_DAY = timedelta(days=1)
ZERO, CENT = Decimal(0), Decimal("0.01")
_ENDING = (SecurityType.EQUITY, SecurityType.FUTURE)
LIQUIDATED = "Liquidate from delisting"
_RAW = frozenset({DataNormalizationMode.RAW, DataNormalizationMode.SPLIT_ADJUSTED})


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  wall time of the exchange


class CorporateEvents:
    """The events of one equity from `start` to `end`, in order of their time."""

    def __init__(self, folder: DataFolder, symbol: Symbol, calendar: Calendar, start: date, end: date) -> None:
        self._symbol, self._calendar, self._start, self._end = symbol, calendar, start, end
        found: list[tuple[date, int, Maker]] = []
        self._maps = folder.map_file_of(symbol)
        self._factors = folder.factor_file_of(symbol)
        for rank, source in enumerate((self._new_tickers, self._dividends, self._splits, self._delistings)):
            found += [(day, rank, make) for day, make in source() if start <= day <= end]
        self.due = [(day, make) for day, _, make in sorted(found, key=lambda e: e[:2])]

    def _listed(self, day: date) -> bool:
        """Whether the share is listed; without a map file it always is (LEAN `MapFile.HasData`)."""
        return self._maps is None or self._maps.first_day <= day <= self._maps.delisting_day

    def _pairs(self) -> Iterator[tuple[date, date, Any]]:
        """Dates of factor rows that are trading dates of the span, with the trading date after."""
        for row in self._factors.rows if self._factors is not None else ():
            if self._start <= row.day <= self._end and self._calendar.is_date_open(row.day) and self._listed(row.day):
                yield row.day, self._calendar.next_trading_day(row.day), row

    def _dividends(self) -> Iterator[tuple[date, Maker]]:
        for day, following, _ in self._pairs():
            paid = self._factors.dividend_after(day) if self._factors is not None else None
            if paid is not None and paid[1] and self._listed(following):
                ratio, reference = paid
                amount = (reference - reference * ratio).quantize(CENT, ROUND_HALF_EVEN)
                yield following, self._dividend(following, amount, reference)

    def _dividend(self, day: date, amount: Decimal, reference: Decimal) -> Maker:
        return lambda _price: Dividend(self._symbol, _midnight(day), float(amount), float(reference))

    def _splits(self) -> Iterator[tuple[date, Maker]]:
        for day, following, _ in self._pairs():
            found = self._factors.split_after(day) if self._factors is not None else None
            if found is not None:
                yield day, self._split(day, None, found[0], SplitType.WARNING)
                if self._listed(following):
                    yield following, self._split(following, found[1], found[0], SplitType.SPLIT_OCCURRED)

    def _split(self, day: date, reference: Decimal | None, factor: Decimal, kind: SplitType) -> Maker:
        def make(price: float) -> Split:
            made = Split(
                self._symbol, _midnight(day), price if reference is None else float(reference), float(factor), kind
            )
            made.factor_exact = factor
            return made

        return make

    def _new_tickers(self) -> Iterator[tuple[date, Maker]]:
        rows = self._maps.rows if self._maps is not None else ()
        for before, after in pairwise(rows):
            day = before.last_day
            following = day + ONE_DAY
            if not self._calendar.is_date_open(following):
                following = self._calendar.next_trading_day(following)
            if day >= self._start and before.ticker != after.ticker and self._listed(following):
                yield following, self._renamed(following, before.ticker.upper(), after.ticker.upper())

    def _renamed(self, day: date, old: str, new: str) -> Maker:
        return lambda _price: SymbolChangedEvent(self._symbol, _midnight(day), old, new)

    def _delistings(self) -> Iterator[tuple[date, Maker]]:
        if self._maps is None or self._maps.delisting_day < self._start:
            return
        last = self._maps.delisting_day
        for shown, kind in ((last, DelistingType.WARNING), (last + ONE_DAY, DelistingType.DELISTED)):
            day = shown
            if kind == DelistingType.WARNING and not self._calendar.is_date_open(last):
                day = self._calendar.next_trading_day(last)
            yield day, self._delisting(_midnight(shown), kind)

    def _delisting(self, moment: datetime, kind: DelistingType) -> Maker:
        return lambda price: Delisting(self._symbol, moment, price, kind)


class CorporateBook:
    """Events of all subscribed equities, and the end of futures: hands them to the steps and carries them out."""

    def __init__(
        self,
        state: RunState,
        subscriptions: Subscriptions,
        orders: OrderProcessor,
        forget: Callable[[Symbol], None] = lambda _symbol: None,
    ) -> None:
        self.state, self.subscriptions, self.orders, self._forget = state, subscriptions, orders, forget
        self._due: list[tuple[int, SingleFeed, Maker]] = []
        self._known: set[tuple[int, datetime | None]] = set()
        self._feeds: list[SingleFeed] = []  # keeps the identities in `_known` alive
        self._count = (-1, -1)

    def _watch(self) -> None:
        """Take note of equities subscribed since the last call."""
        singles = self.subscriptions.singles
        count = (len(singles), self.subscriptions.removals)
        if count == self._count:
            return
        self._count = count
        for feed in singles.values():
            symbol = feed.security.symbol
            noted = (id(feed), symbol.id.date if symbol.security_type == SecurityType.FUTURE else None)
            if noted not in self._known and symbol.security_type in _ENDING and not symbol.is_canonical():
                self._known.add(noted)
                self._feeds.append(feed)
                self._note(feed)
        self._due.sort(key=lambda e: (e[0], e[1].sort_key))

    def _note(self, feed: SingleFeed) -> None:
        if feed.security.symbol.security_type == SecurityType.FUTURE:
            self._due += [(moment, feed, make) for moment, make in future_delistings(feed, self.state.clock.utc_ms)]
            return
        calendar, folder = feed.security.calendar, self.subscriptions.folder
        start = calendar.zone.local_date(feed.start_ms)
        end = calendar.zone.local_date(self.subscriptions.end_ms)
        for day, make in CorporateEvents(folder, feed.security.symbol, calendar, start, end).due:
            self._due.append((max(calendar.zone.midnight_utc_ms(day), feed.start_ms), feed, make))

    def next_utc_ms(self) -> int:
        """When the next event is due."""
        self._watch()
        return self._due[0][0] if self._due else NEVER

    def collect(self, moment: int, step: Step) -> None:
        """Put the events of this moment into the step."""
        self._watch()
        while self._due and self._due[0][0] <= moment:
            _, feed, make = self._due.pop(0)
            if self.subscriptions.singles.get(feed.security.symbol) is not feed:
                continue
            event = make(last_price(feed))
            if event.symbol.id.date != feed.security.symbol.id.date and not self._of_mapping(event):
                continue  # the expiry has become more exact since (see `FutureRoots`)
            if isinstance(event, Delisting) and feed.internal:
                step.unseen.add(feed.security.symbol)
            kinds: dict[type, list[Any]] = {Dividend: step.dividends, Split: step.splits, Delisting: step.delistings}
            kinds.get(type(event), step.symbol_changes).append(event)

    def _of_mapping(self, event: Any) -> bool:
        """Whether the subscription of the continuous contract is still there: it delists by the date alone."""
        delisted = isinstance(event, Delisting) and event.type == DelistingType.DELISTED
        return delisted and self.subscriptions.futures.is_mapped(event.symbol)

    def announce(self, moment: int) -> None:
        """What is delisted by now is out of the account before the step begins (see `ExpiryBook`)."""
        for due, feed, make in self._due:
            if due > moment:
                return
            event = make(0.0)
            counts = event.symbol.id.date == feed.security.symbol.id.date or self._of_mapping(event)
            if isinstance(event, Delisting) and event.type == DelistingType.DELISTED and counts:
                feed.security.is_delisted, feed.security.is_tradable = True, False
                self.state.portfolio.holders.pop(feed.security.symbol, None)

    # --- what events do ----------------------------------------------------------------------------------------
    def rename(self, step: Step) -> None:
        """Cancel the open orders of the old ticker."""
        for event in step.symbol_changes:
            for ticket in self.orders.open_tickets():
                if ticket.symbol == event.symbol:
                    ticket.cancel("Open order cancelled on symbol changed event")

    def delist(self, step: Step) -> None:
        """Close positions at the last price and cancel the orders of what is delisted in this step."""
        for event in step.delistings:
            feed = self.subscriptions.singles.get(event.symbol)
            if event.type != DelistingType.DELISTED or feed is None:
                continue
            security = feed.security
            if security.holdings.quantity_exact:
                self._liquidate(security)
            self._forget(event.symbol)
            self.subscriptions.remove_single(event.symbol)
            self.orders.cancel_for_symbol(security)

    def _liquidate(self, security: Security) -> None:
        quantity = -security.holdings.quantity_exact
        record = self.orders.new_engine_order(security, quantity, LIQUIDATED, OrderType.MARKET)
        record.price_currency, record.submission = "", None  # LEAN's order does not pass its transaction handler
        event = self.orders.make_event(
            record,
            OrderStatus.FILLED,
            fill_quantity=quantity,
            fill_price=security.price_exact,
            fill_price_currency="",
            message=LIQUIDATED,
        )
        self.orders.deliver_fills([(security, record, event)])

    def pay(self, step: Step) -> None:
        """Dividends of raw positions go to cash; splits of raw positions change them and their orders."""
        for dividend in step.dividends:
            security = self.state.securities.find(dividend.symbol)
            if security is not None and security.data_normalization_mode in _RAW and not self.state.warming_up:
                paid = Decimal(repr(dividend.distribution)) * security.conversion_rate
                total = security.holdings.quantity_exact * paid
                self.state.portfolio.settled.exact += total
                security.holdings.dividends_exact += total
        for split in step.splits:
            security = self.state.securities.find(split.symbol)
            if split.type == SplitType.SPLIT_OCCURRED and security is not None:
                self._split(security, split)
        if step.dividends or step.splits:
            self.state.portfolio.invalidate()

    def _split(self, security: Security, split: Split) -> None:
        if security.data_normalization_mode != DataNormalizationMode.RAW:
            return
        factor, holdings = split.factor_exact, security.holdings
        quantity = holdings.quantity_exact / factor
        whole = Decimal(int(quantity))
        holdings.average_exact *= factor
        holdings.quantity_exact = whole
        cache = security.prices
        known = security.has_data
        if isinstance(cache, SingleCache):
            cache.split(factor)
            security.scale_digits += max(0, -int(factor.as_tuple().exponent))  # a product has the places of both
        price = security.price_exact if known else Decimal(repr(split.reference_price)) * factor
        self.state.portfolio.settled.exact += (quantity - whole) * price
        self.state.portfolio.touch(security)
        self.state.collector.split(security.symbol, factor)
        for ticket in self.orders.open_tickets():
            if ticket.symbol == split.symbol:
                ticket.update(_split_fields(ticket.record, factor))


def _split_fields(record: Any, factor: Decimal) -> UpdateOrderFields:
    """The same order after a split (LEAN `DefaultBrokerageModel.ApplySplit`)."""
    fields = UpdateOrderFields()
    fields.quantity = int(record.quantity / factor)
    for name in ("limit_price", "stop_price", "trigger_price"):
        value = getattr(record, name)
        if value is not None:
            setattr(fields, name, value * factor)
    if record.trailing_amount is not None and not record.trailing_as_percentage:
        fields.trailing_amount = record.trailing_amount * factor
    return fields
