"""Signal exports: targets for other services. They are sent in live mode only, so here never.

`Common/Algorithm/Framework/Portfolio/SignalExports/*.cs`.
"""

from datetime import timedelta
from typing import Any

from lean_local.framework.targets import PortfolioTarget
from lean_local.naming import LeanObject


class SignalExportTarget(LeanObject):
    """Base of the services: keeps what it was made with."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._arguments, self._named = arguments, named

    def dispose(self) -> None:
        """Nothing to close: no connection was opened."""


class Collective2SignalExport(SignalExportTarget):
    """Collective2."""


class CrunchDAOSignalExport(SignalExportTarget):
    """CrunchDAO."""


class NumeraiSignalExport(SignalExportTarget):
    """Numerai."""


class VBaseSignalExport(SignalExportTarget):
    """vBase."""


class SignalExportManager(LeanObject):
    """`self.signal_export`."""

    def __init__(self, algorithm: Any) -> None:
        self._algorithm = algorithm
        self._providers: list[Any] = []
        self.automatic_export_time_span: timedelta | None = timedelta(seconds=5)

    def add_signal_export_provider(self, signal_export: Any) -> None:
        """Add a service."""
        self._providers.append(signal_export)

    def add_signal_export_providers(self, *signal_exports: Any) -> None:
        """Add several services, one by one or in a list."""
        for given in signal_exports:
            self._providers += given if isinstance(given, list | tuple) else [given]

    def set_target_portfolio(self, *portfolio_targets: PortfolioTarget) -> bool:  # noqa: ARG002
        """Say once that nothing is sent; true, as in LEAN."""
        self._algorithm._state.warn_once("Portfolio targets are only sent in live mode")
        return True

    def set_target_portfolio_from_portfolio(self) -> bool:
        """The same for the holdings; false, with an error, for an account worth nothing."""
        if self._algorithm._state.portfolio.value_exact() <= 0:
            self._algorithm.error("Total portfolio value was less than or equal to 0")
            return False
        return self.set_target_portfolio()


__all__ = [
    "Collective2SignalExport",
    "CrunchDAOSignalExport",
    "NumeraiSignalExport",
    "SignalExportManager",
    "VBaseSignalExport",
]
