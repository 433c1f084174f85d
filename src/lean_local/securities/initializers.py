"""Security initializers: what is done to every new security. LEAN `BrokerageModelSecurityInitializer.cs` and kin."""

from collections.abc import Callable
from typing import Any

from lean_local.naming import LeanObject
from lean_local.securities.brokerage import models_of
from lean_local.securities.models import method


class FuncSecurityInitializer(LeanObject):
    """Calls a function."""

    def __init__(self, initializer: Callable[[Any], Any]) -> None:
        self._function = initializer

    def initialize(self, security: Any) -> None:
        """Initialize one security."""
        self._function(security)


class BrokerageModelSecurityInitializer(LeanObject):
    """Gives a security the models of a brokerage."""

    def __init__(self, brokerage_model: Any) -> None:
        self._brokerage = brokerage_model

    def initialize(self, security: Any) -> None:
        """Initialize one security."""
        security.models = models_of(self._brokerage, security)


class CompositeSecurityInitializer(LeanObject):
    """Several initializers, in their order."""

    def __init__(self, *initializers: Any) -> None:
        self.initializers = list(initializers)

    def initialize(self, security: Any) -> None:
        """Initialize one security."""
        for initializer in self.initializers:
            method(initializer, "initialize")(security)
