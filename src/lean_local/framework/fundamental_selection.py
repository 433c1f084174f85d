"""Universe selection by fundamentals (`Algorithm.Framework/Selection/*Fundamental*.cs`, `QC500…`, `EmaCross…`)."""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lean_local.api.file_universes import NO_ASYNCHRONOUS_FINE, CoarseFundamentalUniverse, FundamentalUniverse
from lean_local.api.moving_averages import ExponentialMovingAverage
from lean_local.api.universe_settings import UniverseSettings
from lean_local.api.universes import UNCHANGED, Universe
from lean_local.enums import Market
from lean_local.framework.selection import UniverseSelectionModel
from lean_local.securities.cache import decimal_of

Selector = Callable[[Iterable[Any]], Any]


class FundamentalUniverseSelectionModel(UniverseSelectionModel):
    """Selects by `select(algorithm, fundamental)`, a selector, or, in LEAN's old form, in two steps.

    `FundamentalUniverseSelectionModel([market,] [selector,] [universe_settings])`, or with a bool first: whether
    `select_fine` selects once more.
    """

    market: str = Market.USA
    filter_fine_data: bool | None = None
    universe_settings: UniverseSettings | None = None
    _selector: Selector | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        for value in (*arguments, *named.values()):
            if isinstance(value, bool):
                self.filter_fine_data = value
            elif isinstance(value, str):
                self.market = value
            elif isinstance(value, UniverseSettings):
                self.universe_settings = value
            elif callable(value):
                self._selector = value

    def create_universes(self, algorithm: Any) -> Iterator[Universe]:
        """One universe."""
        if self.filter_fine_data is None:
            settings = self.universe_settings or algorithm.universe_settings
            yield FundamentalUniverse.usa(lambda rows: self.select(algorithm, rows), settings)
            return
        universe = self.create_coarse_fundamental_universe(algorithm)
        if self.filter_fine_data:
            if universe.universe_settings.asynchronous:
                raise ValueError(NO_ASYNCHRONOUS_FINE)
            universe.fine = lambda rows: self.select_fine(algorithm, rows)
        yield universe

    def create_coarse_fundamental_universe(self, algorithm: Any) -> Any:
        """The universe of the old form."""

        def coarse(rows: Iterable[Any]) -> Any:
            wanted = [r for r in rows if r.has_fundamental_data] if self.filter_fine_data else rows
            return self.select_coarse(algorithm, wanted)

        return CoarseFundamentalUniverse(self.universe_settings or algorithm.universe_settings, coarse)

    def select(self, algorithm: Any, fundamental: Iterable[Any]) -> Any:  # noqa: ARG002
        """Symbols by fundamentals. Raises TypeError without a selector."""
        if self._selector is None:
            raise TypeError(
                "If inheriting, please override the 'Select' fundamental function, else provide it as a constructor "
                "parameter"
            )
        return self._selector(fundamental)

    def select_coarse(self, algorithm: Any, coarse: Iterable[Any]) -> Any:  # noqa: ARG002
        """Symbols of the old form. Raises TypeError unless a subclass defines it."""
        raise TypeError("Please override the 'Select' fundamental function")

    def select_fine(self, algorithm: Any, fine: Iterable[Any]) -> Any:  # noqa: ARG002
        """The second selection of the old form; keeps all."""
        return [f.symbol for f in fine]

    @staticmethod
    def coarse(coarse_selector: Selector) -> "CoarseFundamentalUniverseSelectionModel":
        """A model of the old form."""
        return CoarseFundamentalUniverseSelectionModel(coarse_selector)

    @staticmethod
    def fine(coarse_selector: Selector, fine_selector: Selector) -> "FineFundamentalUniverseSelectionModel":
        """A model of the old form in two steps."""
        return FineFundamentalUniverseSelectionModel(coarse_selector, fine_selector)

    @staticmethod
    def fundamental(selector: Selector) -> "FundamentalUniverseSelectionModel":
        """A model with a selector."""
        return FundamentalUniverseSelectionModel(selector)


class CoarseFundamentalUniverseSelectionModel(FundamentalUniverseSelectionModel):
    """`CoarseFundamentalUniverseSelectionModel(coarse_selector[, universe_settings])`."""

    def __init__(self, coarse_selector: Selector, universe_settings: UniverseSettings | None = None) -> None:
        super().__init__(False, universe_settings)
        self._coarse = coarse_selector

    def select_coarse(self, algorithm: Any, coarse: Iterable[Any]) -> Any:  # noqa: ARG002
        """What the selector says."""
        return self._coarse(coarse)


