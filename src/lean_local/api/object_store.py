"""`self.object_store`: files under the storage folder (semantics §1.3), in memory until the run ends."""

import json
from pathlib import Path
from typing import Any

from lean_local.errors import BadInputError
from lean_local.naming import LeanObject


class ObjectStore(LeanObject):
    """Text and bytes by key. Without a folder everything stays in memory."""

    def __init__(self, root: Path | None) -> None:
        self._root = root
        self._changed: dict[str, bytes | None] = {}

    def _path(self, key: str) -> Path | None:
        if self._root is None:
            return None
        path = (self._root / key).resolve()
        if not path.is_relative_to(self._root.resolve()):
            raise BadInputError(
                f"The object store key '{key}' leads out of the store",
                path=self._root,
                fix="Use a relative key without '..'.",
            )
        return path

    def _load(self, key: str) -> bytes | None:
        if key in self._changed:
            return self._changed[key]
        path = self._path(key)
        return path.read_bytes() if path is not None and path.is_file() else None

    def contains_key(self, key: str) -> bool:
        """Whether the key exists."""
        return self._load(key) is not None

    def __contains__(self, key: str) -> bool:
        return self.contains_key(key)

    def read_bytes(self, key: str) -> bytes:
        """Bytes of a key. Raises KeyError when it does not exist."""
        found = self._load(key)
        if found is None:
            raise KeyError(f"Object with path '{key}' was not found in the current project.")
        return found

    def read(self, key: str) -> str:
        """Text of a key. Raises KeyError when it does not exist."""
        return self.read_bytes(key).decode()

    def read_string(self, key: str) -> str:
        """Same as `read`."""
        return self.read(key)

    def read_json(self, key: str) -> Any:
        """Parsed JSON of a key."""
        return json.loads(self.read(key))

    def save(self, key: str, text: str | None = None) -> bool:
        """Save text; without text, keep the file the algorithm wrote at `get_file_path(key)`."""
        if text is not None:
            self._changed[key] = text.encode()
        return True

    def save_string(self, key: str, text: str) -> bool:
        """Same as `save`."""
        return self.save(key, text)

    def save_bytes(self, key: str, contents: Any) -> bool:
        """Save bytes."""
        self._changed[key] = bytes(contents)
        return True

    def save_json(self, key: str, value: Any) -> bool:
        """Save a value as JSON."""
        return self.save(key, json.dumps(value))

    def delete(self, key: str) -> bool:
        """Delete a key; says whether it existed."""
        existed = self.contains_key(key)
        self._changed[key] = None
        return existed

    def get_file_path(self, key: str) -> str:
        """Path of the file of a key; it holds what was saved so far."""
        path = self._path(key)
        if path is None:
            raise BadInputError(
                "This run has no object store folder", fix="Give one to run_backtest (object_store=...)."
            )
        self.flush()
        path.parent.mkdir(parents=True, exist_ok=True)
        return str(path)

    @property
    def keys(self) -> list[str]:
        """All keys, sorted."""
        found = set()
        if self._root is not None and self._root.is_dir():
            found = {p.relative_to(self._root).as_posix() for p in self._root.rglob("*") if p.is_file()}
        for key, value in self._changed.items():
            (found.discard if value is None else found.add)(key)
        return sorted(found)

    def clear(self) -> None:
        """Write out what is in memory and forget it."""
        self.flush()

    def flush(self) -> None:
        """Write changes to the folder."""
        if self._root is None:
            return
        for key, value in self._changed.items():
            path = self._path(key)
            assert path is not None
            if value is None:
                path.unlink(missing_ok=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(value)
        self._changed.clear()
