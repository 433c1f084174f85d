"""`universe_settings`: how members of universes, and securities without own settings, are subscribed."""

from datetime import timedelta
from typing import Any

from lean_local.enums import DataNormalizationMode, Resolution
from lean_local.naming import LeanObject

ONE_DAY = timedelta(days=1)


class SelectionSchedule(LeanObject):
    """`universe_settings.schedule`: the dates on which a universe selects."""

    def __init__(self) -> None:
        self.rule: Any = None

    @property
    def initialized(self) -> bool:
        """Whether a date rule was set."""
        return self.rule is not None

    def on(self, date_rule: Any) -> None:
        """Select on the dates of a rule."""
        self.rule = date_rule


class UniverseSettings(LeanObject):
    """Defaults of `add_*` and of universe members."""

    def __init__(
        self,
        resolution: Any = Resolution.MINUTE,
        leverage: float = 0.0,
        fill_forward: bool = True,
        extended_market_hours: bool = False,
        minimum_time_in_universe: timedelta = ONE_DAY,
        data_normalization_mode: Any = DataNormalizationMode.ADJUSTED,
        data_mapping_mode: Any = None,
        contract_depth_offset: int = 0,
        asynchronous: bool | None = None,
        selection_date_rule: Any = None,
    ) -> None:
        self.schedule = SelectionSchedule()
        if isinstance(resolution, UniverseSettings):
            self.__dict__.update(resolution.__dict__)
            self.schedule = SelectionSchedule()
            self.schedule.rule = resolution.schedule.rule
            return
        self.resolution = Resolution(resolution)
        self.fill_forward, self.extended_market_hours = fill_forward, extended_market_hours
        self.leverage = leverage
        self.minimum_time_in_universe = minimum_time_in_universe
        self.data_normalization_mode = DataNormalizationMode(data_normalization_mode)
        self.data_mapping_mode, self.contract_depth_offset = data_mapping_mode, contract_depth_offset
        self.asynchronous = asynchronous
        self.schedule.rule = selection_date_rule