class FineFundamentalUniverseSelectionModel(FundamentalUniverseSelectionModel):
    """`FineFundamentalUniverseSelectionModel(coarse_selector, fine_selector[, universe_settings])`."""

    def __init__(
        self, coarse_selector: Selector, fine_selector: Selector, universe_settings: UniverseSettings | None = None
    ) -> None:
        super().__init__(True, universe_settings)
        self._coarse, self._fine = coarse_selector, fine_selector

    def select_coarse(self, algorithm: Any, coarse: Iterable[Any]) -> Any:  # noqa: ARG002
        """What the first selector says."""
        return self._coarse(coarse)

    def select_fine(self, algorithm: Any, fine: Iterable[Any]) -> Any:  # noqa: ARG002
        """What the second selector says."""
        return self._fine(fine)


class EmaCrossUniverseSelectionModel(FundamentalUniverseSelectionModel):
    """The equities whose fast average is farthest above the slow one."""

    def __init__(
        self,
        fast_period: int = 100,
        slow_period: int = 300,
        universe_count: int = 500,
        universe_settings: UniverseSettings | None = None,
    ) -> None:
        super().__init__(False, universe_settings)
        self.fast_period, self.slow_period, self.universe_count = fast_period, slow_period, universe_count
        self.tolerance = 0.01
        self._averages: dict[Any, tuple[ExponentialMovingAverage, ExponentialMovingAverage]] = {}

    def select_coarse(self, algorithm: Any, coarse: Iterable[Any]) -> Any:  # noqa: ARG002
        """Symbols by the distance of their averages."""
        found = []
        for row in coarse:
            if row.symbol not in self._averages:
                periods = (self.fast_period, self.slow_period)
                fast, slow = (ExponentialMovingAverage(f"EMA({p})", p) for p in periods)
                self._averages[row.symbol] = fast, slow
            fast, slow = self._averages[row.symbol]
            ready = [a.update(row.end_time, row.adjusted_price) for a in (fast, slow)]
            if all(ready) and fast.exact > slow.exact * (1 + decimal_of(self.tolerance)):
                found.append((-(fast.exact - slow.exact) / ((fast.exact + slow.exact) / 2), row.symbol))
        found.sort(key=lambda pair: pair[0])
        return [symbol for _, symbol in found[: self.universe_count]]


class QC500UniverseSelectionModel(FundamentalUniverseSelectionModel):
    """The 500 most traded large US companies, by sector, once a month."""

    _coarse_count, _fine_count = 1000, 500
    _last_month = -1

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(True, *(a for a in arguments if not isinstance(a, bool)), **named)
        self._volumes: dict[Any, float] = {}

    def select_coarse(self, algorithm: Any, coarse: Iterable[Any]) -> Any:
        """The most traded with fundamentals."""
        if algorithm.time.month == self._last_month:
            return UNCHANGED
        rows = [r for r in coarse if r.has_fundamental_data and r.volume > 0 and r.price > 0]
        rows.sort(key=lambda r: r.dollar_volume, reverse=True)
        self._volumes = {r.symbol: r.dollar_volume for r in rows[: self._coarse_count]}
        return list(self._volumes) or UNCHANGED

    def select_fine(self, algorithm: Any, fine: Iterable[Any]) -> Any:
        """Of every sector the most traded, in proportion."""
        sectors: dict[Any, list[Any]] = {}
        for row in fine:
            if self._is_large_us_company(algorithm, row):
                sectors.setdefault(row.company_reference.industry_template_code, []).append(row)
        count = sum(len(rows) for rows in sectors.values())
        if not count:
            return UNCHANGED
        self._last_month = algorithm.time.month
        share = self._fine_count / count
        chosen = []
        for rows in sectors.values():
            rows.sort(key=lambda r: self._volumes[r.symbol], reverse=True)
            chosen += rows[: math.ceil(len(rows) * share)]
        chosen.sort(key=lambda r: self._volumes[r.symbol], reverse=True)
        return [r.symbol for r in chosen[: self._fine_count]]

    @staticmethod
    def _is_large_us_company(algorithm: Any, row: Any) -> bool:
        company = row.company_reference
        return (
            company.country_id == "USA"
            and company.primary_exchange_id in ("NYS", "NAS")
            and (algorithm.time - row.security_reference.ipo_date).days > 180
            and row.market_cap > 5e8
        )


__all__ = [
    "CoarseFundamentalUniverseSelectionModel",
    "EmaCrossUniverseSelectionModel",
    "FineFundamentalUniverseSelectionModel",
    "FundamentalUniverseSelectionModel",
    "QC500UniverseSelectionModel",
]
