"""The smallest indicators, which others are made of."""

from decimal import Decimal
from typing import Any

from lean_local.api.indicator_base import NO_TIME, ZERO, IndicatorBase, Windowed

__all__ = ["Delay", "Identity", "Sum", "WindowIdentity"]


class Identity(IndicatorBase):
    """The input itself."""

    def __init__(self, name: str = "Identity") -> None:
        super().__init__(name, 1)

    def _compute(self, data: Any) -> Any:
        return data


class WindowIdentity(Windowed):
    """The input itself; ready after n."""

    title = "WIN-ID({period})"

    def _next(self, data: Any) -> Any:
        return data


class Sum(Windowed):
    """Sum of the last n inputs."""

    title = "SUM({period})"

    def _make(self, **_: Any) -> None:
        self._sum = ZERO

    def _forget(self) -> None:
        self._sum = ZERO

    def _next(self, data: Any) -> Any:
        self._sum += data
        if self._values.samples > self._values.size:
            self._sum -= self._oldest()
        return self._sum


class Delay(Windowed):
    """The input n back (the first one until there are n)."""

    title = "DELAY({period})"

    @property
    def warm_up_period(self) -> int:
        """Inputs needed."""
        return self.period + 1

    def _next(self, data: Any) -> Any:  # noqa: ARG002
        return self._oldest()


class Chained:
    """Indicators that feed each other, each as soon as the one before is ready."""

    def __init__(self, *links: IndicatorBase) -> None:
        self.links = links

    def feed(self, data: Decimal) -> None:
        """Feed the first, and each next one that may go on."""
        for link in self.links:
            if not link.feed(NO_TIME, data):
                return
            data = link.exact

    def reset(self) -> None:
        """Reset all."""
        for link in self.links:
            link.reset()
