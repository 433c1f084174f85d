"""Insights: predictions that alpha models make (`Common/Algorithm/Framework/Alphas/Insight.cs`, `InsightScore.cs`)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from lean_local.api.indicator_base import NO_TIME
from lean_local.enums import InsightDirection, InsightScoreType, InsightType, Resolution
from lean_local.framework.periods import Period, close_after
from lean_local.naming import LeanObject
from lean_local.securities.exchange import Calendar
from lean_local.symbols import Symbol, SymbolCache

ONE_SECOND = timedelta(seconds=1)
_NEVER = NO_TIME.replace(tzinfo=UTC)


def as_utc(moment: datetime) -> datetime:
    """A UTC time with its zone: naive ones are UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class InsightScore(LeanObject):
    """How good an insight was, by direction and magnitude, each from 0 to 1."""

    def __init__(self, direction: float = 0.0, magnitude: float = 0.0, updated_time_utc: datetime = NO_TIME) -> None:
        self.direction, self.magnitude = direction, magnitude
        self.updated_time_utc = updated_time_utc
        self.is_final_score = False

    def set_score(self, score_type: InsightScoreType, value: float, algorithm_utc_time: datetime) -> None:
        """Set one score, cut to 0..1; a final score stays."""
        if self.is_final_score:
            return
        self.updated_time_utc = algorithm_utc_time
        cut = max(0.0, min(1.0, value))
        if InsightScoreType(score_type) == InsightScoreType.DIRECTION:
            self.direction = cut
        else:
            self.magnitude = cut

    def finalize(self, algorithm_utc_time: datetime) -> None:
        """Let the scores change no more."""
        self.is_final_score, self.updated_time_utc = True, algorithm_utc_time

    def get_score(self, score_type: InsightScoreType) -> float:
        """One score."""
        return self.direction if InsightScoreType(score_type) == InsightScoreType.DIRECTION else self.magnitude

    def __str__(self) -> str:
        return (
            f"Direction: {_plain(round(100 * self.direction, 2))} Magnitude: {_plain(round(100 * self.magnitude, 2))}"
        )


