"""Slippage by market impact. LEAN `MarketImpactSlippageModel.cs`, after Almgren, Thum, Hauptmann and Li (2005)."""

import math
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lean_local.api.bars import TradeBar
from lean_local.api.consolidators import TradeBarConsolidator
from lean_local.api.net import Random
from lean_local.enums import Resolution, SecurityType
from lean_local.results.numbers import divide, from_double
from lean_local.results.statistics import variance
from lean_local.securities.cache import decimal_of
from lean_local.securities.slippage import SlippageModel

if TYPE_CHECKING:
    from lean_local.securities.security import Security

__all__ = ["MarketImpactSlippageModel"]

_SECONDS_PER_DAY = 86_400.0
_HISTORY = timedelta(days=370)
_VOLUMES, _PRICES = 10, 252  # days kept
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class _Impact:
    """Coefficients of the impact functions: permanent `gamma * x ** alpha`, temporary `eta * x ** beta`."""

    alpha: float
    beta: float
    gamma: float
    eta: float

    def permanent(self, rate: float) -> float:
        """Of a rate of trading: share of the daily volume per trading day."""
        return self.gamma * math.pow(rate, self.alpha)

    def temporary(self, rate: float) -> float:
        """Likewise."""
        return self.eta * math.pow(rate, self.beta)


class _Market:
    """Volatility and mean volume of a security's last days."""

    def __init__(self, algorithm: Any, asset: "Security", latency: float, impact_time: float) -> None:
        """:param latency: seconds between order and fill; `impact_time`: seconds until prices have settled again."""
        self.sigma = self.average_volume = 0.0
        self._closes: list[Decimal] = []  # oldest first
        self._volumes: list[Decimal] = []
        consolidator = TradeBarConsolidator(timedelta(days=1))
        consolidator.data_consolidated += self._take
        algorithm.subscription_manager.add_consolidator(asset.symbol, consolidator)
        now = algorithm.time
        for bar in algorithm.history[TradeBar](asset.symbol, now - _HISTORY, now, Resolution.DAILY):
            consolidator.update(bar)
        trading_day = asset.exchange.hours.regular_market_duration / timedelta(days=1)
        self.execution_time = latency / _SECONDS_PER_DAY / trading_day
        self.impact_time = self.execution_time + impact_time / _SECONDS_PER_DAY / trading_day

    def _take(self, _sender: Any, bar: Any) -> None:
        closes = self._closes = [*self._closes, decimal_of(bar.close)][-_PRICES:]
        self._volumes = [*self._volumes, decimal_of(bar.volume)][-_VOLUMES:]
        if len(closes) < 2:
            return
        pairs = list(pairwise(closes))[::-1]  # newest first, as LEAN's window
        self.sigma = math.sqrt(variance([float(divide(new - old, old)) if old else 0.0 for old, new in pairs]))
        self.average_volume = float(divide(sum(self._volumes, Decimal(0)), Decimal(len(self._volumes))))


class MarketImpactSlippageModel(SlippageModel):
    """Slippage of an order that uses up the volume of the book, with noise from a seeded generator.

    One model is for one security. LEAN scales by shares outstanding where fundamentals say them; local data has none.
    """

    def __init__(
        self,
        algorithm: Any,
        non_negative: bool = True,
        latency: float = 0.075,
        impact_time: float = 1800.0,
        alpha: float = 0.891,
        beta: float = 0.600,
        gamma: float = 0.314,
        eta: float = 0.142,
        delta: float = 0.267,  # noqa: ARG002  of the scaling by shares outstanding
        random_seed: int = 50,
    ) -> None:
        """:param latency, impact_time: seconds; the others are those of the paper"""
        if latency <= 0:
            raise ValueError("Latency cannot be less than or equal to 0.")
        if impact_time <= 0:
            raise ValueError("impactTime cannot be less than or equal to 0.")
        self._algorithm, self._non_negative = algorithm, non_negative
        self._seconds = (latency, impact_time)
        self._impact = _Impact(alpha, beta, gamma, eta)
        self._random = Random(random_seed)
        self._market: _Market | None = None

    def exact(self, asset: "Security", order: Any) -> Decimal:
        """The realised impact, a random part of it, times the price; nothing while no volume is known.

        Raises ValueError for forex and CFDs: they have no volume.
        """
        if asset.type in (SecurityType.FOREX, SecurityType.CFD):
            kind = SecurityType(asset.type).csharp_name
            raise ValueError(f"Asset of {kind} is not supported as MarketImpactSlippageModel requires volume data")
        if self._market is None:
            self._market = _Market(self._algorithm, asset, *self._seconds)
        market = self._market
        if not market.average_volume:
            return Decimal(0)
        rate = float(abs(order.record.quantity)) / market.execution_time / market.average_volume
        noise = market.sigma * math.sqrt(market.impact_time)
        permanent = market.sigma * market.execution_time * self._impact.permanent(rate) + self._gaussian() * noise
        temporary = market.sigma * self._impact.temporary(rate) + self._gaussian() * noise
        share = from_double((temporary + permanent * 0.5) * self._random.next_double())
        return min(max(share, Decimal(0)) if self._non_negative else share, ONE) * asset.price_exact

    def _gaussian(self) -> float:
        first, second = 1 - self._random.next_double(), 1 - self._random.next_double()
        return math.sqrt(-2.0 * math.log(first)) * math.cos(2.0 * math.pi * second)
