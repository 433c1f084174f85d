"""Which failure gets which exit code and sentence."""

import errno

from lean_local.errors import AlgorithmError, LeanLocalError
from thetadesk.errors import ExitCode, ResultsError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def one_line(text: str) -> str:
    """Put a message on one line: stderr gets one clear sentence, whatever the error's text held."""
    return " ".join(text.split())


def classify(error: Exception) -> tuple[ExitCode, str]:
    """Return the exit code of a failure and its one sentence for stderr.

    Errors that name a file and a fix speak for themselves; anything else is a bug of ours and says so.
    """
    if isinstance(error, AlgorithmError):
        return ExitCode.ALGORITHM, f"The algorithm raised an error: {one_line(str(error))}"
    if isinstance(error, (ResultsError, LeanLocalError)):
        return ExitCode.BAD_INPUT, _sentence(one_line(str(error)))
    if isinstance(error, OSError) and error.filename is not None:
        reason = (error.strerror or type(error).__name__).lower()
        fix = "Check that it exists and that you may use it."
        return ExitCode.BAD_INPUT, f"The system refused a file ({reason}): {error.filename}. {fix}"
    if isinstance(error, OSError) and error.errno in NO_ROOM:  # of a stream, which has no name
        return ExitCode.BAD_INPUT, "The output cannot be written: its disk is full. Free some space or write elsewhere."
    detail = one_line(str(error)) or "no message"
    hint = "This is a bug; run again with --debug to see where."
    return ExitCode.INTERNAL, f"Internal error ({type(error).__name__}: {detail}). {hint}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
