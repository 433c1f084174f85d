"""What never changes about a contract, read once per contract and kept in columns."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class ContractTable:
    """Growing columns of listed contracts of one root.

    `version` changes whenever a row is added or dropped, a handle is renewed, or a corporate action may have changed
    what the rows mean: an answer made under another version is not used again.

    :param style: exercise style of the root, "european" or "american"
    """

    __slots__ = ("_count", "_expiry", "_right", "_rows", "_strike", "handles", "style", "version")

    def __init__(self, style: str = "european") -> None:
        self.style = style
        self._count = 0
        self._strike = np.empty(64, dtype=np.float64)
        self._right = np.empty(64, dtype=np.int64)
        self._expiry = np.empty(64, dtype=np.int64)
        self._rows: dict[Any, int] = {}
        self.handles: list[Any] = []  # what the quote reader needs for a row; opaque here
        self.version = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, key: Any) -> bool:
        return key in self._rows

    @property
    def strike(self) -> Floats:
        """Strikes, shape [n]."""
        return self._strike[: self._count]

    @property
    def right(self) -> Ints:
        """+1 for a call, −1 for a put, shape [n]."""
        return self._right[: self._count]

    @property
    def expiry(self) -> Ints:
        """Expiry dates as proleptic ordinals (`date.toordinal`), shape [n]."""
        return self._expiry[: self._count]

    def add(self, key: Any, strike: float, right: int, expiry: int, handle: Any) -> int:
        """Add a contract under a hashable key and return its row.

        A known key keeps its row and its facts; only its handle is renewed, as an engine may list a contract again.
        """
        row = self._rows.get(key)
        if row is not None:
            if self.handles[row] is not handle:
                self.handles[row] = handle
                self.version += 1
            return row
        row = self._count
        if row == len(self._strike):
            self._strike, self._right, self._expiry = (
                np.concatenate([column, np.empty_like(column)]) for column in (self._strike, self._right, self._expiry)
            )
        self._strike[row], self._right[row], self._expiry[row] = strike, right, expiry
        self._rows[key] = row
        self.handles.append(handle)
        self._count += 1
        self.version += 1
        return row

    def row_of(self, key: Any) -> int | None:
        """Return the row of a key, None for an unknown one."""
        return self._rows.get(key)

    def corporate_action(self) -> None:
        """Forget nothing, trust nothing: every answer made so far is stale."""
        self.version += 1

    def drop_expired(self, today: int) -> Ints:
        """Drop contracts that expired before the ordinal `today`; rows are renumbered. Return the old rows kept."""
        keep: Ints = np.flatnonzero(self.expiry >= today)
        if len(keep) < self._count:
            keys = list(self._rows)
            for name in ("_strike", "_right", "_expiry"):
                column = getattr(self, name)
                column[: len(keep)] = column[keep]
            self.handles = [self.handles[row] for row in keep.tolist()]
            self._rows = {keys[row]: position for position, row in enumerate(keep.tolist())}
            self._count = len(keep)
            self.version += 1
        return keep
