"""Option strategies as margin knows them: which positions form one strategy.

The definitions are facts of LEAN `OptionStrategyDefinitions.cs` in a compact form; matching follows
`OptionStrategyMatcher.cs`: definitions by descending leg count, each matched greedily while it fits, and a second
solution that leaves fewer short contracts uncovered wins.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lean_local.enums import OptionRight
from lean_local.securities.option import Option
from lean_local.securities.security import Security

ZERO = Decimal(0)
_COVER_WIDTH, _SHARES = Decimal("0.1"), Decimal(100)


@dataclass(frozen=True, slots=True)
class Position:
    """A signed quantity of one security (contracts, or shares of the underlying)."""

    security: Security
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Group:
    """Positions margined together. `name` None means the security's own model."""

    name: str | None
    positions: tuple[Position, ...]
    quantity: Decimal  # how many times the strategy


Test = Callable[[Sequence[Option], Option], bool]


@dataclass(frozen=True, slots=True)
class _Leg:
    right: OptionRight
    quantity: int
    test: Test | None = None


@dataclass(frozen=True, slots=True)
class _Definition:
    name: str
    lots: int
    legs: tuple[_Leg, ...]
    covered: bool  # no short leg is left uncovered inside the strategy


_C, _P = OptionRight.CALL, OptionRight.PUT


def _same_day(legs: Sequence[Option], candidate: Option) -> bool:
    return candidate.expiry_day == legs[0].expiry_day


def _above(index: int) -> Test:
    return lambda legs, c: c.strike_exact > legs[index].strike_exact and _same_day(legs, c)


def _below(index: int) -> Test:
    return lambda legs, c: c.strike_exact < legs[index].strike_exact and _same_day(legs, c)


def _at(index: int) -> Test:
    return lambda legs, c: c.strike_exact == legs[index].strike_exact and _same_day(legs, c)


def _middle(legs: Sequence[Option], c: Option) -> bool:
    return c.strike_exact >= legs[0].strike_exact and _same_day(legs, c)


def _far_wing(legs: Sequence[Option], c: Option) -> bool:
    low, mid = legs[0].strike_exact, legs[1].strike_exact
    return c.strike_exact >= mid and c.strike_exact - mid == mid - low and _same_day(legs, c)


def _mirror_wing(legs: Sequence[Option], c: Option) -> bool:
    return c.strike_exact == 2 * legs[0].strike_exact - legs[1].strike_exact and _same_day(legs, c)


def _later(legs: Sequence[Option], c: Option) -> bool:
    return c.strike_exact == legs[0].strike_exact and c.expiry_day > legs[0].expiry_day


def _later_pair(legs: Sequence[Option], c: Option) -> bool:
    return c.strike_exact == legs[0].strike_exact and c.expiry_day == legs[1].expiry_day


