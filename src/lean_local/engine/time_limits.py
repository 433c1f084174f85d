"""Limits on how long algorithm code may run, LEAN's `Isolator` and `AlgorithmTimeLimitManager`: never a hang.

A thread looks at a counter of the loop once in a while; the loop itself does nothing for it. Code that stays in one
step too long gets an exception that `except Exception` does not catch, again and again until it has ended. In the main
thread it is a signal that brings it, which ends waiting too (`sleep`); elsewhere it comes at the next instruction.
Only a call into C that never returns and hears no signal cannot be ended.
"""

import ctypes
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any, TypeVar

from lean_local.engine.guard import is_algorithm_code, place_text
from lean_local.errors import AlgorithmError, BadInputError

T = TypeVar("T")
_LOOK_SECONDS = 1.0  # LEAN looks as often
_AGAIN_SECONDS = 0.05  # between exceptions, while code goes on all the same
_TRACER = "/coverage/"
_SIGNAL = getattr(signal, "SIGALRM", None) if hasattr(signal, "pthread_kill") else None


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """LEAN's limits, under its configuration names in `from_config`. Wall time; 0 or less: no limit."""

    time_loop_minutes: float = 20.0  # one time step with all its callbacks
    creation_seconds: float = 90.0  # import of the file, and the class's constructor
    initialization_seconds: float = 300.0

    @classmethod
    def from_config(cls, config: Mapping[str, object], time_loop_minutes: float | None = None) -> "TimeLimits":
        """Limits of a LEAN configuration (`lean.json`); raises BadInputError for one that is no number.

        :param time_loop_minutes: wins over the configuration's
        """
        minutes, creation, initialization = (
            _number(config, name, default)
            for name, default in (
                ("algorithm-manager-time-loop-maximum", cls().time_loop_minutes),
                ("algorithm-creation-timeout", cls().creation_seconds),
                ("initialization-timeout", cls().initialization_seconds),
            )
        )
        return cls(minutes if time_loop_minutes is None else time_loop_minutes, creation, initialization)


def _number(config: Mapping[str, object], name: str, default: float) -> float:
    value = config.get(name, default)
    try:
        return float(value)  # type: ignore[arg-type]  # LEAN takes numbers and texts
    except (TypeError, ValueError) as error:
        raise BadInputError(f'"{name}" of the configuration is {value!r}', fix="Write a number.") from error


class TimeLimitExceeded(BaseException):
    """Raised in code that ran too long; not an Exception, so that algorithms do not swallow it."""


def timed_out(seconds: float, _elapsed: float) -> str:
    """LEAN's words for a creation or initialization that took too long (`Messages.Isolator`)."""
    return f"Execution Security Error: Operation timed out - {seconds / 60:.6g} minutes max. Check for recursive loops."


def long_step(seconds: float, elapsed: float) -> str:
    """LEAN's words for a step that took too long (`AlgorithmTimeLimitManager.GetErrorMessage`)."""
    text = f"Algorithm took longer than {seconds / 60:.6g} minutes on a single time loop."
    return f"{text} CurrentTimeStepElapsed: {elapsed / 60:.1f} minutes"


class Watchdog:
    """Watches the calls of one run, one at a time."""

    def __init__(self) -> None:
        self._thread_id = 0
        self._late = False
        self._elapsed = 0.0
        self._done = threading.Event()

    def run(
        self,
        call: Callable[[], T],
        seconds: float,
        message: Callable[[float, float], str],
        progress: Callable[[], int] = int,
    ) -> T:
        """The call's answer, or AlgorithmError when `progress()` stood still for longer than `seconds`.

        :param message: text of (limit in seconds, time taken in seconds)
        """
        if seconds <= 0:
            return call()
        self._thread_id, self._late, self._done = threading.get_ident(), False, threading.Event()
        watch = threading.Thread(target=self._watch, args=(self._done, seconds, progress), daemon=True)
        handled = self._take_signal()
        watch.start()
        try:
            return _watched(call)
        except TimeLimitExceeded as error:
            own = [place for place in traceback.walk_tb(error.__traceback__) if is_algorithm_code(place[0].f_code)]
            text = message(seconds, self._elapsed) + (place_text(*own[-1]) if own else "")
            raise AlgorithmError(text, "".join(traceback.format_exception(error))) from error
        finally:
            self._done.set()
            if handled and _SIGNAL is not None and signal.getsignal(_SIGNAL) == self._on_signal:
                signal.signal(_SIGNAL, signal.SIG_DFL)

    def _take_signal(self) -> bool:
        """Use the alarm signal for this call when nobody else does and this is the main thread."""
        free = _SIGNAL is not None and threading.current_thread() is threading.main_thread()
        if not free or _SIGNAL is None or signal.getsignal(_SIGNAL) is not signal.SIG_DFL:
            return False
        signal.signal(_SIGNAL, self._on_signal)
        return True

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if not self._late:  # somebody's alarm, not ours: what it would have done without us
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        elif _is_watched(frame):
            raise TimeLimitExceeded

    def _watch(self, done: threading.Event, seconds: float, progress: Callable[[], int]) -> None:
        """The thread: LEAN's way, the time of a step is counted from when it was first seen."""
        seen, since = progress(), time.monotonic()
        pause = min(_LOOK_SECONDS, seconds / 10)
        while not done.wait(pause):
            now = progress()
            if now != seen and not self._late:
                seen, since = now, time.monotonic()
            elif self._late or time.monotonic() - since > seconds:
                self._elapsed = self._elapsed if self._late else time.monotonic() - since
                self._late, pause = True, _AGAIN_SECONDS
                self._interrupt()

    def _interrupt(self) -> None:
        if not _is_watched(sys._current_frames().get(self._thread_id)):
            return
        if _SIGNAL is not None and signal.getsignal(_SIGNAL) == self._on_signal:
            signal.pthread_kill(self._thread_id, _SIGNAL)
        else:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self._thread_id), ctypes.py_object(TimeLimitExceeded)
            )


def _watched(call: Callable[[], T]) -> T:
    """The frame below which code may be interrupted: what handles the exception lies above."""
    return call()


def _is_watched(frame: Any) -> bool:
    """True where code may be interrupted: in the call, and not in a tracing tool, which may hold a lock of its own."""
    if frame is not None and _TRACER in frame.f_code.co_filename:
        return False
    while frame is not None:
        if frame.f_code is _watched.__code__:
            return True
        frame = frame.f_back
    return False
