"""`Futures`: tickers of future roots by group and name (LEAN `Futures.cs`), and the months they expire in."""

from importlib.resources import files
from typing import Any

from lean_local.naming import to_snake

_LISTING = files("lean_local.api").joinpath("lean_futures.txt")


def _groups() -> dict[str, type]:
    """One class per group; each name in LEAN's two spellings (`SP500EMini`, `SP_500_E_MINI`)."""
    members: dict[str, dict[str, Any]] = {}
    current: dict[str, Any] = {}
    for line in _LISTING.read_text(encoding="ascii").split():
        if line.startswith("["):
            current = members.setdefault(line[1:-1], {})
        else:
            name, _, ticker = line.partition("=")
            current[name] = current[to_snake(name).upper()] = ticker
    return {group: type(group, (), {"__doc__": f"{group} futures."} | names) for group, names in members.items()}


_ENERGY = "Energy"
_MEMBERS = _groups()
Futures: Any = type(
    "Futures", (), {"__doc__": "Tickers of futures by group.", "Energies": _MEMBERS[_ENERGY]} | _MEMBERS
)


class FutureExpirationCycles:
    """LEAN's `FutureExpirationCycles`: months for `expiration_cycle`."""

    JANUARY = January = (1, 4, 7, 10)
    FEBRUARY = February = (2, 5, 8, 11)
    MARCH = March = HMUZ = (3, 6, 9, 12)
    DECEMBER = December = (12,)
    ALL_YEAR = AllYear = FGHJKMNQUVXZ = (*range(1, 13),)
    GJMQVZ = (2, 4, 6, 8, 10, 12)
    GJKMNQVZ = (2, 4, 5, 6, 7, 8, 10, 12)
    HKNUZ = (3, 5, 7, 9, 12)
    HKNV = (3, 5, 7, 10)
    HKNVZ = (3, 5, 7, 10, 12)
    FHKNUX = (1, 3, 5, 7, 9, 11)
    FHJKQUVX = (1, 3, 4, 5, 8, 9, 10, 11)
    HKNUVZ = (3, 5, 7, 9, 10, 12)
    FHKNUVZ = (1, 3, 5, 7, 9, 10, 12)
    FHKNQUVZ = (1, 3, 5, 7, 8, 9, 10, 12)
    FHKNQUX = (1, 3, 5, 7, 8, 9, 11)
