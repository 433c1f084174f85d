"""What an algorithm keeps in a security of its own: attributes, also by name, or by type and name (LEAN `Security`)."""

from typing import Any

from lean_local.naming import LeanObject


class _Getter:
    """`security.get(name, default)` and `security.get[Type](name)`."""

    def __init__(self, owner: "CustomProperties", kind: type | None = None) -> None:
        self._owner, self._kind = owner, kind

    def __getitem__(self, kind: type) -> "_Getter":
        return _Getter(self._owner, kind)

    def __call__(self, name: str, default: Any = None) -> Any:
        found = vars(self._owner).get(name, default)
        if self._kind is not None and name not in vars(self._owner):
            raise KeyError(f"The security has no property {name}.")
        return found


class CustomProperties(LeanObject):
    """Mixed into Security: properties are attributes that the algorithm sets."""

    def __getitem__(self, name: str) -> Any:
        return vars(self)[name]

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self, name, value)

    @property
    def get(self) -> _Getter:
        """A property by name, or a default."""
        return _Getter(self)

    def add(self, key: str, value: Any) -> None:
        """Set a property."""
        self[key] = value

    def set(self, key: str, value: Any) -> None:
        """Set a property."""
        self[key] = value

    def remove(self, key: str) -> bool:
        """Drop a property; says whether there was one."""
        return vars(self).pop(key, None) is not None

    def try_get(self, key: str) -> tuple[bool, Any]:
        """Whether there is a property, and its value."""
        return key in vars(self), vars(self).get(key)
