"""Tom King book on LEAN. Thin: chooses the securities, reads the parameters, hands LEAN's callbacks to the desk."""

from AlgorithmImports import *

from thetatrace.config import settings_from_parameters
from thetatrace.lean import OptionsDesk
from thetatrace.risk import RiskSettings
from thetatrace.strategies import Friday0dte, Friday0dteSettings
from thetatrace.volatility import VixSettings


class TomKing(QCAlgorithm):
    """Friday 0DTE on SPXW, gated by the VIX regime and the account's risk limits."""

    def initialize(self) -> None:
        """Subscribe, and wire the desk to the parameters."""
        self.set_start_date(2018, 1, 2)
        self.set_end_date(2018, 3, 29)
        self.set_cash(int(self.get_parameter("cash", "150000")))
        self.set_brokerage_model(BrokerageName.INTERACTIVE_BROKERS_BROKERAGE, AccountType.MARGIN)
        spx = self.add_index("SPX", Resolution.MINUTE)
        vix = self.add_index("VIX", Resolution.MINUTE)
        nine_days, three_months = (self.add_index(name, Resolution.MINUTE) for name in ("VIX9D", "VIX3M"))
        # Not filled forward: a slice then holds what moved and nothing else, and a quote that stands still is free.
        option = self.add_index_option(spx.symbol, "SPXW", Resolution.MINUTE, fill_forward=False)
        option.set_filter(lambda universe: universe.include_weeklys().expiration(0, 0).strikes(-60, 60))
        self.set_benchmark(spx.symbol)
        parameters = dict(self.get_parameters().items())
        self._desk = OptionsDesk(
            self,
            index=spx.symbol,
            volatility_index=vix.symbol,
            nine_day_index=nine_days.symbol,
            three_month_index=three_months.symbol,
            option=option.symbol,
            strategies=[Friday0dte(settings_from_parameters(Friday0dteSettings, parameters, "friday_0dte"))],
            vix_settings=settings_from_parameters(VixSettings, parameters, "vix"),
            risk_settings=settings_from_parameters(RiskSettings, parameters, "risk"),
            cache_entries=int(self.get_parameter("chain_cache_entries", "15000")),
        )

    def on_data(self, slice: Slice) -> None:
        """See OptionsDesk."""
        self._desk.on_data(slice)

    def on_order_event(self, order_event: OrderEvent) -> None:
        """See OptionsDesk."""
        self._desk.on_order_event(order_event)

    def on_securities_changed(self, changes: SecurityChanges) -> None:
        """See OptionsDesk."""
        self._desk.on_securities_changed(changes)

    def on_end_of_algorithm(self) -> None:
        """See OptionsDesk."""
        self._desk.on_end_of_algorithm()
