"""Typed settings: one frozen dataclass per subject, validated when made, documented and filled from its fields."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import time
from itertools import pairwise
from typing import Any, TypeVar, get_type_hints

Settings = TypeVar("Settings")
_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


class ConfigError(ValueError):
    """A setting is unknown, malformed or out of range; `str(error)` is one sentence naming it."""


def setting(default: Any, doc: str, *, minimum: float | None = None, maximum: float | None = None) -> Any:
    """Declare one setting of a settings dataclass: its default, what it means (with unit) and its allowed range."""
    return field(default=default, metadata={"doc": doc, "minimum": minimum, "maximum": maximum})


def validate_settings(settings: Any) -> None:
    """Check every field's type and range; call it from `__post_init__`.

    :raises ConfigError: naming the first field that is wrong
    """
    hints = get_type_hints(type(settings))
    for each in fields(settings):
        value, expected = getattr(settings, each.name), hints[each.name]
        accepts = (int, float) if expected is float else (expected,)
        if not isinstance(value, accepts) or (isinstance(value, bool) and expected is not bool):
            raise ConfigError(f"{each.name} was {value!r}; it must be of type {expected.__name__}")
        low, high = each.metadata.get("minimum"), each.metadata.get("maximum")
        if (low is not None and not value >= low) or (high is not None and not value <= high):
            raise ConfigError(f"{each.name} was {value!r}; it must lie in {low} to {high}")


def require_order(settings: Any, *names: str) -> None:
    """Check that the named fields do not descend.

    :raises ConfigError: naming the first two that do
    """
    for earlier, later in pairwise(names):
        if getattr(settings, earlier) > getattr(settings, later):
            values = f"{getattr(settings, earlier)} and {getattr(settings, later)}"
            raise ConfigError(f"{earlier} and {later} were {values}; {earlier} must not exceed {later}")


def _parse(text: str, expected: type, name: str) -> Any:
    cleaned = text.strip()
    try:
        if expected is bool:
            if cleaned.lower() in _TRUE | _FALSE:
                return cleaned.lower() in _TRUE
            raise ValueError("not true or false")
        return time.fromisoformat(cleaned) if expected is time else expected(cleaned)
    except ValueError as error:
        raise ConfigError(f"parameter {name} was {text!r}; it must be a {expected.__name__} ({error})") from error


def settings_from_parameters(kind: type[Settings], parameters: Mapping[str, str], prefix: str) -> Settings:
    """Make settings of `kind` from LEAN parameters named `<prefix>.<field>` (all texts); others keep their defaults.

    :raises ConfigError: for an unknown field under the prefix, or a value that cannot be used
    """
    hints = get_type_hints(kind)
    chosen: dict[str, Any] = {}
    for name, text in parameters.items():
        if not name.startswith(f"{prefix}."):
            continue
        short = name[len(prefix) + 1 :]
        if short not in hints:
            known = ", ".join(sorted(hints))
            raise ConfigError(f"parameter {name} is unknown; {prefix} has: {known}")
        chosen[short] = _parse(text, hints[short], name)
    return kind(**chosen)


@dataclass(frozen=True, slots=True)
class SettingDoc:
    """One line of a settings table."""

    name: str
    type: str
    default: str
    doc: str


def describe_settings(kind: type[Any], prefix: str) -> list[SettingDoc]:
    """List the settings of a dataclass, in declaration order, for documents and `--help`."""
    hints = get_type_hints(kind)
    return [
        SettingDoc(
            f"{prefix}.{each.name}",
            hints[each.name].__name__,
            "" if each.default is MISSING else str(each.default),
            each.metadata.get("doc", ""),
        )
        for each in fields(kind)
    ]
