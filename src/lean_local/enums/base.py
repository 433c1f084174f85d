"""The base class of every enum: LEAN's numbers under both of LEAN's spellings."""

from enum import IntEnum


def pascal_case(name: str) -> str:
    """Turn an UPPER_SNAKE name into the PascalCase name of the C# source (`STOP_MARKET` -> `StopMarket`)."""
    return "".join(word.capitalize() for word in name.split("_"))


class LeanEnum(IntEnum):
    """An `IntEnum` whose members also answer to their C# names.

    A class whose C# names are not plain PascalCase lists them in `__csharp__`: pairs of UPPER_SNAKE and C# name.
    """

    def __init_subclass__(cls) -> None:
        spelled = dict(cls.__dict__.get("__csharp__", ()))
        for name, member in list(cls._member_map_.items()):
            cls._member_map_.setdefault(spelled.get(name, pascal_case(name)), member)

    def __str__(self) -> str:
        return self.name

    def __format__(self, spec: str) -> str:
        return format(self.name, spec)

    @property
    def csharp_name(self) -> str:
        """The C# name (`Filled`), which LEAN writes into messages and JSON."""
        spelled: dict[str, str] = dict(type(self).__dict__.get("__csharp__", ()))
        return spelled.get(self.name, pascal_case(self.name))


class DayOfWeek(LeanEnum):
    """Day of the week as .NET counts it, from Sunday. (`System.DayOfWeek`)"""

    SUNDAY = 0
    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
