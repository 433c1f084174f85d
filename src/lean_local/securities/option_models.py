"""Exercise and assignment models of options: what they are, for algorithms that look (semantics §5.9)."""

from lean_local.securities.models import Model

__all__ = ["DefaultExerciseModel", "DefaultOptionAssignmentModel"]


class DefaultOptionAssignmentModel(Model):
    """Assigns deep in-the-money short positions in the last days before expiry; the engine's own."""

    net_namespace = "QuantConnect.Securities.Option"


class DefaultExerciseModel(Model):
    """Delivers or settles in cash; the engine's own."""

    net_namespace = "QuantConnect.Orders.OptionExercise"
