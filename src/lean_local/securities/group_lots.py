"""How much of an option strategy a margin call takes away (LEAN `PositionGroupBuyingPowerModel.cs`)."""

from decimal import Decimal

from lean_local.securities.margin import GroupMargin
from lean_local.securities.portfolio import SecurityPortfolioManager
from lean_local.securities.strategy_groups import Group, Position

ZERO = Decimal(0)


def lots_to_shed(portfolio: SecurityPortfolioManager, group: Group, shortage: Decimal) -> Decimal:
    """Number of strategies to close so that `shortage` of account currency is free again, at most all of them.

    A strategy that keeps no margin is closed as a whole. The margin that is left is measured as that of opening what
    is left, after the fees of closing the rest.
    """
    count, kept = abs(group.quantity), GroupMargin(group).maintenance()
    target = kept - min(kept, shortage)
    if not target:
        return count
    if not _opening(_times(group, Decimal(1))):
        return ZERO
    value, wanted = portfolio.value_exact(), target
    while True:
        lots, margin = _lots(group, wanted)
        fees = sum((p.security.estimated_fee(p.quantity) for p in _times(group, -lots).positions), ZERO)
        wanted = target * (value - fees) / value
        if margin <= abs(wanted):
            return lots


def _opening(group: Group) -> Decimal:
    margin = GroupMargin(group)
    return abs(margin.initial() + margin.premium()) if group.quantity else ZERO


def _times(group: Group, quantity: Decimal) -> Group:
    """The same strategy another number of times."""
    ratio = quantity / abs(group.quantity)
    return Group(group.name, tuple(Position(p.security, p.quantity * ratio) for p in group.positions), quantity)


def _lots(group: Group, wanted: Decimal) -> tuple[Decimal, Decimal]:
    """The fewest to close for a margin of at most `wanted`, and the margin that is left."""
    count, lots = abs(group.quantity), Decimal(1)
    margin = _opening(_times(group, count - lots))
    while margin > wanted:
        lots += 1
        margin = _opening(_times(group, count - lots))
    return lots, margin
