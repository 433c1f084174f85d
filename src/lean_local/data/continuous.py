"""Continuous futures: which contract a date maps to, and the factors that join the contracts' prices.

Sources: `Common/Data/Auxiliary/MappingContractFactorProvider.cs`, `MapFile.cs`, `Extensions.AdjustSymbolByOffset`.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lean_local.data.archives import FIX
from lean_local.data.corporate import MapFile
from lean_local.data.future_expiry import add_months, future_expiry
from lean_local.enums import DataMappingMode, DataNormalizationMode, Market
from lean_local.errors import DataFormatError
from lean_local.symbols import SecurityIdentifier, Symbol

if TYPE_CHECKING:
    from lean_local.data.hours import MarketHoursDatabase

_COLUMN = {
    DataNormalizationMode.BACKWARDS_RATIO: "BackwardsRatioScale",
    DataNormalizationMode.BACKWARDS_PANAMA_CANAL: "BackwardsPanamaCanalScale",
    DataNormalizationMode.FORWARD_PANAMA_CANAL: "ForwardPanamaCanalScale",
}
_NEUTRAL = {DataNormalizationMode.BACKWARDS_RATIO: Decimal(1)}


_BY_INTEREST = (DataMappingMode.OPEN_INTEREST, DataMappingMode.OPEN_INTEREST_ANNUAL)
_WITHOUT_INTEREST = (Market.HKFE, Market.EUREX, Market.ICE)


def mapping_mode_of(given: DataMappingMode | None, market: str) -> DataMappingMode:
    """Mapping mode of the universe settings for a market; without open interest data by last trading day."""
    mode = DataMappingMode.OPEN_INTEREST if given is None else DataMappingMode(given)
    return DataMappingMode.LAST_TRADING_DAY if mode in _BY_INTEREST and market in _WITHOUT_INTEREST else mode


def joining_mode_of(given: DataNormalizationMode) -> DataNormalizationMode:
    """Normalization mode of the universe settings for continuous futures: backwards ratio for one of equities."""
    joins = given == DataNormalizationMode.RAW or given in _COLUMN
    return DataNormalizationMode(given) if joins else DataNormalizationMode.BACKWARDS_RATIO


@dataclass(frozen=True, slots=True)
class ContinuousFactors:
    """Rows of one factor file, ascending: (last date, mapping mode, scales by column name)."""

    rows: tuple[tuple[date, DataMappingMode, dict[str, list[Decimal]]], ...]

    def on(self, day: date, normal: DataNormalizationMode, mapping: DataMappingMode, offset: int) -> Decimal:
        """Factor (ratio) or summand (Panama canal) of a date's prices: the first row from the date on, else neutral."""
        for last, mode, scales in self.rows:
            if last >= day and mode == mapping:
                column = scales.get(_COLUMN[normal], [])
                if len(column) > offset:
                    return column[offset]
        return _NEUTRAL.get(normal, Decimal(0))


def read_continuous_factors(path: Path) -> ContinuousFactors | None:
    """Read a factor file of a future root (one JSON object a line), None when it does not exist.

    Raises `DataFormatError` naming the line.
    """
    if not path.is_file():
        return None
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        if not line.strip():
            continue
        try:
            raw = json.loads(line, parse_float=Decimal, parse_int=Decimal)
            day = datetime.fromisoformat(raw["Date"]).date()
            scales = {name: [Decimal(v) for v in raw[name]] for name in _COLUMN.values() if name in raw}
            rows.append((day, DataMappingMode(int(raw["DataMappingMode"])), scales))
        except (ValueError, KeyError, TypeError):
            raise DataFormatError(f"Line {number} is not a row of a future's factor file", path=path, fix=FIX) from None
    return ContinuousFactors(tuple(sorted(rows, key=lambda row: row[0]))) if rows else None


def offset_contract(contract: Symbol, offset: int, hours: "MarketHoursDatabase") -> Symbol:
    """The contract that many expiries later."""
    for _ in range(offset):
        expiry = contract.id.date
        month = expiry.date().replace(day=1)
        later = expiry
        while later <= expiry:
            month = add_months(month, 1)
            found = future_expiry(contract.id.symbol, contract.id.market, month, hours)
            later = datetime(found.year, found.month, found.day)  # noqa: DTZ001 - as LEAN, without the time of day
        contract = Symbol.create_future(contract.id.symbol, contract.id.market, later)
    return contract


class ContinuousMapping:
    """Contract and price factor of each date for one way of joining the contracts of a root."""

    def __init__(
        self,
        canonical: Symbol,
        files: tuple[MapFile | None, ContinuousFactors | None],
        hours: "MarketHoursDatabase",
        mapping: DataMappingMode,
        normal: DataNormalizationMode,
        offset: int,
    ) -> None:
        self.canonical = canonical
        self._map, self._factors = files
        self._hours = hours
        self.mapping, self.normal, self.offset = mapping, normal, offset
        self._contracts: dict[str, Symbol] = {}

    def contract_on(self, day: date) -> Symbol | None:
        """The contract a date maps to; None without a map file or after its end."""
        text = self._map.ticker_on(day, self.mapping) if self._map is not None else None
        if text is None or " " not in text:
            return None
        found = self._contracts.get(text)
        if found is None:
            contract = Symbol(SecurityIdentifier.parse(text.upper()))
            found = self._contracts[text] = offset_contract(contract, self.offset, self._hours)
        return found

    def shown(self, contract: Symbol) -> Symbol:
        """The canonical symbol as data carry it while it is mapped: the contract's ticker, the root's identifier."""
        return Symbol(self.canonical.id, contract.value, contract)

    def scaled(self, rows: Any, days: list[date]) -> Any:
        """Bars with joined prices; `days` are the exchange dates of the rows."""
        if self._factors is None or self.normal not in _COLUMN or not len(rows):
            return rows
        by_day = {day: self._factors.on(day, self.normal, self.mapping, self.offset) for day in set(days)}
        fields = {name: getattr(rows, name) for name in type(rows).__slots__}
        factors = [by_day[day] for day in days]
        ratio = self.normal == DataNormalizationMode.BACKWARDS_RATIO
        for name, values in fields.items():
            if not name.endswith(("_ms", "size", "volume")):
                pairs = zip(values.tolist(), factors, strict=True)
                fields[name] = np.array([_joined(value, factor, ratio=ratio) for value, factor in pairs])
        return type(rows)(**fields)


def _joined(price: float, factor: Decimal, *, ratio: bool) -> float:
    """A price times the ratio or plus the difference, as the double nearest to the decimal result; NaN stays."""
    if price != price:  # noqa: PLR0124  NaN is the only number unequal to itself
        return price
    exact = Decimal(repr(price))
    return float(exact * factor if ratio else exact + factor)


def contract_of_month(canonical: Symbol, month: date, hours: "MarketHoursDatabase") -> Symbol:
    """The contract of a universe row's month."""
    return Symbol.create_future(
        canonical.id.symbol, canonical.id.market, future_expiry(canonical.id.symbol, canonical.id.market, month, hours)
    )