class Insight(LeanObject):
    """A prediction for one symbol. Times are UTC; `magnitude`, `confidence` and `weight` are None where not given."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """`Insight([generated_time_utc,] symbol, period or expiry function, type, direction[, tag])`.

        The long form goes on `magnitude, confidence, source_model, weight, tag`.
        """
        rest = list(arguments)
        generated = rest.pop(0) if rest and isinstance(rest[0], datetime) else named.pop("generated_time_utc", None)
        given = dict(zip(("symbol", "period", "type", "direction"), rest[:4], strict=False)) | named
        long = ("magnitude", "confidence", "source_model", "weight", "tag")
        tail = rest[4:]
        given |= (
            {"tag": tail[0]} if len(tail) == 1 and isinstance(tail[0], str) else dict(zip(long, tail, strict=False))
        )
        period = given["period"] if "period" in given else given["expiry_func"]
        self._begin(given["symbol"], Period.of(period), InsightType(given["type"]), given)
        if generated is not None:
            self.generated_time_utc = generated
            self.close_time_utc = self.generated_time_utc + self.period

    def _begin(self, symbol: Any, period: Period, kind: InsightType, given: dict[str, Any]) -> None:
        self.id: UUID = uuid4()
        self.group_id: UUID | None = None
        known = SymbolCache.get_symbol(symbol) if isinstance(symbol, str) else symbol
        self.symbol: Symbol = getattr(known, "symbol", known)
        self.type, self.direction = kind, InsightDirection(given["direction"])
        self.magnitude: float | None = given.get("magnitude")
        self.confidence: float | None = given.get("confidence")
        self.weight: float | None = given.get("weight")
        self.source_model: str | None = given.get("source_model")
        self.tag: str = given.get("tag") or ""
        self.score = InsightScore()
        self.reference_value = self.reference_value_final = self.estimated_value = 0.0
        self._period = period
        self.period: timedelta = period.length or timedelta(0)
        self._generated = self._close = _NEVER

    # --- times -------------------------------------------------------------------------------------------------
    @property
    def generated_time_utc(self) -> datetime:
        """When the insight was made."""
        return self._generated

    @generated_time_utc.setter
    def generated_time_utc(self, moment: datetime) -> None:
        """Take a moment; a naive one is UTC."""
        self._generated = as_utc(moment)

    @property
    def close_time_utc(self) -> datetime:
        """When the prediction ends."""
        return self._close

    @close_time_utc.setter
    def close_time_utc(self, moment: datetime) -> None:
        """Take a moment; a naive one is UTC."""
        self._close = as_utc(moment)

    def set_period_and_close_time(self, exchange_hours: Any) -> None:
        """Fix close time and period from the market hours. Raises ValueError without a time of generation."""
        if self._generated == _NEVER:
            raise ValueError(
                "The insight's 'GeneratedTimeUtc' property must be set before calling SetPeriodAndCloseTime."
            )
        self._close, self.period = self._period.end(self._generated, _calendar_of(exchange_hours))

    def is_expired(self, utc_time: datetime) -> bool:
        """Whether the close time has passed."""
        return self._close < as_utc(utc_time)

    def is_active(self, utc_time: datetime) -> bool:
        """Whether the close time has not passed."""
        return not self.is_expired(utc_time)

    def expire(self, utc_time: datetime) -> None:
        """End an active insight: it closes a second before the given time."""
        if self.is_active(utc_time):
            self._close = as_utc(utc_time) - ONE_SECOND
            self.period = self._close - self._generated

    def cancel(self, utc_time: datetime) -> None:
        """Same as `expire`."""
        self.expire(utc_time)

    # --- making ------------------------------------------------------------------------------------------------
    @staticmethod
    def price(symbol: Any, *arguments: Any, **named: Any) -> "Insight":
        """`price(symbol, resolution, bar_count, direction, ...)`, or with a span, a close time or a function of time.

        The rest is `magnitude, confidence, source_model, weight, tag`. Raises ValueError for less than a bar or second.
        """
        names = ["direction", "magnitude", "confidence", "source_model", "weight", "tag"]
        rest = list(arguments)
        keys = ("resolution", "period", "close_time_local", "expiry_func")
        first = rest.pop(0) if rest else next(named.pop(k) for k in keys if k in named)
        if isinstance(first, Resolution):
            count = rest.pop(0) if rest else named.pop("bar_count")
            period = Period.bars(first, int(count))
        else:
            period = Period.priced(first)
        made = Insight.__new__(Insight)
        made._begin(symbol, period, InsightType.PRICE, dict(zip(names, rest, strict=False)) | named)
        return made

    @staticmethod
    def group(*insights: Any) -> list["Insight"]:
        """Give insights one group id. Raises ValueError when one has a group already."""
        several = len(insights) == 1 and isinstance(insights[0], Iterable)
        members: list[Insight] = list(insights[0] if several else insights)
        group = uuid4()
        for insight in members:
            if insight.group_id is not None:
                raise ValueError(
                    f"Unable to set group id on insight {insight} because it has already been assigned to a group."
                )
            insight.group_id = group
        return members

    def clone(self) -> "Insight":
        """A copy with the same id."""
        made = Insight.__new__(type(self))
        made.__dict__.update(self.__dict__)
        return made

    @staticmethod
    def compute_close_time(
        exchange_hours: Any, generated_time_utc: datetime, span: Any, bar_count: int | None = None
    ) -> datetime:
        """End of a span, or of a number of bars of a resolution, in the exchange's open time."""
        period = Period.of(span) if bar_count is None else Period.bars(span, bar_count)
        return close_after(_calendar_of(exchange_hours), as_utc(generated_time_utc), period)

    # --- text --------------------------------------------------------------------------------------------------
    def _facts(self, magnitude: str, confidence: str, weight: str, tag: str) -> str:
        text = "" if self.magnitude is None else f"{magnitude}{_plain(self.magnitude)}%"
        text += "" if self.confidence is None else f"{confidence.format(_plain(round(100 * self.confidence, 1)))}"
        text += "" if self.weight is None else f"{weight.format(_plain(round(100 * self.weight, 1)))}"
        return text + (f"{tag}{self.tag}" if self.tag else "")

    def __str__(self) -> str:
        head = f"{self.id.hex}: {self.symbol} {self.type.csharp_name} {self.direction.csharp_name}"
        facts = self._facts(" by ", " with {}% confidence", " and {}% weight", ": ")
        return f"{head} within {net_span(self.period)}{facts}"

    def short_to_string(self) -> str:
        """The text without the id, in short."""
        head = f"{self.symbol.value} {self.type.csharp_name} {self.direction.csharp_name} {net_span(self.period)}"
        return head + self._facts(" M:", " C:{}%", " W:{}%", ". ")


def net_span(span: timedelta) -> str:
    """A span as .NET writes it: `1.02:03:04` or `00:05:00.5000000`."""
    sign, total = ("-", -span) if span < timedelta(0) else ("", span)
    hours, rest = divmod(total.seconds, 3600)
    text = f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
    days = f"{total.days}." if total.days else ""
    parts = f".{total.microseconds:06d}0" if total.microseconds else ""
    return f"{sign}{days}{text}{parts}"


def _plain(value: float) -> str:
    return f"{value:g}" if value == int(value) else repr(float(value))


def _calendar_of(exchange_hours: Any) -> Calendar:
    found: Calendar = getattr(exchange_hours, "calendar", exchange_hours)
    return found


__all__ = ["Insight", "InsightScore"]
