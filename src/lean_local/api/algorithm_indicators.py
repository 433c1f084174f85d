"""Indicator helpers of QCAlgorithm: `self.sma(symbol, 20)` and all others, made from one table (semantics §8.6)."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from lean_local.api import (
    indicator_windows,
    indicators,
    indicators_bars,
    indicators_channels,
    indicators_composite,
    indicators_pairs,
    indicators_trends,
    indicators_volume,
    moving_averages,
)
from lean_local.api.algorithm_consolidation import ConsolidationMethods, as_registered_symbol
from lean_local.api.consolidators import span_of
from lean_local.api.fields import Field, data_type_of
from lean_local.api.indicator_base import Indicator
from lean_local.api.indicator_history import IndicatorHistory, values_over
from lean_local.enums import DataNormalizationMode, MovingAverageType, Resolution, SecurityType
from lean_local.securities.manager import as_symbol
from lean_local.symbols import Symbol

LABELS = {
    Resolution.TICK: "tick",
    Resolution.SECOND: "sec",
    Resolution.MINUTE: "min",
    Resolution.HOUR: "hr",
    Resolution.DAILY: "day",
}
_SIMPLE = {"moving_average_type": MovingAverageType.SIMPLE}
_POINTS: dict[str, type[Indicator]] = {
    "alma": moving_averages.ArnaudLegouxMovingAverage,
    "apo": indicators_composite.AbsolutePriceOscillator,
    "bb": indicators_composite.BollingerBands,
    "cc": indicators_composite.CoppockCurve,
    "cmo": indicators.ChandeMomentumOscillator,
    "dema": moving_averages.DoubleExponentialMovingAverage,
    "dpo": indicators_composite.DetrendedPriceOscillator,
    "ema": moving_averages.ExponentialMovingAverage,
    "hma": moving_averages.HullMovingAverage,
    "kama": moving_averages.KaufmanAdaptiveMovingAverage,
    "ker": moving_averages.KaufmanEfficiencyRatio,
    "logr": indicators.LogReturn,
    "lsma": indicators_composite.LeastSquaresMovingAverage,
    "lwma": moving_averages.LinearWeightedMovingAverage,
    "macd": indicators_composite.MovingAverageConvergenceDivergence,
    "mad": indicators.MeanAbsoluteDeviation,
    "max": indicators.Maximum,
    "midpoint": indicators_composite.MidPoint,
    "min": indicators.Minimum,
    "mom": indicators.Momentum,
    "momp": indicators.MomentumPercent,
    "ppo": indicators_composite.PercentagePriceOscillator,
    "rc": indicators_composite.RegressionChannel,
    "rma": indicators_composite.RelativeMovingAverage,
    "roc": indicators.RateOfChange,
    "rocp": indicators.RateOfChangePercent,
    "rocr": indicators.RateOfChangeRatio,
    "rsi": indicators.RelativeStrengthIndex,
    "sma": moving_averages.SimpleMovingAverage,
    "srsi": indicators_composite.StochasticRelativeStrengthIndex,
    "std": indicators.StandardDeviation,
    "sum": indicator_windows.Sum,
    "t3": moving_averages.T3MovingAverage,
    "tema": moving_averages.TripleExponentialMovingAverage,
    "trima": moving_averages.TriangularMovingAverage,
    "trix": indicators_composite.Trix,
    "tsi": indicators_composite.TrueStrengthIndex,
    "var": indicators.Variance,
    "vidya": indicators.VariableIndexDynamicAverage,
    "wwma": moving_averages.WilderMovingAverage,
    "zlema": moving_averages.ZeroLagExponentialMovingAverage,
}
_BARS: dict[str, type[Indicator]] = {
    "abands": indicators_channels.AccelerationBands,
    "ad": indicators_volume.AccumulationDistribution,
    "adosc": indicators_volume.AccumulationDistributionOscillator,
    "adx": indicators_bars.AverageDirectionalIndex,
    "adxr": indicators_bars.AverageDirectionalMovementIndexRating,
    "ao": indicators_channels.AwesomeOscillator,
    "aroon": indicators_channels.AroonOscillator,
    "asi": indicators_bars.WilderAccumulativeSwingIndex,
    "atr": indicators_bars.AverageTrueRange,
    "bop": indicators_bars.BalanceOfPower,
    "cci": indicators_bars.CommodityChannelIndex,
    "chop": indicators_channels.ChoppinessIndex,
    "cmf": indicators_volume.ChaikinMoneyFlow,
    "co": indicators_volume.ChaikinOscillator,
    "dch": indicators_channels.DonchianChannel,
    "fi": indicators_volume.ForceIndex,
    "heikin_ashi": indicators_channels.HeikinAshi,
    "ibs": indicators_bars.InternalBarStrength,
    "ichimoku": indicators_trends.IchimokuKinkoHyo,
    "kch": indicators_channels.KeltnerChannels,
    "mass": indicators_volume.MassIndex,
    "mfi": indicators_volume.MoneyFlowIndex,
    "midprice": indicators_channels.MidPrice,
    "natr": indicators_bars.NormalizedAverageTrueRange,
    "obv": indicators_volume.OnBalanceVolume,
    "psar": indicators_trends.ParabolicStopAndReverse,
    "sarext": indicators_trends.ParabolicStopAndReverseExtended,
    "si": indicators_bars.WilderSwingIndex,
    "sto": indicators_channels.Stochastic,
    "str": indicators_channels.SuperTrend,
    "tr": indicators_bars.TrueRange,
    "ultosc": indicators_channels.UltimateOscillator,
    "vtx": indicators_channels.Vortex,
    "vwma": indicators_volume.VolumeWeightedMovingAverage,
    "wilr": indicators_channels.WilliamsPercentR,
}
_TRADED = (SecurityType.EQUITY, SecurityType.INDEX)
_DEFAULTS = {"atr": _SIMPLE}  # where the helper's default differs from the constructor's
_RESOLUTIONS = {"asi": Resolution.DAILY, "si": Resolution.DAILY}  # where a helper without one does not take the data's
_SELECTORS = {"max": Field.HIGH, "min": Field.LOW}  # of the bars of traded securities
_PAIRS: dict[str, type[indicators_pairs.PairIndicator]] = {
    "b": indicators_pairs.Beta,
    "c": indicators_pairs.Correlation,
    "cov": indicators_pairs.Covariance,
}


_LONGEST_FIRST = (Resolution.DAILY, Resolution.HOUR, Resolution.MINUTE)


class IndicatorMethods(ConsolidationMethods):
    """Mixed into QCAlgorithm; the helpers of the tables above are attached below."""

    settings: Any

    def create_indicator_name(self, symbol: Any, type: str, resolution: Any = None) -> str:  # noqa: A002
        """LEAN's name of an indicator: `SMA(10,SPY_min)`."""
        found = as_symbol(symbol)
        if resolution is None and found is not None:
            resolution = self.securities[found].resolution
        parts = [*([str(found)] if found is not None else []), LABELS.get(resolution, "")]
        return f"{type}({'_'.join(parts)})".replace(")(", ",")

    def register_indicator(self, symbol: Any, indicator: Any, period: Any = None, selector: Any = None) -> None:
        """Update an indicator with a symbol's bars, through a consolidator, a resolution or a span."""
        if not hasattr(indicator, "update") and not hasattr(indicator, "Update"):
            raise TypeError(f"An indicator has `update`; {type(indicator).__name__} has not.")
        found = as_registered_symbol(symbol)
        consolidator: Any = period if hasattr(period, "data_consolidated") else self.resolve_consolidator(found, period)
        consolidator.data_consolidated += lambda _sender, bar: _feed(indicator, bar, selector)
        if hasattr(indicator, "consolidators"):
            indicator.consolidators.append(consolidator)
        self._run.consolidators.add(found, consolidator)

    def unregister_indicator(self, indicator: Any) -> None:
        """Stop updating an indicator; its values stay."""
        for consolidator in indicator.consolidators:
            self._run.consolidators.remove(None, consolidator)
        indicator.consolidators.clear()

    def deregister_indicator(self, indicator: Any) -> None:
        """Same as `unregister_indicator`."""
        self.unregister_indicator(indicator)

    def warm_up_indicator(self, symbol: Any, indicator: Any, period: Any = None, selector: Any = None) -> None:
        """Feed an indicator with history until it is ready; several symbols step by step."""
        symbols = [
            as_registered_symbol(s)
            for s in (symbol if isinstance(symbol, Sequence) and not isinstance(symbol, str) else [symbol])
        ]
        needed = int(getattr(indicator, "warm_up_period", 0) or 0)
        if not needed:
            return
        if isinstance(period, timedelta):
            bars = [bar for s in symbols for bar in self._spans(s, needed, period)]
            bars.sort(key=lambda b: b.end_time)
        else:
            bars = self._run.pushed(symbols, [needed], self._data_options(indicator, period), data_type_of(selector))
        for bar in bars:
            _feed(indicator, bar, selector)

    def _data_options(self, indicator: Any, resolution: Any) -> dict[str, Any]:
        """Options of a history request for an indicator; those of options on shares take the prices of the time."""
        option = getattr(indicator, "option_symbol", None)
        raw = option is not None and option.underlying.security_type == SecurityType.EQUITY
        mode = DataNormalizationMode.SCALED_RAW if raw else None
        return {"resolution": resolution, "data_normalization_mode": mode}

    def indicator_history(self, indicator: Any, subject: Any, *rest: Any, **named: Any) -> IndicatorHistory:
        """The values of an indicator over past data.

        `(indicator, symbol(s), periods | span | start, end[, resolution, selector])` or `(indicator, slices[,
        selector])`. The indicator is reset first; data it needs to get ready come before the asked ones.
        """
        given = [named.pop("selector", None), *(r for r in rest if callable(r))]
        selector = next((s for s in given if s is not None), None)

        def feed(target: Any, point: Any) -> None:
            _feed(target, point, selector)

        many = not isinstance(subject, str) and as_symbol(subject) is None
        if many and any(hasattr(s, "bars") for s in subject):
            return values_over(indicator, [point for s in subject for point in s.values()], feed)
        symbols = [as_registered_symbol(s) for s in (subject if many else [subject])]
        span, resolution = _span_and_resolution([r for r in rest if not callable(r)], named)
        options = self._data_options(indicator, resolution)
        wide = self._widened(indicator, symbols, span, options)
        return values_over(indicator, self._run.pushed(symbols, wide, options, data_type_of(selector)), feed)

    def _widened(self, indicator: Any, symbols: list[Symbol], span: list[Any], options: dict[str, Any]) -> list[Any]:
        """The span with what the indicator needs before it."""
        more = max(int(getattr(indicator, "warm_up_period", 0) or 0) - 1, 0)
        if isinstance(span[0], int):
            return [span[0] + more if span[0] > 0 else more + 1]
        now = self._run.state.clock.local
        start, end = (now - span[0], now) if isinstance(span[0], timedelta) else (span[0], span[1])
        if more:
            start = min(start, *(self._run.start_before(s, start, more, options["resolution"]) for s in symbols))
        return [start, end]

    def _spans(self, symbol: Symbol, needed: int, period: timedelta) -> list[Any]:
        """Bars of a span, made of those of the longest resolution that fits into it."""
        made: list[Any] = []
        consolidator = self.resolve_consolidator(symbol, period)
        consolidator.data_consolidated += lambda _sender, bar: made.append(bar)
        resolution = next((r for r in _LONGEST_FIRST if span_of(r) <= period), Resolution.SECOND)
        count = needed * max(period // span_of(resolution), 1)
        for bar in self._run.pushed([symbol], [count], {"resolution": resolution}):
            if isinstance(bar, consolidator.input_type):
                consolidator.update(bar)
        consolidator.scan(self.securities[symbol].local_time)
        return made

    def _initialize(self, indicator: Any, symbols: list[Symbol], resolution: Any, selector: Any) -> Any:
        for symbol in symbols:
            consolidator = self.resolve_consolidator(symbol, resolution, data_type_of(selector))
            self.register_indicator(symbol, indicator, consolidator, selector)
        if self.settings.automatic_indicator_warm_up:
            self.warm_up_indicator(symbols if len(symbols) > 1 else symbols[0], indicator, resolution, selector)
        return indicator

    def vwap(self, symbol: Any, period: Any = None, resolution: Any = None, selector: Any = None) -> Any:
        """Volume weighted average price: of the day, or of n bars."""
        found = as_registered_symbol(symbol)
        if period is None:
            kind: Any = indicators_volume.IntradayVwap
            return self._initialize(kind(self.create_indicator_name(found, "VWAP")), [found], None, None)
        kind = indicators_volume.VolumeWeightedAveragePriceIndicator
        name = self.create_indicator_name(found, f"VWAP({period})", resolution)
        return self._initialize(kind(name, period), [found], resolution, selector)

    def identity(self, symbol: Any, *arguments: Any, **named: Any) -> Any:
        """`identity(symbol[, resolution][, selector][, field_name])`: the values themselves."""
        found = as_registered_symbol(symbol)
        resolution, selector, field = _identity_arguments(arguments, named)
        made = indicator_windows.Identity(self.create_indicator_name(found, field or "close", resolution))
        return self._initialize(made, [found], resolution, selector)

    def filtered_identity(
        self,
        symbol: Any,
        resolution: Any = None,
        selector: Any = None,
        filter: Any = None,  # noqa: A002
        field_name: Any = None,
    ) -> Any:
        """The last value that passes a filter."""
        found = as_registered_symbol(symbol)
        name = self.create_indicator_name(found, field_name or "close", resolution)
        return self._initialize(indicators_trends.FilteredIdentity(name, filter), [found], resolution, selector)


def _feed(indicator: Any, bar: Any, selector: Any) -> None:
    if selector is None:
        indicator.update(bar)
        return
    value = selector(bar)
    if isinstance(value, int | float):
        indicator.update(bar.end_time, float(value))
    else:
        indicator.update(value)


def _span_and_resolution(rest: list[Any], named: dict[str, Any]) -> tuple[list[Any], Any]:
    """The span of an indicator's history (a number, a timedelta, or start and end), and the resolution."""
    from lean_local.engine.history_requests import read_arguments  # noqa: PLC0415  the engine knows the api

    asked = read_arguments(rest, {{"period": "periods"}.get(name, name): value for name, value in named.items()})
    return asked.span, asked.options.get("resolution")


def _identity_arguments(arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, Any, Any]:
    resolution, selector, field = (named.get(n) for n in ("resolution", "selector", "field_name"))
    for argument in arguments:
        if isinstance(argument, Resolution | timedelta):
            resolution = argument
        elif callable(argument):
            selector = argument
        elif isinstance(argument, str):
            field = argument
    return resolution, selector, field


def _split(arguments: tuple[Any, ...], named: dict[str, Any], most: int) -> tuple[list[Any], Any, Any]:
    """Parameters, resolution and selector of a helper's arguments."""
    values: list[Any] = []
    rest = list(arguments)
    while rest and len(values) < most and not isinstance(rest[0], Resolution | timedelta) and not callable(rest[0]):
        if rest[0] is None:
            break
        values.append(rest.pop(0))
    resolution = named.pop("resolution", rest[0] if rest else None)
    selector = named.pop("selector", rest[1] if len(rest) > 1 else None)
    return values, resolution, selector


def _helper(name: str, kind: type[Indicator]) -> Callable[..., Any]:
    defaults = _DEFAULTS.get(name, {})

    def make(self: IndicatorMethods, symbol: Any, *arguments: Any, **named: Any) -> Any:
        found = as_registered_symbol(symbol)
        values, resolution, selector = _split(arguments, named, len(kind.parameters))
        resolution = _RESOLUTIONS.get(name) if resolution is None else resolution
        if selector is None and name in _SELECTORS and found.security_type in _TRADED:
            selector = _SELECTORS[name]
        parameters = kind.read(values, named, defaults)
        label = self.create_indicator_name(found, kind.name_of(parameters), resolution)
        return self._initialize(kind(label, **parameters), [found], resolution, selector)

    make.__name__, make.__doc__ = name, kind.__doc__
    return make


def _pair_helper(name: str, kind: type[indicators_pairs.PairIndicator]) -> Callable[..., Any]:
    def make(self: IndicatorMethods, target: Any, reference: Any, *arguments: Any, **named: Any) -> Any:
        pair = [as_registered_symbol(target), as_registered_symbol(reference)]
        values, resolution, selector = _split(arguments, named, 2)
        values += [named[k] for k in ("period", "correlation_type") if k in named]
        label = self.create_indicator_name(None, f"{kind.label}({values[0]})", resolution)
        return self._initialize(kind(label, *pair, *values), pair, resolution, selector)

    make.__name__, make.__doc__ = name, kind.__doc__
    return make


for _name, _kind in (_POINTS | _BARS).items():
    setattr(IndicatorMethods, _name, _helper(_name, _kind))
for _name, _pair in _PAIRS.items():
    setattr(IndicatorMethods, _name, _pair_helper(_name, _pair))
