"""What is sampled once a day (LEAN `Engine/Results/BaseResultsHandler.cs`, `Common/…/PortfolioState.cs`)."""

from decimal import Decimal

import numpy as np

from lean_local.engine.chain import ChainSubscription
from lean_local.engine.run_parts import Benchmark
from lean_local.engine.state import RunState
from lean_local.engine.subscriptions import Subscriptions
from lean_local.enums import SecurityType
from lean_local.results import DailySample
from lean_local.securities.margin import GroupMargin
from lean_local.securities.pairs import CurrencyPair
from lean_local.securities.positions import PositionGroup
from lean_local.securities.security import Security
from lean_local.symbols import Symbol, osi_ticker

ZERO = Decimal(0)


def _has_contract(chain: ChainSubscription) -> bool:
    return bool(set(np.flatnonzero(chain.columns.subscribed).tolist()) - chain.delisted)


class DailySampler:
    """Takes a sample of a run's portfolio."""

    def __init__(self, state: RunState, subscriptions: Subscriptions, benchmark: Benchmark) -> None:
        self._state, self._subscriptions, self._benchmark = state, subscriptions, benchmark

    def sample(self, utc_ms: int) -> DailySample:
        """The portfolio now, as a sample of that time."""
        state = self._state
        portfolio = state.portfolio
        value = portfolio.value_exact()
        long, short = self._exposures()
        return DailySample(
            utc_ms,
            value,
            self._benchmark.price(state.clock.zone.to_local(utc_ms)),
            portfolio.sale_volume_exact,
            long,
            short,
            [(s.symbol.value, s.holdings.sale_volume_exact) for s in self._securities()],
            self._margins(),
        )

    def _securities(self) -> list[Security]:
        """The securities with an object. What is delisted is out of the account although its last step is to come."""
        return [security for security in self._state.securities.made() if not security.is_delisted]

    def _exposures(self) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
        """Value of the long and the short holdings by security type: every type that has a security, held or not."""
        subs = self._subscriptions
        types = [security.symbol.security_type for security in self._securities()]
        types += [
            feed.security.symbol.security_type for feed in subs.internal if isinstance(feed.security, CurrencyPair)
        ]
        types += [c.canonical.security_type for c in subs.chains.values() if _has_contract(c)]
        long = dict.fromkeys((SecurityType(kind).csharp_name for kind in types), ZERO)
        short = dict(long)
        for security in self._state.portfolio.holders.values():
            worth = security.holdings.value_exact()
            side = long if worth >= 0 else short
            side[SecurityType(security.symbol.security_type).csharp_name] += worth
        return long, short

    def _margins(self) -> list[tuple[str, Decimal]]:
        """Name and maintenance margin of each position group."""
        groups = self._state.portfolio.margin.groups()
        return [
            (", ".join(self._name(p.symbol) for p in PositionGroup(group)), GroupMargin(group).maintenance())
            for group in groups
        ]

    def _name(self, symbol: Symbol) -> str:
        """Value of a symbol under the last ticker of its map file."""
        if symbol.security_type not in (SecurityType.EQUITY, SecurityType.OPTION):
            return symbol.value
        equity = symbol.underlying or symbol
        found = self._subscriptions.folder.map_file_of(equity)
        ticker = equity.value if found is None else found.rows[-1].ticker.upper()
        if ticker == equity.value:
            return symbol.value
        if symbol is equity:
            return ticker
        return osi_ticker(ticker, symbol.id.option_right, symbol.id.strike_price, symbol.id.date)
