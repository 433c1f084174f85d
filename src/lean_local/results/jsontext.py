"""JSON text as Newtonsoft writes it: decimals with their scale, no escaping of non-ASCII letters, two-space indent."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lean_local.results.numbers import json_decimal

Json = object
"""None, bool, int, float, str, Decimal, Raw, or mappings (string keys) and sequences of these."""


@dataclass(frozen=True, slots=True)
class Raw:
    """Text that is JSON already and stays as it is, even inside an indented document."""

    text: str


def compact(value: Json) -> str:
    """One line without spaces."""
    return "".join(_pieces(value, None, 0))


def indented(value: Json) -> str:
    """Newtonsoft's `Formatting.Indented`; empty arrays and objects stay on one line."""
    return "".join(_pieces(value, "  ", 0))


def _scalar(value: Json) -> str:
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, Decimal):
        return json_decimal(value)
    if value is None or isinstance(value, bool | int | float | str):
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    raise TypeError(f"{type(value).__name__} has no JSON form in a results file")


def _pieces(value: Json, indent: str | None, depth: int) -> list[str]:
    if isinstance(value, Mapping):
        colon = ":" if indent is None else ": "
        items = [
            [json.dumps(str(k), ensure_ascii=False) + colon, *_pieces(v, indent, depth + 1)] for k, v in value.items()
        ]
        opening, closing = "{", "}"
    elif isinstance(value, Sequence) and not isinstance(value, str):
        items = [_pieces(v, indent, depth + 1) for v in value]
        opening, closing = "[", "]"
    else:
        return [_scalar(value)]
    if not items:
        return [opening + closing]
    inner, outer = ("", "") if indent is None else ("\n" + indent * (depth + 1), "\n" + indent * depth)
    pieces = [opening]
    for number, item in enumerate(items):
        pieces.append(("," if number else "") + inner)
        pieces.extend(item)
    pieces.append(outer + closing)
    return pieces
