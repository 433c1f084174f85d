"""LEAN's option securities as rows of a contract table, and their quotes as columns."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from AlgorithmImports import OptionRight, Security, SecurityChanges, SecurityType

from thetatrace.chain.contracts import ContractTable, Floats, Ints


class ContractFeed:
    """Keeps a contract table in step with what LEAN subscribes: each contract's static facts are read once, ever.

    Rows hold the Security proxy: a quote is then one property read, without look-ups (docs/performance.md).
    """

    def __init__(self, root: str) -> None:
        self.table = ContractTable()
        self._root = root

    def apply(self, changes: SecurityChanges) -> None:
        """Take the contracts of this root that LEAN has just added. Removed ones leave when they expire."""
        for security in changes.added_securities:
            symbol = security.symbol
            if symbol.security_type != SecurityType.INDEX_OPTION or symbol.is_canonical():
                continue
            identity = symbol.id
            if identity.symbol != self._root:
                continue
            right = 1 if identity.option_right == OptionRight.CALL else -1
            self.table.add(symbol, identity.strike_price, right, identity.date.toordinal(), security)


class LeanQuoteReader:
    """Reads quotes through held Security proxies. A side that was never quoted reads 0."""

    def read(self, table: ContractTable, rows: Ints) -> tuple[Floats, Floats]:
        """Return bid and ask of the rows, each shape [m]."""
        held = [table.handles[row] for row in rows.tolist()]
        bid = np.fromiter((security.bid_price for security in held), np.float64, len(held))
        ask = np.fromiter((security.ask_price for security in held), np.float64, len(held))
        return bid, ask


def newest_quote_age_seconds(securities: Sequence[Security]) -> float | None:
    """Age of the newest real data point among the securities, in seconds; None when none has any.

    Fill-forward points do not count: LEAN keeps them out of a security's cache.
    """
    newest: datetime | None = None
    now: datetime | None = None
    for security in securities:
        last = security.get_last_data()
        if last is not None and (newest is None or last.end_time > newest):
            newest, now = last.end_time, security.local_time
    if newest is None or now is None:
        return None
    return (now - newest).total_seconds()
