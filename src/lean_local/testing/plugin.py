"""pytest plugin: run an algorithm over made data in a test, and assert on its orders (docs/testing-algorithms.md).

Nothing of the runtime is imported before a test asks for a fixture or imports `AlgorithmImports`.
"""

from collections.abc import Callable, Generator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lean_local.testing.imports import LeanImports

if TYPE_CHECKING:
    from lean_local.outcome import BacktestOutcome
    from lean_local.testing.data import LeanData

_FINDER = pytest.StashKey[LeanImports]()
_RUNS = pytest.StashKey["list[BacktestOutcome]"]()


def pytest_configure(config: pytest.Config) -> None:
    """Let test files import LEAN's modules."""
    config.stash[_FINDER] = LeanImports()
    config.stash[_FINDER].install()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take the import away again."""
    config.stash[_FINDER].remove()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """A failed test shows what its runs did."""
    answer = yield
    report = answer.get_result()
    if call.when == "call" and report.failed:
        for outcome in item.stash.get(_RUNS, []):
            from lean_local.testing.story import run_text  # noqa: PLC0415  only after a run

            report.sections.append((f"LEAN run of {type(outcome.algorithm).__name__}", run_text(outcome)))


@pytest.fixture
def lean_data(tmp_path: Path) -> "LeanData":
    """An empty made data folder of this test; see `lean_local.testing.LeanData`."""
    from lean_local.testing.data import LeanData  # noqa: PLC0415  only where it is used

    return LeanData(tmp_path / "lean_data")


@pytest.fixture
def lean_backtest(request: pytest.FixtureRequest) -> "Callable[..., BacktestOutcome]":
    """`lean_backtest(algorithm, data=…)`: run an algorithm class, file or project folder, and return the outcome."""
    item = request.node

    def run(
        algorithm: type | str | Path,
        *,
        data: "LeanData | str | Path",
        start: date | None = None,
        end: date | None = None,
        parameters: dict[str, Any] | None = None,
        fails: bool = False,
        **more: Any,
    ) -> "BacktestOutcome":
        """Run it; an error of the algorithm fails the test, unless it is expected.

        :param algorithm: a class deriving from QCAlgorithm, or a path relative to pytest's root directory
        :param data: made data, or the path of a LEAN data folder
        :param start: first day; by default, with made data, the first day that has intraday data, else the algorithm's
        :param end: last day, likewise
        :param parameters: replace those of config.json
        :param fails: the algorithm is expected to raise: `outcome.error` says what
        :param more: other fields of `lean_local.BacktestRequest`
        """
        from lean_local.testing.running import run_algorithm  # noqa: PLC0415  only where it is used

        source = algorithm if isinstance(algorithm, type) else request.config.rootpath / algorithm
        folder = request.config.rootpath / data if isinstance(data, str | Path) else data
        outcome = run_algorithm(source, folder, start, end, parameters, **more)
        item.stash.setdefault(_RUNS, []).append(outcome)
        if outcome.error is not None and not fails:
            pytest.fail(f"The algorithm raised {outcome.error}\n\n{outcome.error.stack_trace}", pytrace=False)
        if outcome.error is None and fails:
            pytest.fail("The algorithm was expected to raise and did not", pytrace=False)
        return outcome

    return run
