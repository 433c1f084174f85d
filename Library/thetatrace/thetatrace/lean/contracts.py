"""LEAN's option securities as rows of a contract table, and their quotes as columns."""

from collections.abc import Sequence
from math import inf

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


def quote_ages_seconds(securities: Sequence[Security]) -> list[float]:
    """Ages of the securities' newest real data points in seconds; infinite for one that never had any.

    Fill-forward points do not count: LEAN keeps them out of a security's cache.
    """
    ages = []
    for security in securities:
        last = security.get_last_data()
        ages.append(inf if last is None else (security.local_time - last.end_time).total_seconds())
    return ages
