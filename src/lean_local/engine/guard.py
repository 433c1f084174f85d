"""The guard around algorithm code: whatever it raises becomes one AlgorithmError that names the line."""

import linecache
import sysconfig
import traceback
from contextlib import ContextDecorator
from pathlib import Path
from types import CodeType, FrameType, TracebackType

from lean_local.errors import AlgorithmError, BadInputError, NotInLeanLocalError

_OURS = str(Path(__file__).parents[1])
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
# What Python raises when a value of the wrong type or range reaches code that did not expect it.
_ACCIDENTS = (TypeError, AttributeError, ValueError, ArithmeticError, LookupError, AssertionError)
Place = tuple[FrameType, int]


class AlgorithmGuard(ContextDecorator):
    """`with guard:` around algorithm code. Errors of data and input pass, and so does what is not an error."""

    engine = False

    def __enter__(self) -> "AlgorithmGuard":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            return
        if not isinstance(error, Exception | SystemExit) or isinstance(error, AlgorithmError | BadInputError):
            return
        places = list(traceback.walk_tb(trace))
        own = [n for n, (frame, _) in enumerate(places) if is_algorithm_code(frame.f_code)]
        if own or not self.engine:
            text = _message(error, places, own[-1] if own else None)
            raise AlgorithmError(text, "".join(traceback.format_exception(error))) from error


class EngineGuard(AlgorithmGuard):
    """`with guard:` around engine code that calls algorithm code here and there: only what that raised is caught."""

    engine = True


def is_algorithm_code(code: CodeType) -> bool:
    """Whether code is neither lean_local's nor of an installed package: the algorithm's, or its libraries'."""
    name = code.co_filename
    return not (name.startswith((_OURS, "<frozen")) or name.startswith(_LIBRARIES))


def place_text(frame: FrameType, line: int) -> str:
    """ " (file, line 3)"."""
    return f" ({frame.f_code.co_filename}, line {line})"


def own_text(error: AlgorithmError) -> str:
    """What the algorithm's code raised, as LEAN's messages quote it: without type and place."""
    return str(error.__cause__)


def _message(error: BaseException, places: list[Place], own: int | None) -> str:
    where = place_text(*places[own]) if own is not None else ""
    name = "" if type(error) is Exception else f"{type(error).__name__}: "
    if own is not None and isinstance(error, _ACCIDENTS) and not isinstance(error, NotInLeanLocalError):
        call = _refused_call(places[own + 1 :])
        if call is not None:
            detail = str(error) or type(error).__name__
            if isinstance(error, ArithmeticError):  # decimal's own texts are lists of classes
                detail = type(error).__name__
            return f"TypeError: No method matches given arguments for {call}: {detail}{where}"
    return f"{name}{error}{where}"


def _refused_call(inside: list[Place]) -> str | None:
    """ "add_equity: (<class 'int'>)", when a value that the algorithm passed made lean_local's code fail by accident.

    An error that lean_local raises on purpose says itself what is wrong.
    """
    if not inside:
        return None
    ours = [place for place in inside if place[0].f_code.co_filename.startswith(_OURS)]
    if not ours or _is_raised(*ours[-1]):
        return None
    code, values = ours[0][0].f_code, ours[0][0].f_locals
    if code.co_name.startswith("_"):
        return None
    names = [n for n in code.co_varnames[: code.co_argcount] if n not in ("self", "cls")]
    defaults = getattr(getattr(type(values.get("self")), code.co_name, None), "__defaults__", None) or ()
    for default in reversed(defaults):  # what the algorithm left out
        if names and values.get(names[-1]) is default:
            names.pop()
    types = [repr(type(values[name])) for name in names if name in values]
    if code.co_flags & 0x04:  # *arguments
        types += [repr(type(v)) for v in values.get(code.co_varnames[code.co_argcount + code.co_kwonlyargcount], ())]
    return f"{code.co_name}: ({', '.join(types)})"


def _is_raised(frame: FrameType, line: int) -> bool:
    return linecache.getline(frame.f_code.co_filename, line).lstrip().startswith("raise")