def _define() -> list[_Definition]:
    """Every definition in LEAN's order; (right, quantity, test) per leg."""
    rows: list[tuple[str, int, bool, list[tuple[OptionRight, int, Test | None]]]] = [
        ("Covered Call", 1, True, [(_C, -1, None)]),
        ("Protective Call", -1, True, [(_C, 1, None)]),
        ("Covered Put", -1, True, [(_P, -1, None)]),
        ("Protective Put", 1, True, [(_P, 1, None)]),
        ("Protective Collar", 1, True, [(_C, -1, None), (_P, 1, _below(0))]),
        ("Protective Collar", -1, True, [(_C, 1, None), (_P, -1, _below(0))]),  # the only inverse without a name
        ("Conversion", 1, True, [(_C, -1, None), (_P, 1, _at(0))]),
        ("Reverse Conversion", -1, True, [(_C, 1, None), (_P, -1, _at(0))]),
        # A single long option is the inverse of a naked one and carries its name in LEAN.
        ("Naked Call", 0, False, [(_C, -1, None)]),
        ("Naked Call", 0, True, [(_C, 1, None)]),
        ("Naked Put", 0, False, [(_P, -1, None)]),
        ("Naked Put", 0, True, [(_P, 1, None)]),
        ("Bear Call Spread", 0, True, [(_C, -1, None), (_C, 1, _above(0))]),
        ("Bear Put Spread", 0, True, [(_P, 1, None), (_P, -1, _below(0))]),
        ("Bull Call Spread", 0, True, [(_C, 1, None), (_C, -1, _above(0))]),
        ("Bull Put Spread", 0, True, [(_P, -1, None), (_P, 1, _below(0))]),
        ("Straddle", 0, True, [(_C, 1, None), (_P, 1, _at(0))]),
        ("Short Straddle", 0, False, [(_C, -1, None), (_P, -1, _at(0))]),
        ("Strangle", 0, True, [(_C, 1, None), (_P, 1, _below(0))]),
        ("Short Strangle", 0, False, [(_C, -1, None), (_P, -1, _below(0))]),
        ("Butterfly Call", 0, True, [(_C, 1, None), (_C, -2, _middle), (_C, 1, _far_wing)]),
        ("Short Butterfly Call", 0, True, [(_C, -1, None), (_C, 2, _middle), (_C, -1, _far_wing)]),
        ("Butterfly Put", 0, True, [(_P, 1, None), (_P, -2, _middle), (_P, 1, _far_wing)]),
        ("Short Butterfly Put", 0, True, [(_P, -1, None), (_P, 2, _middle), (_P, -1, _far_wing)]),
        ("Call Calendar Spread", 0, True, [(_C, -1, None), (_C, 1, _later)]),
        ("Short Call Calendar Spread", 0, False, [(_C, 1, None), (_C, -1, _later)]),
        ("Put Calendar Spread", 0, True, [(_P, -1, None), (_P, 1, _later)]),
        ("Short Put Calendar Spread", 0, False, [(_P, 1, None), (_P, -1, _later)]),
        ("Iron Butterfly", 0, True, [(_P, -1, None), (_P, 1, _below(0)), (_C, -1, _at(0)), (_C, 1, _mirror_wing)]),
        (
            "Short Iron Butterfly",
            0,
            True,
            [(_P, 1, None), (_P, -1, _below(0)), (_C, 1, _at(0)), (_C, -1, _mirror_wing)],
        ),
        ("Iron Condor", 0, True, [(_P, 1, None), (_P, -1, _above(0)), (_C, -1, _above(1)), (_C, 1, _above(2))]),
        ("Short Iron Condor", 0, True, [(_P, -1, None), (_P, 1, _above(0)), (_C, 1, _above(1)), (_C, -1, _above(2))]),
        ("Box Spread", 0, True, [(_P, 1, None), (_P, -1, _below(0)), (_C, 1, _at(1)), (_C, -1, _at(0))]),
        ("Short Box Spread", 0, True, [(_P, -1, None), (_P, 1, _below(0)), (_C, -1, _at(1)), (_C, 1, _at(0))]),
        ("Jelly Roll", 0, False, [(_C, -1, None), (_C, 1, _later), (_P, 1, _at(0)), (_P, -1, _later_pair)]),
        ("Short Jelly Roll", 0, False, [(_C, 1, None), (_C, -1, _later), (_P, -1, _at(0)), (_P, 1, _later_pair)]),
        ("Bear Call Ladder", 0, True, [(_C, -1, None), (_C, 1, _above(0)), (_C, 1, _above(1))]),
        ("Bear Put Ladder", 0, False, [(_P, 1, None), (_P, -1, _below(0)), (_P, -1, _below(1))]),
        ("Bull Call Ladder", 0, False, [(_C, 1, None), (_C, -1, _above(0)), (_C, -1, _above(1))]),
        ("Bull Put Ladder", 0, True, [(_P, -1, None), (_P, 1, _below(0)), (_P, 1, _below(1))]),
    ]
    named = [_Definition(n, lots, tuple(_Leg(*leg) for leg in legs), ok) for n, lots, ok, legs in rows]
    return sorted(named, key=lambda d: -(len(d.legs) + (1 if d.lots else 0)))


_BY_LEGS = _define()
_COVERED_FIRST = sorted(_BY_LEGS, key=lambda d: not d.covered)


