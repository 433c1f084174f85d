"""Exit codes of the `thetatrace` command, in one place, and the desk's own error."""

from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """Exit codes are stable: scripts and CI may rely on them. `text` is what the documentation says."""

    text: str

    def __new__(cls, code: int, text: str) -> "ExitCode":
        """Make a member whose value is the code and which carries its text."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.text = text
        return member

    OK = 0, "the command did what it was asked to do"
    INTERNAL = 1, "an error in thetatrace itself; run again with `--debug` and report what it shows"
    USAGE = 2, "the command line cannot be understood; `--help` shows how it is meant"
    BAD_INPUT = 3, "a file, folder, date or setting cannot be used; the message names it and the fix"
    ALGORITHM = 4, "the algorithm raised an error or ran too long; its results up to there are kept"
    CHECK = 5, "`thetatrace data check` found errors in the data"
    DIFFERS = 6, "`thetatrace conformance` ran an algorithm that did not pass"
    INTERRUPTED = 130, "stopped with Ctrl-C"


class ResultsError(Exception):
    """A results folder or trace cannot be read. `str(error)` is one sentence with the file and the fix.

    :param problem: what is wrong, without a final full stop
    :param path: the file or folder at fault
    :param fix: what the user can do about it
    """

    def __init__(self, problem: str, *, path: Path, fix: str) -> None:
        self.problem, self.path, self.fix = problem, path, fix
        super().__init__(f"{problem}: {path}. {fix}")
