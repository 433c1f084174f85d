"""Strategy filters: exactly the legs of a strategy (semantics §4.3); an impossible one gives nothing."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from lean_local.naming import LeanObject

if TYPE_CHECKING:
    from lean_local.api.filters import OptionFilterUniverse

CALL, PUT = 1, -1
Leg = tuple[int, float, int]  # right, strike, expiry ordinal


class StrategyFilters(LeanObject):
    """Mixed into the filter universe, which has `columns`, `chosen` and `reference_ordinal`."""

    columns: Any
    chosen: Any
    reference_ordinal: Any

    def _expiry(self, days: int, above: int = 0) -> int | None:
        expiry = self.columns.expiry[self.chosen]
        later = expiry[(expiry >= self.reference_ordinal() + days) & (expiry > above)]
        return int(later.min()) if len(later) else None

    def _strike(self, expiry: int | None, offset: float, right: int = 0) -> float | None:
        if expiry is None:
            return None
        mask = self.columns.expiry[self.chosen] == expiry
        if right:
            mask &= self.columns.right[self.chosen] == right
        strikes = np.unique(self.columns.strike[self.chosen][mask])
        if not len(strikes):
            return None
        distance = np.abs(strikes - (self.columns.underlying_price + offset))
        return float(strikes[int(np.argmin(distance))])

    def _legs(
        self, legs: Iterable[tuple[int, float | None, int | None]], *, distinct: int = 0
    ) -> "OptionFilterUniverse":
        wanted = list(legs)
        found: list[int] = []
        c = self.columns
        for right, strike, expiry in wanted:
            match = (
                self.chosen[
                    (c.right[self.chosen] == right)
                    & (c.strike[self.chosen] == strike)
                    & (c.expiry[self.chosen] == expiry)
                ]
                if strike is not None and expiry is not None
                else []
            )
            if not len(match):
                found = []
                break
            found.append(int(match[0]))
        if distinct and len({s for _, s, _ in wanted}) < distinct:
            found = []
        self.chosen = np.array(sorted(set(found)), np.int64)
        return self  # type: ignore[return-value]

    def naked_call(self, min_days_till_expiry: int = 30, strike_from_atm: float = 0) -> "OptionFilterUniverse":
        """One call."""
        e = self._expiry(min_days_till_expiry)
        return self._legs([(CALL, self._strike(e, strike_from_atm, CALL), e)])

    def naked_put(self, min_days_till_expiry: int = 30, strike_from_atm: float = 0) -> "OptionFilterUniverse":
        """One put."""
        e = self._expiry(min_days_till_expiry)
        return self._legs([(PUT, self._strike(e, strike_from_atm, PUT), e)])

    def _spread(self, right: int, days: int, higher: float, lower: float | None) -> "OptionFilterUniverse":
        e = self._expiry(days)
        low = -higher if lower is None else lower
        return self._legs(
            [(right, self._strike(e, higher, right), e), (right, self._strike(e, low, right), e)], distinct=2
        )

    def call_spread(
        self,
        min_days_till_expiry: int = 30,
        higher_strike_from_atm: float = 5,
        lower_strike_from_atm: float | None = None,
    ) -> "OptionFilterUniverse":
        """Two calls of one expiry."""
        return self._spread(CALL, min_days_till_expiry, higher_strike_from_atm, lower_strike_from_atm)

    def put_spread(
        self,
        min_days_till_expiry: int = 30,
        higher_strike_from_atm: float = 5,
        lower_strike_from_atm: float | None = None,
    ) -> "OptionFilterUniverse":
        """Two puts of one expiry."""
        return self._spread(PUT, min_days_till_expiry, higher_strike_from_atm, lower_strike_from_atm)

    def _calendar(self, right: int, offset: float, near: int, far: int) -> "OptionFilterUniverse":
        first = self._expiry(near)
        second = self._expiry(far, first or 0)
        strike = self._strike(first, offset, right)
        return self._legs([(right, strike, first), (right, strike, second)])

    def call_calendar_spread(
        self, strike_from_atm: float = 0, min_near_days_till_expiry: int = 30, min_far_days_till_expiry: int = 60
    ) -> "OptionFilterUniverse":
        """One strike, two expiries."""
        return self._calendar(CALL, strike_from_atm, min_near_days_till_expiry, min_far_days_till_expiry)

    def put_calendar_spread(
        self, strike_from_atm: float = 0, min_near_days_till_expiry: int = 30, min_far_days_till_expiry: int = 60
    ) -> "OptionFilterUniverse":
        """One strike, two expiries."""
        return self._calendar(PUT, strike_from_atm, min_near_days_till_expiry, min_far_days_till_expiry)

    def strangle(
        self, min_days_till_expiry: int = 30, call_strike_from_atm: float = 5, put_strike_from_atm: float = -5
    ) -> "OptionFilterUniverse":
        """A call above and a put below."""
        e = self._expiry(min_days_till_expiry)
        return self._legs(
            [
                (CALL, self._strike(e, call_strike_from_atm, CALL), e),
                (PUT, self._strike(e, put_strike_from_atm, PUT), e),
            ],
            distinct=2,
        )

    def straddle(self, min_days_till_expiry: int = 30) -> "OptionFilterUniverse":
        """Call and put at the money."""
        e = self._expiry(min_days_till_expiry)
        strike = self._strike(e, 0)
        return self._legs([(CALL, strike, e), (PUT, strike, e)])

    def protective_collar(
        self, min_days_till_expiry: int = 30, call_strike_from_atm: float = 5, put_strike_from_atm: float = -5
    ) -> "OptionFilterUniverse":
        """A call above and a put below."""
        return self.strangle(min_days_till_expiry, call_strike_from_atm, put_strike_from_atm)

    def conversion(self, min_days_till_expiry: int = 30, strike_from_atm: float = 5) -> "OptionFilterUniverse":
        """Call and put of one strike."""
        e = self._expiry(min_days_till_expiry)
        strike = self._strike(e, strike_from_atm)
        return self._legs([(CALL, strike, e), (PUT, strike, e)])

    def _butterfly(self, right: int, days: int, width: float) -> "OptionFilterUniverse":
        e = self._expiry(days)
        middle = self._strike(e, 0, right)
        upper, lower = self._strike(e, width, right), self._strike(e, -width, right)
        if middle is None or upper is None or lower is None or upper - middle != middle - lower:
            return self._legs([(right, None, e)])
        return self._legs([(right, k, e) for k in (upper, middle, lower)], distinct=3)

    def call_butterfly(self, min_days_till_expiry: int = 30, strike_spread: float = 5) -> "OptionFilterUniverse":
        """Three equidistant calls."""
        return self._butterfly(CALL, min_days_till_expiry, strike_spread)

    def put_butterfly(self, min_days_till_expiry: int = 30, strike_spread: float = 5) -> "OptionFilterUniverse":
        """Three equidistant puts."""
        return self._butterfly(PUT, min_days_till_expiry, strike_spread)

    def iron_butterfly(self, min_days_till_expiry: int = 30, strike_spread: float = 5) -> "OptionFilterUniverse":
        """Straddle at the money with equidistant wings."""
        e = self._expiry(min_days_till_expiry)
        middle = self._strike(e, 0)
        upper, lower = self._strike(e, strike_spread, CALL), self._strike(e, -strike_spread, PUT)
        if middle is None or upper is None or lower is None or upper - middle != middle - lower:
            return self._legs([(CALL, None, e)])
        return self._legs([(CALL, upper, e), (CALL, middle, e), (PUT, middle, e), (PUT, lower, e)], distinct=3)

    def iron_condor(
        self, min_days_till_expiry: int = 30, near_strike_spread: float = 5, far_strike_spread: float = 10
    ) -> "OptionFilterUniverse":
        """Two calls above, two puts below."""
        e = self._expiry(min_days_till_expiry)
        near_c, far_c = self._strike(e, near_strike_spread, CALL), self._strike(e, far_strike_spread, CALL)
        near_p, far_p = self._strike(e, -near_strike_spread, PUT), self._strike(e, -far_strike_spread, PUT)
        return self._legs([(CALL, near_c, e), (CALL, far_c, e), (PUT, near_p, e), (PUT, far_p, e)], distinct=4)

    def box_spread(self, min_days_till_expiry: int = 30, strike_spread: float = 5) -> "OptionFilterUniverse":
        """Calls and puts of two strikes."""
        e = self._expiry(min_days_till_expiry)
        high, low = self._strike(e, strike_spread, CALL), self._strike(e, -strike_spread, CALL)
        return self._legs([(r, k, e) for k in (high, low) for r in (CALL, PUT)], distinct=2)

    def jelly_roll(
        self, strike_from_atm: float = 0, min_near_days_till_expiry: int = 30, min_far_days_till_expiry: int = 60
    ) -> "OptionFilterUniverse":
        """Call and put of one strike in two expiries."""
        first = self._expiry(min_near_days_till_expiry)
        second = self._expiry(min_far_days_till_expiry, first or 0)
        strike = self._strike(first, strike_from_atm)
        return self._legs([(r, strike, e) for r in (CALL, PUT) for e in (first, second)])

    def _ladder(self, right: int, days: int, offsets: tuple[float, float, float]) -> "OptionFilterUniverse":
        e = self._expiry(days)
        return self._legs([(right, self._strike(e, offset, right), e) for offset in offsets], distinct=3)

    def call_ladder(
        self,
        min_days_till_expiry: int,
        higher_strike_from_atm: float,
        middle_strike_from_atm: float,
        lower_strike_from_atm: float,
    ) -> "OptionFilterUniverse":
        """Three calls."""
        return self._ladder(
            CALL, min_days_till_expiry, (higher_strike_from_atm, middle_strike_from_atm, lower_strike_from_atm)
        )

    def put_ladder(
        self,
        min_days_till_expiry: int,
        higher_strike_from_atm: float,
        middle_strike_from_atm: float,
        lower_strike_from_atm: float,
    ) -> "OptionFilterUniverse":
        """Three puts."""
        return self._ladder(
            PUT, min_days_till_expiry, (higher_strike_from_atm, middle_strike_from_atm, lower_strike_from_atm)
        )
