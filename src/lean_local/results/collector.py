"""Takes what the engine reports while an algorithm runs and turns it into a result.

Facts: LEAN `Engine/Results/BaseResultsHandler.cs` (Sample and its parts), `BacktestingResultHandler.cs`.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lean_local.enums import SeriesType
from lean_local.errors import AlgorithmError
from lean_local.orders.records import OrderEventRecord, OrderRecord
from lean_local.results.capacity import CapacityEstimate, CapacityMarket
from lean_local.results.charts import (
    BENCHMARK,
    CAPACITY,
    DRAWDOWN,
    EXPOSURE,
    MARGIN,
    SALES_VOLUME,
    STRATEGY_EQUITY,
    TURNOVER,
    ChartBook,
    Value,
)
from lean_local.results.log import LogBook
from lean_local.results.margin_chart import add_margin_sample
from lean_local.results.numbers import (
    ZERO,
    currency_symbol,
    divide,
    from_double,
    multiply,
    round_places,
    subtract,
)
from lean_local.results.performance import Gathered, RateOfDate, Statistics, statistics_of
from lean_local.results.records import DailySample, FillFact, FinalFacts, ProfitFact, RunFacts, Trade
from lean_local.results.result import BacktestResult, build_result
from lean_local.results.sampling import EquitySampler, local_dates, resample_period_ticks
from lean_local.results.trades import TradeBuilder
from lean_local.symbols import Symbol

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
Number = Decimal | float | int


def _decimal(value: Number) -> Decimal:
    return value if isinstance(value, Decimal) else from_double(float(value))


@dataclass(slots=True)
class _Daily:
    """What one daily sample needs of the ones before."""

    value: Decimal
    highest: Decimal
    sale_volume: tuple[Decimal, Decimal] = (ZERO, ZERO)  # at the last two turnover samples, latest first
    turnover_utc_ms: int | None = None


class ResultCollector:
    """One per run. Every method takes UTC ms and decimals; `finish` ends the collecting."""

    def __init__(self, facts: RunFacts, trades: TradeBuilder | None = None) -> None:
        """:param trades: what makes trades of fills; None: LEAN's default"""
        self.facts = facts
        self.charts = ChartBook()
        self.trades = trades or TradeBuilder()
        self.logs = LogBook(facts.time_zone)
        self.order_events: list[OrderEventRecord] = []
        self.profits: dict[int, ProfitFact] = {}
        self.runtime_statistics: dict[str, str] = {}
        self.summary_statistics: dict[str, str] = {}
        self._sampler = EquitySampler(resample_period_ticks(facts.start_utc_ms, facts.end_utc_ms, facts.time_zone))
        self._daily = _Daily(facts.starting_value, facts.starting_value)
        self._currency = currency_symbol(facts.account_currency)
        self._capacity: CapacityEstimate | None = None

    def attach_capacity(self, market: CapacityMarket) -> None:
        """Estimate the strategy's capacity with the bars and holdings that `market` shows.

        Without it the chart and the two rows of the table are absent: the results room sees no market volume.
        """
        first, last = local_dates(self.facts.start_utc_ms, self.facts.end_utc_ms, self.facts.time_zone)
        days = (last - first).days + 1
        self._capacity = CapacityEstimate(market, first.toordinal() - _EPOCH_ORDINAL, days)

    @property
    def closed_trades(self) -> list[Trade]:
        """Trades closed so far, in closing order."""
        return self.trades.closed

    def sample_equity(self, utc_ms: int, value: Decimal) -> None:
        """Take the portfolio value at the end of a time step."""
        if self._capacity is not None:
            self._capacity.update(utc_ms)
        before = len(self._sampler.candles)
        self._sampler.step(utc_ms, value)
        if len(self._sampler.candles) > before:
            self.logs.flush()

    def pass_step(self, utc_ms: int) -> None:
        """A time step of the warm-up: nothing is sampled, but messages are written when a sample would be due."""
        if self._sampler.is_due(utc_ms):
            self.logs.flush()

    def sample_day(self, sample: DailySample) -> None:
        """Take the portfolio at a midnight of the algorithm time zone, and once more at the end."""
        ms, value, daily = sample.utc_ms, sample.portfolio_value, self._daily
        change = ZERO
        if daily.value:
            change = divide(multiply(subtract(value, daily.value), Decimal(100)), daily.value)
        daily.highest = max(daily.highest, value)
        self._sampler.close_at(ms, value)
        self._append(BENCHMARK, BENCHMARK, ms, sample.benchmark_price, unit="$")
        returns = self.charts.chart(STRATEGY_EQUITY).get("Return", "%", 1, SeriesType.BAR)
        returns.append_later(ms, round_places(change, 10))
        if daily.highest:
            fall = multiply(subtract(divide(value, daily.highest), Decimal(1)), Decimal(100))
            self._append(DRAWDOWN, "Equity Drawdown", ms, round_places(fall, 2), unit="%")
        self._sample_sales(sample)
        if value:
            self._sample_exposure(sample)
        if self._capacity is not None:
            self._append(CAPACITY, "Strategy Capacity", ms, self._capacity.amount, unit=self._currency)
        if value:
            self._sample_turnover(sample)
        add_margin_sample(self.charts.chart(MARGIN), ms, value, sample.margins)
        daily.value = value

    def sample_end(self, sample: DailySample, now_ms: int) -> None:
        """Take the last sample of a run without an error: LEAN forces a capacity snapshot and a candle before it."""
        if self._capacity is not None:
            self._capacity.update(now_ms, force=True)
        self._sampler.close_at(now_ms, sample.portfolio_value)
        self.sample_day(sample)

    def _append(self, chart: str, series: str, utc_ms: int, value: Value, *, unit: str) -> None:
        self.charts.chart(chart).get(series, unit).append_later(utc_ms, value)

    def _sample_sales(self, sample: DailySample) -> None:
        sold = [(ticker, volume) for ticker, volume in sample.sale_volumes if volume]
        for ticker, volume in sorted(sold, key=lambda item: -item[1])[:30]:
            series = self.charts.chart(SALES_VOLUME).get(ticker, self._currency, 0, SeriesType.TREEMAP)
            series.append_later(sample.utc_ms, volume)

    def _sample_exposure(self, sample: DailySample) -> None:
        for side, values in (("Long", sample.long_exposure), ("Short", sample.short_exposure)):
            for kind, worth in values.items():
                ratio = round_places(divide(worth, sample.portfolio_value), 4)
                self._append(EXPOSURE, f"{kind} - {side} Ratio", sample.utc_ms, ratio, unit="")

    def _sample_turnover(self, sample: DailySample) -> None:
        if sample.utc_ms == self.facts.start_utc_ms:
            return
        # A second sample of one moment replaces the first and so counts from the sample before it.
        latest, earlier = self._daily.sale_volume
        base = earlier if self._daily.turnover_utc_ms == sample.utc_ms else latest
        turnover = divide(subtract(sample.total_sale_volume, base), sample.portfolio_value)
        self.charts.chart(TURNOVER).get(TURNOVER, "%").put(sample.utc_ms, turnover)
        self._daily.sale_volume = (sample.total_sale_volume, latest)
        self._daily.turnover_utc_ms = sample.utc_ms

    def order_event(self, event: OrderEventRecord) -> None:
        """Take an order event, in the order the algorithm saw them."""
        self.order_events.append(event)

    def fill(self, fact: FillFact) -> None:
        """Take a fill: builds trades. Option exercises are fills at 0 or the strike."""
        self.trades.fill(fact)
        if self._capacity is not None:
            self._capacity.fill(fact.symbol, fact.utc_ms, fact.price, fact.quantity)

    def price(self, symbol: Symbol, price: Decimal) -> None:
        """Show a security's new price: feeds the excursions (MAE, MFE) of its pending trades."""
        self.trades.price(symbol, price)

    def split(self, symbol: Symbol, factor: Decimal) -> None:
        """Restate the pending trades of a security for a split."""
        self.trades.split(symbol, factor)

    def profit(self, fact: ProfitFact) -> None:
        """Take a closing transaction; one at a time already taken moves on by 1 ms, as in LEAN."""
        ms = fact.utc_ms
        while ms in self.profits:
            ms += 1
        self.profits[ms] = fact

    def log(self, utc_ms: int, text: str) -> None:
        """Take a `log` line."""
        self.logs.add("log", utc_ms, text)

    def debug(self, utc_ms: int, text: str) -> None:
        """Take a `debug` line."""
        self.logs.add("debug", utc_ms, text)

    def engine_line(self, utc_ms: int | None, text: str) -> None:
        """Take a message of the engine; None for the time of `initialize`."""
        self.logs.add_line(utc_ms, text)

    def error(self, utc_ms: int, text: str) -> None:
        """Take an `error` line."""
        self.logs.add("error", utc_ms, text)

    def plot(
        self,
        chart: str,
        series: str,
        utc_ms: int,
        value: Number | tuple[Number, Number, Number, Number],
        *,
        unit: str = "$",
        index: int = 0,
        series_type: SeriesType | None = None,
        style: dict[str, str | None] | None = None,
    ) -> None:
        """Take a point of the algorithm's own series; four numbers are a candle. The same moment twice: last wins."""
        is_candle = isinstance(value, tuple)
        kind = series_type if series_type is not None else (SeriesType.CANDLE if is_candle else SeriesType.LINE)
        target = self.charts.chart(chart).get(series, unit, index, kind)
        for name, text in (style or {}).items():
            setattr(target, name, text)
        if isinstance(value, tuple):
            first, high, low, last = (_decimal(part) for part in value)
            target.put(utc_ms, (first, high, low, last))
        else:
            target.put(utc_ms, _decimal(value))

    def runtime_statistic(self, name: str, text: str) -> None:
        """Set a banner statistic."""
        self.runtime_statistics[name] = text

    def summary_statistic(self, name: str, text: str) -> None:
        """Set a row of the statistics table; LEAN's own rows cannot be replaced."""
        self.summary_statistics[name] = text

    def statistics(self, final: FinalFacts, orders: Sequence[OrderRecord], interest_rates: RateOfDate) -> Statistics:
        """All statistics of what was taken so far: what an algorithm sees while it runs."""
        return statistics_of(self._gather(final, orders), interest_rates)

    def finish(
        self,
        final: FinalFacts,
        orders: Sequence[OrderRecord],
        interest_rates: RateOfDate,
    ) -> BacktestResult:
        """Compute everything; `interest_rates` gives the annual risk-free rate of a date as a fraction."""
        self.logs.flush()
        if self._capacity is not None:
            with suppress(AlgorithmError):  # a margin model of the algorithm's that fails: the estimate stays as it was
                self._capacity.update(final.utc_ms, force=True)  # once more: `BacktestingResultHandler.Exit`
        self._sampler.close_at(final.utc_ms, final.portfolio_value)
        return build_result(self._gather(final, orders), interest_rates)

    def _gather(self, final: FinalFacts, orders: Sequence[OrderRecord]) -> Gathered:
        equity = self.charts.chart(STRATEGY_EQUITY).get("Equity", self._currency, 0, SeriesType.CANDLE)
        equity.points = [(ms, (first, high, low, last)) for ms, first, high, low, last in self._sampler.candles]
        return Gathered(
            facts=self.facts,
            final=final,
            orders=tuple(sorted(orders, key=lambda order: order.id)),
            order_events=tuple(self.order_events),
            trades=tuple(self.trades.closed),
            profits=dict(sorted(self.profits.items())),
            charts=self.charts.ordered(),
            log_lines=tuple(self.logs.lines),
            runtime_statistics=dict(self.runtime_statistics),
            summary_statistics=dict(self.summary_statistics),
            capacity=self._capacity.text() if self._capacity is not None else None,
        )
