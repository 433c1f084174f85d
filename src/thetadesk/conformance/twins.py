"""What LEAN expects of a regression algorithm: read from the C# twin's source in the user's checkout.

LEAN `Algorithm.CSharp/**/<Name>.cs`: properties `ExpectedStatistics`, `AlgorithmStatus`, `CanRunLocally`. A twin may
inherit them, from a class of the same file or of another one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

HASH = "OrderListHash"
COMPLETED = "Completed"
_PAIR = re.compile(r'\{\s*"([^"]+)"\s*,\s*"([^"]*)"\s*\}|\[\s*"([^"]+)"\s*\]\s*=\s*"([^"]*)"')
_CLASS = re.compile(r"\bclass\s+(\w+)(?:<[^>]*>)?\s*(?::\s*([\w.]+))?")
_IS = r"\s*(?:\{[^}]*\}\s*)?=>?\s*"  # `X => value` and `X { get; } = value`
_STATUS = re.compile(r"\bAlgorithmStatus\s+AlgorithmStatus\b" + _IS + r"AlgorithmStatus\.(\w+)\s*;")
_LOCAL = re.compile(r"\bCanRunLocally\b" + _IS + r"(true|false)\s*;")
_STATISTICS = re.compile(r"\bExpectedStatistics\b" + _IS + r"([^;]*);")
_BRACE = re.compile(r"[{}]")
_STRING = re.compile(r'"(?:\\.|[^"\\\n])*"')
_COMMENT_OR_STRING = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Twin:
    """Expected end of a run. `statistics` are LEAN's texts by name, without the hash."""

    statistics: Mapping[str, str]
    order_list_hash: str | None
    status: str  # AlgorithmStatus: "Completed", "RuntimeError", or "Running" when initialize fails
    can_run_locally: bool  # False: LEAN says that its repository has not the data


@dataclass(slots=True)
class _Class:
    """What one C# class says itself; None where it says nothing (and its base may)."""

    base: str | None
    statistics: dict[str, str] | None = None
    status: str | None = None
    can_run_locally: bool | None = None


def classes_of(source: str) -> dict[str, _Class]:
    """Read the classes of a C# file: their base and the properties of a regression algorithm they define."""
    text = _COMMENT_OR_STRING.sub(lambda match: match.group(1) or "", source)
    found: dict[str, _Class] = {}
    for head, body in _bodies(text):
        base = head.group(2)
        known = found.setdefault(head.group(1), _Class(base.rsplit(".", 1)[-1] if base else None))
        _read_body(body, known)
    return found


def _bodies(text: str) -> list[tuple[re.Match[str], str]]:
    """Return each class's head with what stands between its own braces, nested classes left out."""
    plain = _STRING.sub(lambda match: '"' * len(match.group()), text)  # a brace or the word class in a string is none
    spans = [(head, *_braces(plain, head.end())) for head in _CLASS.finditer(plain)]
    bodies = []
    for head, start, end in spans:
        kept, at = [], start
        for _, inner_start, inner_end in spans:
            if at <= inner_start and inner_end <= end and (inner_start, inner_end) != (start, end):
                kept.append(text[at:inner_start])
                at = inner_end
        bodies.append((head, "".join([*kept, text[at:end]])))
    return bodies


def _braces(plain: str, at: int) -> tuple[int, int]:
    """Return the span from the first brace at or after `at` to the one that closes it (or the end of the file)."""
    depth = 0
    start = len(plain)
    for match in _BRACE.finditer(plain, at):
        if depth == 0:
            start = match.end()
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return start, match.start()
    return start, len(plain)


def _read_body(body: str, into: _Class) -> None:
    statistics = _STATISTICS.search(body)
    if statistics is not None:
        pairs = _PAIR.findall(statistics.group(1))
        into.statistics = {name or other: value or text for name, value, other, text in pairs}
    status, local = _STATUS.search(body), _LOCAL.search(body)
    into.status = status.group(1) if status is not None else into.status
    into.can_run_locally = local.group(1) == "true" if local is not None else into.can_run_locally


@dataclass
class TwinLibrary:
    """The C# twins of a checkout, read when asked for."""

    folder: Path  # Algorithm.CSharp
    _classes: dict[str, _Class] = field(default_factory=dict)

    @cached_property
    def _files(self) -> dict[str, Path]:
        return {path.stem: path for path in sorted(self.folder.rglob("*.cs"))}

    @cached_property
    def _all_classes(self) -> dict[str, _Class]:
        """Every class of the folder: asked for only when a class is not in the file of its name."""
        found: dict[str, _Class] = {}
        for path in self._files.values():
            found |= classes_of(path.read_text(encoding="utf-8-sig"))
        return found

    def _class(self, name: str) -> _Class | None:
        if name not in self._classes and name in self._files:
            self._classes |= classes_of(self._files[name].read_text(encoding="utf-8-sig"))
        return self._classes.get(name) or self._all_classes.get(name)

    def find(self, name: str) -> Twin | None:
        """Return what LEAN expects of an algorithm; None if there is no twin or it expects nothing."""
        if name not in self._files:
            return None
        chain: list[_Class] = []
        current = self._class(name)
        while current is not None and current not in chain:
            chain.append(current)
            current = self._class(current.base) if current.base is not None and current.base != "QCAlgorithm" else None
        statistics = next((c.statistics for c in chain if c.statistics), None)
        if statistics is None:
            return None
        status = next((c.status for c in chain if c.status is not None), COMPLETED)
        local = next((c.can_run_locally for c in chain if c.can_run_locally is not None), True)
        texts = {k: v for k, v in statistics.items() if k != HASH}
        return Twin(texts, statistics.get(HASH) or None, status, local)
