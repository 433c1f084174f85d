"""Position groups as algorithms see them: `portfolio.positions.groups` (LEAN `Common/Securities/Positions`)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lean_local.naming import LeanObject
from lean_local.securities.buying_power_parts import InitialMargin, MaintenanceMargin
from lean_local.securities.margin import GroupMargin
from lean_local.securities.models import Model
from lean_local.securities.option import Option
from lean_local.securities.strategy_groups import Group
from lean_local.symbols import Symbol

if TYPE_CHECKING:
    from lean_local.securities.portfolio import SecurityPortfolioManager

__all__ = [
    "IPosition",
    "IPositionGroup",
    "OptionStrategyPositionGroupBuyingPowerModel",
    "Position",
    "PositionGroup",
    "PositionGroupBuyingPowerModel",
    "PositionGroupCollection",
    "PositionGroupInitialMarginParameters",
    "PositionGroupMaintenanceMarginParameters",
    "ReservedBuyingPowerForPositionGroup",
    "ReservedBuyingPowerForPositionGroupParameters",
    "SecurityPositionGroupBuyingPowerModel",
    "SecurityPositionGroupModel",
]


class Position(LeanObject):
    """A quantity of one symbol inside a group; `unit_quantity` is what one group takes of it."""

    def __init__(self, symbol: Symbol, quantity: float, unit_quantity: float = 1.0) -> None:
        self.symbol, self.quantity, self.unit_quantity = symbol, quantity, unit_quantity

    def __str__(self) -> str:
        return f"{self.symbol}: {self.quantity}"


IPosition = Position


@dataclass(slots=True)
class _GroupParameters(LeanObject):
    """Portfolio and group of a buying power question."""

    portfolio: Any
    position_group: "PositionGroup"


class PositionGroupMaintenanceMarginParameters(_GroupParameters):
    """Argument of `get_maintenance_margin`."""


class PositionGroupInitialMarginParameters(_GroupParameters):
    """Argument of `get_initial_margin_requirement`."""


class ReservedBuyingPowerForPositionGroupParameters(_GroupParameters):
    """Argument of `get_reserved_buying_power_for_position_group`."""


class ReservedBuyingPowerForPositionGroup(LeanObject):
    """Result of `get_reserved_buying_power_for_position_group`."""

    def __init__(self, absolute_used_buying_power: float) -> None:
        self.absolute_used_buying_power = absolute_used_buying_power


class PositionGroupBuyingPowerModel(Model):
    """Margin of a group."""

    net_namespace = "QuantConnect.Securities.Positions"
    lean_members = frozenset(
        {
            "get_initial_margin_required_for_order",
            "get_maximum_lots_for_delta_buying_power",
            "get_maximum_lots_for_target_buying_power",
            "get_position_group_buying_power",
            "get_reserved_buying_power_impact",
            "has_sufficient_buying_power_for_order",
        }
    )

    def get_maintenance_margin(self, parameters: _GroupParameters) -> MaintenanceMargin:
        """Margin that keeps the group."""
        return MaintenanceMargin(GroupMargin(parameters.position_group.group).maintenance())

    def get_initial_margin_requirement(self, parameters: _GroupParameters) -> InitialMargin:
        """Margin that opens the group, the premium it costs included."""
        margin = GroupMargin(parameters.position_group.group)
        return InitialMargin(margin.initial() + margin.premium())

    def get_reserved_buying_power_for_position_group(
        self, parameters: _GroupParameters
    ) -> ReservedBuyingPowerForPositionGroup:
        """What the group takes of the account: its maintenance margin."""
        return ReservedBuyingPowerForPositionGroup(self.get_maintenance_margin(parameters).value)


class SecurityPositionGroupBuyingPowerModel(PositionGroupBuyingPowerModel):
    """Margin of one security by its own model."""


class OptionStrategyPositionGroupBuyingPowerModel(PositionGroupBuyingPowerModel):
    """Margin of an option strategy; prints the strategy's name."""

    net_namespace = "QuantConnect.Securities.Option"

    def __init__(self, option_strategy: Any) -> None:
        self._name = str(getattr(option_strategy, "name", option_strategy))

    def __str__(self) -> str:
        return self._name


class PositionGroup(LeanObject):
    """Positions margined together."""

    def __init__(self, group: Group) -> None:
        self.group = group
        ordered = sorted(group.positions, key=lambda p: not isinstance(p.security, Option))  # options, then shares
        count = abs(group.quantity)
        self.quantity = float(count if group.name is not None else group.quantity)
        units = [float(abs(p.quantity) / count) for p in ordered]
        self.positions = [
            Position(p.security.symbol, float(p.quantity), unit) for p, unit in zip(ordered, units, strict=True)
        ]
        self.buying_power_model: PositionGroupBuyingPowerModel = (
            SecurityPositionGroupBuyingPowerModel()
            if group.name is None
            else OptionStrategyPositionGroupBuyingPowerModel(group.name)
        )

    @property
    def count(self) -> int:
        """Number of positions."""
        return len(self.positions)

    def __iter__(self) -> Iterator[Position]:
        return iter(self.positions)

    def __len__(self) -> int:
        return len(self.positions)


IPositionGroup = PositionGroup


class PositionGroupCollection(LeanObject):
    """The groups of an account."""

    def __init__(self, groups: list[PositionGroup]) -> None:
        self._groups = groups

    @property
    def count(self) -> int:
        """Number of groups."""
        return len(self._groups)

    @property
    def is_only_default_groups(self) -> bool:
        """Whether every position stands alone."""
        return all(g.group.name is None for g in self._groups)

    def __iter__(self) -> Iterator[PositionGroup]:
        return iter(self._groups)

    def __len__(self) -> int:
        return len(self._groups)


class SecurityPositionGroupModel(LeanObject):
    """How positions are grouped for margin; `NULL` does not group at all."""

    NULL: "SecurityPositionGroupModel"

    def __init__(self, portfolio: "SecurityPortfolioManager | None" = None, *, is_null: bool = False) -> None:
        self.is_null, self._portfolio = is_null, portfolio

    @property
    def groups(self) -> PositionGroupCollection:
        """The groups now: option strategies, then positions that fit none."""
        if self._portfolio is None:
            return PositionGroupCollection([])
        return PositionGroupCollection([PositionGroup(g) for g in self._portfolio.margin.groups()])


SecurityPositionGroupModel.NULL = SecurityPositionGroupModel(is_null=True)