class _Book:
    """Positions not yet matched."""

    def __init__(self, options: list[Position], lots: Decimal, unit: Decimal) -> None:
        self.left = {id(p): p.quantity for p in options}
        self.options = options
        self.lots, self.unit = lots, unit

    def find(self, definition: _Definition) -> list[Position] | None:
        """The first combination of unmatched options that fits, one per leg."""
        if definition.lots and (self.lots / definition.lots) < 1:
            return None
        return self._extend(definition, [])

    def _extend(self, definition: _Definition, chosen: list[Position]) -> list[Position] | None:
        if len(chosen) == len(definition.legs):
            return chosen
        leg = definition.legs[len(chosen)]
        legs = [p.security for p in chosen if isinstance(p.security, Option)]
        for position in self.options:
            option, left = position.security, self.left[id(position)]
            if (
                not isinstance(option, Option)
                or any(position is c for c in chosen)
                or option.is_call != (leg.right == _C)
                or (left > 0) != (leg.quantity > 0)
                or abs(left) < abs(leg.quantity)
                or (leg.test is not None and not leg.test(legs, option))
            ):
                continue
            found = self._extend(definition, [*chosen, position])
            if found is not None:
                return found
        return None

    def take(self, definition: _Definition, chosen: list[Position], shares: Security | None) -> Group:
        """Remove as many multiples of the match as there are."""
        multiples = [abs(self.left[id(p)]) // abs(leg.quantity) for p, leg in zip(chosen, definition.legs, strict=True)]
        if definition.lots:
            multiples.append(abs(self.lots) // abs(definition.lots))
        times = min(multiples)
        positions = []
        for position, leg in zip(chosen, definition.legs, strict=True):
            self.left[id(position)] -= times * leg.quantity
            positions.append(Position(position.security, times * leg.quantity))
        if definition.lots and shares is not None:
            self.lots -= times * definition.lots
            positions.insert(0, Position(shares, times * definition.lots * self.unit))
        return Group(definition.name, tuple(positions), times)


def _match(definitions: list[_Definition], options: list[Position], shares: Position | None) -> list[Group]:
    """Match greedily."""
    lots, unit = _lots_of(options, shares), _unit(options)
    book = _Book(options, lots, unit)
    groups = []
    for definition in definitions:
        while (chosen := book.find(definition)) is not None:
            groups.append(book.take(definition, chosen, shares.security if shares is not None else None))
    if shares is not None:
        rest = shares.quantity - unit * (lots - book.lots)
        if rest:
            groups.append(Group(None, (Position(shares.security, rest),), rest))
    return groups


def _unit(positions: Sequence[Position]) -> Decimal:
    """Shares (futures: one) that one contract delivers."""
    return next((p.security.unit_of_trade_exact for p in positions if isinstance(p.security, Option)), _SHARES)


def _lots_of(options: list[Position], shares: Position | None) -> Decimal:
    return Decimal(int(shares.quantity / _unit(options))) if shares is not None else ZERO


def uncovered(group: Group) -> Decimal:
    """Short contracts of a strategy that neither its longs nor its shares cover."""
    if group.name is None:
        return ZERO
    unit = _unit(group.positions)
    lots = sum((p.quantity / unit for p in group.positions if not isinstance(p.security, Option)), ZERO)
    return _uncovered(group, call=True, cover=max(lots, ZERO)) + _uncovered(group, call=False, cover=max(-lots, ZERO))


def _uncovered(group: Group, *, call: bool, cover: Decimal) -> Decimal:
    """Longs cover from the cheapest to cover on; they may expire later and be worse by a tenth of the strike."""
    sign = 1 if call else -1
    legs = [(p.security, p.quantity) for p in group.positions if isinstance(p.security, Option)]
    shorts = sorted(
        ((o, -q) for o, q in legs if o.is_call == call and q < 0), key=lambda leg: sign * leg[0].strike_exact
    )
    longs = [(o, q) for o, q in legs if o.is_call == call and q > 0]
    free = [q for _, q in longs]
    total = ZERO
    for short, quantity in shorts:
        left = quantity
        for i, (long, _) in enumerate(longs):
            worse = sign * (long.strike_exact - short.strike_exact)
            if long.expiry_day >= short.expiry_day and worse <= _COVER_WIDTH * short.strike_exact:
                taken = min(left, free[i])
                left, free[i] = left - taken, free[i] - taken
        lots = min(left, cover)
        cover -= lots
        total += left - lots
    return total


def _least_uncovered(options: list[Position], shares: Position | None) -> Decimal:
    """What no grouping can cover."""
    lots = _lots_of(options, shares)
    net = {True: ZERO, False: ZERO}
    for p in options:
        if isinstance(p.security, Option):
            net[p.security.is_call] += p.quantity
    return max(ZERO, -net[True] - max(ZERO, lots)) + max(ZERO, -net[False] - max(ZERO, -lots))


_known: dict[tuple[tuple[int, Decimal], ...], tuple[list[Position], list[Group]]] = {}
_KNOWN_LIMIT = 512


def resolve_groups(positions: Sequence[Position]) -> list[Group]:
    """Group the positions of one underlying into strategies; shares that fit none stand alone.

    The answer depends on contracts and quantities only, never on prices, so it is kept for books seen before.
    """
    key = tuple((id(p.security), p.quantity) for p in positions)
    found = _known.get(key)
    if found is None:
        if len(_known) >= _KNOWN_LIMIT:
            _known.clear()
        found = _known[key] = (list(positions), _resolve(positions))  # the positions keep their securities' ids taken
    return found[1]


def _resolve(positions: Sequence[Position]) -> list[Group]:
    options = sorted(
        (p for p in positions if isinstance(p.security, Option) and p.quantity), key=lambda p: p.security.symbol
    )
    shares = next((p for p in positions if not isinstance(p.security, Option) and p.quantity), None)
    if not options:
        return [Group(None, (p,), p.quantity) for p in positions if p.quantity]
    groups = _match(_BY_LEGS, options, shares)
    open_shorts = sum((uncovered(g) for g in groups), ZERO)
    if open_shorts <= _least_uncovered(options, shares):
        return groups
    others = _match(_COVERED_FIRST, options, shares)
    return others if sum((uncovered(g) for g in others), ZERO) < open_shorts else groups
