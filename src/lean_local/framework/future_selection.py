"""Futures by open interest (LEAN `OpenInterestFutureUniverseSelectionModel.cs`)."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from lean_local.engine.clock import DAY_MS
from lean_local.enums import Resolution
from lean_local.framework.chain_selection import FutureUniverseSelectionModel
from lean_local.symbols import Symbol

__all__ = ["OpenInterestFutureUniverseSelectionModel"]
ONE_DAY = timedelta(days=1)


class OpenInterestFutureUniverseSelectionModel(FutureUniverseSelectionModel):
    """The contracts of a chain with the most open interest.

    :param chain_contracts_lookup_limit: how many contracts are looked at, nearest expiry first; None: all
    :param results_limit: how many are selected; None: all that have open interest
    """

    def __init__(
        self,
        algorithm: Any,
        future_chain_symbol_selector: Callable[[datetime], Any],
        chain_contracts_lookup_limit: int | None = 6,
        results_limit: int | None = 1,
    ) -> None:
        super().__init__(ONE_DAY, future_chain_symbol_selector)
        self._algorithm = algorithm
        self._looked_at, self._selected = chain_contracts_lookup_limit, results_limit

    def filter(self, filter: Any) -> Any:  # noqa: A002
        """See ChainSelectionModel."""
        return filter.contracts(self.filter_by_open_interest(dict.fromkeys(row.symbol for row in filter)))

    def filter_by_open_interest(self, contracts: Iterable[Symbol]) -> list[Symbol]:
        """Symbols by descending open interest, then by expiry; those without any are left out."""
        symbols = list(contracts)
        if self._looked_at is not None:
            symbols = sorted(symbols, key=lambda symbol: symbol.id.date)[: self._looked_at]
        known = {symbol: value for symbol in symbols if (value := self._open_interest(symbol)) is not None}
        if not known:
            name = type(self).__name__
            self._algorithm.error(
                f"{name}.FilterByOpenInterest: Failed to get historical open interest, no symbol will be selected."
            )
        found = sorted(known, key=lambda symbol: (-known[symbol], symbol.id.date))
        return found if self._selected is None else found[: self._selected]

    def _open_interest(self, symbol: Symbol) -> float | None:
        """The first open interest since the day before (of the files' clock), None without any."""
        run = self._algorithm._run
        calendar, now_ms = run.subscriptions.calendar(symbol), run.state.clock.utc_ms
        zone = calendar.data_zone
        start_ms = zone.midnight_utc_ms(zone.local_date(now_ms))
        while True:
            start_ms -= DAY_MS
            if calendar.overlaps(start_ms, start_ms + DAY_MS, extended=True):
                break
        day = zone.local_date(start_ms)
        while day <= zone.local_date(now_ms):
            rows = run.folder.open_interest(symbol, Resolution.TICK, day)
            if rows is not None:
                inside = (rows.end_utc_ms >= start_ms) & (rows.end_utc_ms <= now_ms)
                if inside.any():
                    return float(rows.value[inside][0])
            day += ONE_DAY
        return None
