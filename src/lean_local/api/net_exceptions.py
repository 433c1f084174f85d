""".NET exceptions that algorithms raise and catch by name."""

from lean_local.errors import KeyNotFoundException
from lean_local.orders.requests import ArgumentException, InvalidOperationException

__all__ = ["ArgumentException", "InvalidOperationException", "KeyNotFoundException", "RegressionTestException"]


class RegressionTestException(Exception):  # noqa: N818  .NET's name
    """What LEAN's own regression algorithms raise."""
