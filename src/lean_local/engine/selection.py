"""Daily selection of option contracts: the filter of a chain on the latest universe file."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from lean_local.api.filters import OptionFilterUniverse
from lean_local.api.universe_rows import UniverseColumns
from lean_local.engine.chain import ChainSubscription
from lean_local.engine.feeds import NEVER
from lean_local.engine.universe_files import named_on
from lean_local.symbols import Symbol

if TYPE_CHECKING:
    from lean_local.engine.subscriptions import Subscriptions

ONE_DAY = timedelta(days=1)


def select(subscriptions: "Subscriptions", chain: ChainSubscription, open_orders: set[Symbol]) -> None:
    """Run a chain's filter on the latest universe file and subscribe what it keeps."""
    now = subscriptions.state.clock.utc_ms
    calendar = chain.feed.calendar
    today = calendar.zone.local_date(now)
    if chain.disposed:
        _leave(subscriptions, chain, open_orders)
        return
    first = chain.next_selection_ms == subscriptions.start_ms
    chain.next_selection_ms = _next_selection(subscriptions, chain, today)
    day = calendar.previous_trading_day(today) if first else today - ONE_DAY
    file = subscriptions.folder.universe(chain.canonical, day)
    if file is None or chain.security is None or chain.security.chain_filter is None:
        return
    subscriptions.futures.follow(chain)
    named = named_on(subscriptions.folder, chain.canonical, day)
    columns = UniverseColumns(file, named, chain.strike_multiplier)
    universe = OptionFilterUniverse(columns, calendar.zone.to_local(now), calendar)
    universe.keep(columns.expiry >= today.toordinal())
    chosen = chain.security.chain_filter.run(universe).chosen
    order = chosen[np.lexsort((columns.strike[chosen], -columns.right[chosen], columns.expiry[chosen]))]
    slots = [chain.columns.slot(columns.key(int(i))) for i in order]
    if named is not chain.canonical:
        chain.names = dict.fromkeys(slots, named) | chain.names
    for slot in sorted(chain.members - set(slots), key=lambda s: chain.symbol_of(s).value):
        if chain.columns.expiry[slot] < today.toordinal():
            continue  # delisted in this step: settled and dropped there
        if slot in chain.manual:
            chain.members.discard(slot)
        elif not subscriptions.holds(chain.symbol_of(slot), open_orders):
            subscriptions.drop_contract(chain, slot)
    for slot in slots:
        chain.members.add(slot)
        subscriptions.subscribe(chain, slot)
    _list_interest(chain, columns, dict(zip(slots, order.tolist(), strict=True)), today)


def _list_interest(chain: ChainSubscription, listing: UniverseColumns, rows: dict[int, int], today: date) -> None:
    """Tell every subscribed contract its open interest in the file; `rows` knows the rows of those just chosen."""
    columns, count = chain.columns, len(chain.columns)
    for slot in np.flatnonzero(columns.subscribed[:count] & (columns.expiry[:count] >= today.toordinal())).tolist():
        row = rows.get(slot)
        if row is None:
            row = listing.index_of_key(columns.keys[slot])
        if row is not None:
            rows[slot] = row
    end_utc_ms = chain.feed.calendar.zone.midnight_utc_ms(listing.day.day + ONE_DAY)
    columns.list_interest(np.array(list(rows), np.int64), listing.day.open_interest[list(rows.values())], end_utc_ms)


def _leave(subscriptions: "Subscriptions", chain: ChainSubscription, open_orders: set[Symbol]) -> None:
    """The members of a removed universe; what is held or has open orders keeps its data."""
    chain.disposed, chain.next_selection_ms = False, NEVER
    for slot in sorted(chain.members - chain.manual, key=lambda s: chain.symbol_of(s).value):
        if not subscriptions.holds(chain.symbol_of(slot), open_orders):
            subscriptions.drop_contract(chain, slot)
    subscriptions.state.securities.drop(chain.canonical)
    subscriptions.futures.unfollow(chain, open_orders)


def _next_selection(subscriptions: "Subscriptions", chain: ChainSubscription, today: date) -> int:
    """The midnight after the next day of the run that has a universe file; the last one ends the run."""
    zone = chain.feed.calendar.zone
    days = subscriptions.folder.universe_days(chain.canonical)
    following = next((d for d in days if d >= today), None)
    if following is None or following > zone.local_date(subscriptions.end_ms):
        return NEVER
    return zone.midnight_utc_ms(following + ONE_DAY)
