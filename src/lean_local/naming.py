"""One mechanism for LEAN's two spellings: every public name exists in snake_case and in PascalCase.

pythonnet gives every .NET member its original name and a snake_case one (`Util.ToSnakeCase`). Here classes are
written in snake_case and derive from `LeanObject`, which adds the other spelling: class members get an alias when the
class is made, everything else (acronyms such as `SMA`, instance attributes) is found on a missed lookup.
"""

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, NoReturn, Union

from lean_local import lean_api
from lean_local.errors import NotInLeanLocalError


def _word_starts(name: str, index: int) -> bool:
    """Whether an underscore goes before the upper-case letter or digit at `index` (LEAN's rule, semantics §8.1)."""
    char, previous = name[index], name[index - 1]
    if previous == "_":
        return False
    if char.isdigit():
        return not previous.isdigit()
    if char.islower():
        return previous.isdigit() and index + 1 < len(name) and name[index + 1].isalpha()
    if previous.islower():
        return True
    last = index == len(name) - 1
    if previous.isdigit():
        return not last
    return not last and name[index + 1].islower()


@cache
def to_snake(name: str) -> str:
    """LEAN's snake_case form of a .NET name: `AddEquity` -> `add_equity`, `SMA` -> `sma`, `IsITM` -> `is_itm`."""
    if name != name.lower():
        parts = [("_" if i and _word_starts(name, i) else "") + c.lower() for i, c in enumerate(name)]
        return "".join(parts)
    return name


@cache
def to_pascal(name: str) -> str:
    """The plain PascalCase form of a snake_case name: `add_equity` -> `AddEquity`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _is_pascal(name: str) -> bool:
    return name[:1].isupper() and name != name.upper()


def lean_type(cls: type) -> str | None:
    """Name of the LEAN type a class stands for: its own, the one `lean_name` gives, or that of a base."""
    for base in cls.__mro__:
        name: str = base.__dict__.get("lean_name", base.__name__)
        if lean_api.members(name):
            return name
    return None


def _is_lean_member(cls: type, name: str) -> str | None:
    """The LEAN type of a class that has the member `name` in some spelling; None if LEAN has no such member."""
    snake = to_snake(name)
    for base in cls.__mro__:
        type_name: str = base.__dict__.get("lean_name", base.__name__)
        if not lean_api.members(type_name).isdisjoint((name, snake, snake.upper())):
            return type_name
    return None


def _refuse(cls: type, name: str, what: str) -> NoReturn:
    """Say that a member is missing: in lean_local, when LEAN has it, else at all."""
    owner = None if name.startswith("_") else _is_lean_member(cls, name)
    if owner is not None:
        raise NotInLeanLocalError(f"{owner}.{name}")
    raise AttributeError(f"{what} has no attribute '{name}'", name=name)


class LeanMeta(type):
    """Missed lookups on a class itself (static members): the other spelling, else the refusal that names the member."""

    def __getattr__(cls, name: str) -> Any:
        if name in inspect.get_annotations(cls):  # a dataclass that is being made looks for its defaults
            raise AttributeError(name)
        snake = to_snake(name)
        if snake != name and not name.startswith("_"):
            for other in (snake, snake.upper()):  # a method or a constant
                if any(other in base.__dict__ for base in cls.__mro__):
                    return getattr(cls, other)
        _refuse(cls, name, f"type object '{cls.__name__}'")


class LeanObject(metaclass=LeanMeta):
    """Base of every class an algorithm can see; gives both spellings of every public member.

    A class whose name is not that of its LEAN type says so: `lean_name = "SecurityChanges"`.
    """

    __slots__ = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        fields = inspect.get_annotations(cls)  # values of instances: found on a missed lookup
        for name, value in list(cls.__dict__.items()):
            if name.startswith("_") or name in fields:
                continue
            if _is_pascal(name) or (name.isupper() and callable(value)):
                other = to_snake(name)
                if other not in cls.__dict__ and any(other in base.__dict__ for base in cls.__mro__[1:]):
                    setattr(cls, other, value)
            elif name == name.lower():
                other = to_pascal(name)
                if other not in cls.__dict__ and other != name:
                    setattr(cls, other, value)

    def __getattr__(self, name: str) -> Any:
        snake = to_snake(name)
        if snake != name and not name.startswith("_"):
            return getattr(self, snake)
        _refuse(type(self), name, f"'{type(self).__name__}' object")

    def __str__(self) -> str:
        """As .NET writes an object that says nothing of itself: the full name of its type."""
        name = lean_type(type(self))
        return f"{lean_api.module_of(name)}.{name}" if name is not None else object.__repr__(self)

    def to_string(self) -> str:
        """The text of the object."""
        return str(self)

    ToString = to_string

    def equals(self, other: Any) -> bool:
        """Whether two objects are equal."""
        return bool(self == other)

    Equals = equals


class Placeholder:
    """A stand-in for a LEAN type that lean_local lacks: importing it is fine, using it raises NotInLeanLocalError.

    It may stand in annotations and in `isinstance`. An object, not a class: a run offers two thousand of them.
    """

    __slots__ = ("__name__",)

    def __init__(self, type_name: str) -> None:
        self.__name__ = type_name

    def __call__(self, *_arguments: Any, **_named: Any) -> NoReturn:
        """Refused, as everything else."""
        raise NotInLeanLocalError(self.__name__)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotInLeanLocalError(f"{self.__name__}.{name}")

    def __getitem__(self, _parameters: Any) -> NoReturn:
        raise NotInLeanLocalError(self.__name__)

    def __mro_entries__(self, _bases: tuple[Any, ...]) -> tuple[type, ...]:
        """A class that derives from it can be written, not used."""

        def refuse(_self: Any, *_arguments: Any, **_named: Any) -> NoReturn:
            raise NotInLeanLocalError(self.__name__)

        return (type(self.__name__, (), {"__new__": refuse}),)

    def __instancecheck__(self, _value: Any) -> bool:
        return False

    def __subclasscheck__(self, _cls: type) -> bool:
        return False

    def __or__(self, other: Any) -> Any:
        return Union[self, other]  # noqa: UP007  what `|` of two types makes

    def __ror__(self, other: Any) -> Any:
        return Union[other, self]  # noqa: UP007

    def __repr__(self) -> str:
        return f"<{self.__name__}: not in lean_local>"


@cache
def placeholder(type_name: str) -> Any:
    """The stand-in for a LEAN type, always the same one."""
    return Placeholder(type_name)


def runtime_types() -> dict[str, type]:
    """The classes of lean_local by the name of their LEAN type; the class of that very name where there are several."""
    found: dict[str, type] = {}
    waiting: list[type] = [LeanObject]
    while waiting:
        cls = waiting.pop()
        waiting += cls.__subclasses__()
        name: str = cls.__dict__.get("lean_name", cls.__name__)
        if cls.__module__.startswith("lean_local.") and (name not in found or cls.__name__ == name):
            found[name] = cls
    return found


class GenericCall:
    """A method with LEAN's generic form too: `get(Type, ...)` and `get[Type](...)`."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """The plain call."""
        return self._function(*arguments, **named)

    def __getitem__(self, kind: type) -> Callable[..., Any]:
        return lambda *arguments, **named: self._function(kind, *arguments, **named)


class NetList(list[Any]):
    """A list whose `count` is .NET's number of items."""

    @property
    def count(self) -> int:  # type: ignore[override]
        """Number of items."""
        return len(self)

    Count = count
