"""Names that LEAN has: asking for one that lean_local lacks says so instead of raising a bare AttributeError."""

from importlib.resources import files


def _names(resource: str) -> tuple[str, ...]:
    """The words of a text file of this package."""
    return tuple(files("lean_local.api").joinpath(resource).read_text(encoding="ascii").split())


ALGORITHM_MEMBERS = frozenset(_names("lean_algorithm_members.txt"))
"""Public members of QCAlgorithm in snake_case."""
TYPES = _names("lean_types.txt")
"""Public types of `AlgorithmImports`; those lean_local has replace their stand-ins."""
