"""Runs algorithms of a checkout, several at a time, each in a process of its own with a time limit."""

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from thetadesk.conformance.checkout import LeanCheckout
from thetadesk.conformance.twins import Twin
from thetadesk.conformance.verdict import Report, Row, Status, judge


class Runner:
    """Runs algorithms; `stop` ends those that are running and lets no other start."""

    def __init__(self, checkout: LeanCheckout, *, jobs: int, time_limit_s: float) -> None:
        self._checkout, self._jobs, self._time_limit_s = checkout, jobs, time_limit_s
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def rows(self, names: Sequence[str]) -> Iterator[Row]:
        """Yield the row of every algorithm as it is done, in no particular order."""
        with ThreadPoolExecutor(self._jobs) as pool:
            waiting: set[Future[Row | None]] = {pool.submit(self._row, name) for name in names}
            try:
                while waiting:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    yield from (row for row in (future.result() for future in done) if row is not None)
            finally:
                self.stop()

    def stop(self) -> None:
        """End every process that still runs."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.kill()

    def _row(self, name: str) -> Row | None:
        if not self._checkout.algorithm(name).is_file():
            return Row(name, Status.ERROR, None, f"the checkout has no Algorithm.Python/{name}.py")
        twin = self._checkout.twin(name)
        if twin is None:
            return Row(name, Status.ERROR, None, "its C# twin states no expected statistics")
        with tempfile.TemporaryDirectory() as folder:
            return self._run(name, twin, Path(folder))

    def _run(self, name: str, twin: Twin, folder: Path) -> Row | None:
        process = self._start()
        if process is None:
            return None
        report = folder / "report.json"
        job = {
            "algorithm": str(self._checkout.algorithm(name)),
            "data": str(self._checkout.data),
            "libraries": [str(path) for path in self._checkout.libraries],
            "parameters": self._checkout.parameters,
            "report": str(report),
            # Ours, not the worker's: a process that is killed clears nothing up.
            "object_store": str(folder / "storage"),
        }
        try:
            said = _talk(process, json.dumps(job), self._time_limit_s)
        except subprocess.TimeoutExpired:
            return Row(name, Status.ERROR, None, f"it was stopped after {self._time_limit_s:g} s (--time-limit)")
        finally:
            with self._lock:
                self._running.discard(process)
                stopped = self._stopped
        if report.is_file():
            return judge(name, twin, _read(report), self._checkout)
        last = said.strip().splitlines()[-1:] or ["no message"]
        return None if stopped else Row(name, Status.ERROR, None, f"its process ended without a report: {last[0]}")

    def _start(self) -> subprocess.Popen[str] | None:
        words = [sys.executable, "-m", "thetadesk.conformance.worker"]
        with self._lock:
            if self._stopped:
                return None
            # A session of its own: Ctrl-C reaches this process alone, which then decides what is shown.
            process = subprocess.Popen(  # noqa: S603
                words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                start_new_session=True,
            )  # fmt: skip
            self._running.add(process)
            return process


def _talk(process: subprocess.Popen[str], job: str, time_limit_s: float) -> str:
    """Send the job, wait for the end, return what was written to stderr. The open stdin says that we are alive."""
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.append(process.stderr.read() if process.stderr else ""), daemon=True)
    reader.start()
    try:
        if process.stdin is not None:
            process.stdin.write(job + "\n")
            process.stdin.flush()
        process.wait(time_limit_s)
    except BrokenPipeError:
        process.wait(time_limit_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    finally:
        reader.join(1.0)
    return "".join(said)


def _read(path: Path) -> Report:
    document = json.loads(path.read_text(encoding="utf-8"))
    return Report(**{**document, "missing": tuple(document["missing"])})
