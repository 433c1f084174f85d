"""An algorithm that never returns ends with LEAN's runtime error, wherever it hangs and whatever it catches."""

import signal
import threading
import time
from datetime import date

import pytest

from lean_local import AlgorithmError, BadInputError, TimeLimits
from lean_local.engine.time_limits import Watchdog, long_step, timed_out

# An exception that interrupts coverage's own bookkeeping leaves its lock taken: these tests are not measured.
pytestmark = pytest.mark.no_cover
STEP = TimeLimits(time_loop_minutes=0.01)
START = TimeLimits(creation_seconds=0.3, initialization_seconds=0.3)
BODY = """
def initialize(self):
    self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
    {setup}
def on_data(self, data):
    {step}
def on_order_event(self, event):
    {event}
def on_end_of_algorithm(self):
    {end}
def spin(self):
    while True:
        pass
def swallow(self):
    while True:
        try:
            self.time
        except Exception:
            pass
def swallow_all(self):
    while True:
        try:
            self.time
        except:
            pass
def wait(self):
    import time
    time.sleep(3600)
"""


def body(**parts):
    return BODY.format(**({"setup": "pass", "step": "pass", "event": "pass", "end": "pass"} | parts))


# An exception that arrives inside a weakref's callback is lost; the next one is not.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("hang", ["self.spin()", "self.swallow()", "self.swallow_all()", "self.wait()"])
def test_a_step_that_hangs(shares, run, hang):
    outcome = run(shares, body(step=hang), fails=True, time_limits=STEP)
    text = str(outcome.error)
    assert text.startswith("Algorithm took longer than 0.01 minutes on a single time loop. CurrentTimeStepElapsed: 0")
    assert "main.py, line " in text
    assert hang.removeprefix("self.").removesuffix("()") in outcome.error.stack_trace
    assert outcome.result.state["Status"] == "RuntimeError"
    assert outcome.result.state["RuntimeError"] == text


@pytest.mark.parametrize(
    "parts",
    [
        {"step": "self.market_order(self.spy, 1)", "event": "self.spin()"},
        {"end": "self.spin()"},
        {"setup": "self.schedule.on(self.date_rules.every_day(), self.time_rules.at(10, 0), self.spin)"},
        {"setup": "self.consolidate(self.spy, timedelta(minutes=5), lambda bar: self.spin())"},
    ],
    ids=["on_order_event", "on_end_of_algorithm", "scheduled event", "consolidator"],
)
def test_other_callbacks_that_hang(shares, run, parts):
    outcome = run(shares, body(**parts), fails=True, time_limits=STEP)
    assert "on a single time loop" in str(outcome.error)


def test_an_initialize_that_hangs(shares, run):
    outcome = run(shares, body(setup="self.spin()"), fails=True, time_limits=START)
    expected = "Execution Security Error: Operation timed out - 0.005 minutes max. Check for recursive loops."
    assert str(outcome.error).startswith(expected)


def test_a_file_that_hangs_while_it_is_imported(shares, run):
    outcome = run(shares, body() + "while True:\n    pass\n", fails=True, time_limits=START)
    assert "Operation timed out" in str(outcome.error)


def test_many_short_steps_are_no_long_one(shares, run):
    limits = TimeLimits(time_loop_minutes=0.01)
    outcome = run(shares, body(step="__import__('time').sleep(0.003)"), time_limits=limits)
    assert outcome.wall_seconds > 1.1
    assert outcome.error is None


def test_in_a_thread_that_gets_no_signals(shares, run):
    found = []
    thread = threading.Thread(
        target=lambda: found.append(run(shares, body(step="self.swallow_all()"), fails=True, time_limits=STEP))
    )
    thread.start()
    thread.join(30)
    assert "on a single time loop" in str(found[0].error)


def test_no_limit_starts_no_thread():
    before = threading.active_count()
    assert Watchdog().run(threading.active_count, 0, long_step) == before


def test_the_alarm_signal_is_left_as_it_was():
    Watchdog().run(lambda: None, 5, long_step)
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    own = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    try:
        with pytest.raises(AlgorithmError):  # without a signal: at the next Python instruction
            Watchdog().run(lambda: [time.sleep(0.01) for _ in range(10_000)], 0.05, timed_out)
        assert signal.getsignal(signal.SIGALRM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGALRM, own)


def test_limits_of_a_lean_configuration():
    config = {"algorithm-manager-time-loop-maximum": "1.5", "initialization-timeout": 20, "data-folder": "data"}
    assert TimeLimits.from_config(config) == TimeLimits(1.5, 90, 20)
    assert TimeLimits.from_config(config, 3) == TimeLimits(3, 90, 20)
    assert TimeLimits.from_config({}) == TimeLimits(20, 90, 300)
    with pytest.raises(BadInputError, match='"algorithm-creation-timeout" of the configuration is None'):
        TimeLimits.from_config({"algorithm-creation-timeout": None})


def test_an_algorithm_that_exits_is_a_runtime_error_too(shares, run):
    outcome = run(shares, body(step="raise SystemExit(3)"), fails=True, days=(date(2021, 3, 1), date(2021, 3, 1)))
    assert str(outcome.error).startswith("SystemExit: 3")
