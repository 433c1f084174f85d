"""Errors a user can act on: each names what is wrong, where, and what to do about it."""

from pathlib import Path


class LeanLocalError(Exception):
    """Base of every error this runtime raises on purpose. `str(error)` is one clear sentence."""


class BadInputError(LeanLocalError):
    """A file, folder or argument cannot be used.

    :param problem: what is wrong, without a final full stop
    :param path: the file or folder at fault, if there is one
    :param fix: what the user can do about it
    """

    def __init__(self, problem: str, *, path: Path | str | None = None, fix: str = "") -> None:
        self.problem, self.path, self.fix = problem, path, fix
        where = f": {path}" if path is not None else ""
        super().__init__(f"{problem}{where}." + (f" {fix}" if fix else ""))


class DataFormatError(BadInputError):
    """A data file exists but does not hold what LEAN's format says it must."""


class NotInLeanLocalError(LeanLocalError, AttributeError):
    """A LEAN API member exists in LEAN but not here."""

    def __init__(self, member: str) -> None:
        self.member = member
        super().__init__(f"{member} is not in lean_local; run this algorithm with `lean backtest` instead.")


class KeyNotFoundException(KeyError):  # noqa: N818  .NET's name
    """A key that a collection of LEAN's does not have. `str(error)` is the message, without KeyError's quotes."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class AlgorithmError(LeanLocalError):
    """An algorithm callback raised. `stack_trace` holds the Python traceback of the algorithm."""

    def __init__(self, message: str, stack_trace: str) -> None:
        self.stack_trace = stack_trace
        super().__init__(message)
