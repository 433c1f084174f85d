"""Parsed days of contracts on disk, so that a day's zip is unpacked and parsed once, not in every run.

One Arrow IPC file per source zip, memory-mapped: rows lie contract by contract, so a run touches only the pages of
contracts it subscribes. Prices are int32 of 1/10000 where that is exact (else float64). A file holds the contracts that
runs have asked for so far and grows when one asks for more. It is valid for one size and modification time of its
source; writers use a temporary file and a rename, so readers never see half of one. Whatever is wrong with a cached
file, the source is read again; a disk that cannot be written only means that nothing is kept.
"""

import contextlib
import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Collection, Container
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lean_local.data.arrow import values_of
from lean_local.data.bars import AnyRows, of_matrix, time_order
from lean_local.data.columns import ContractDay, ContractKey, Floats, Ints, OpenInterestRows, matrix_of
from lean_local.data.paths import PRICE_SCALE, contract_of_entry
from lean_local.enums import TickType

LEAST_BYTES = 16_384
"""Smaller zips are parsed as quickly as a cached file is opened."""
_FORMAT = 1
_META = b"lean_local"
_MISSING = np.iinfo(np.int32).min  # NaN among scaled integers
_LOG = logging.getLogger("lean_local.data")
Stamp = list[Any]


def default_folder() -> Path | None:
    """`LEAN_LOCAL_CACHE` ("off": no cache), else lean_local in the user's cache folder; None for no cache."""
    named = os.environ.get("LEAN_LOCAL_CACHE", "")
    if named.lower() == "off":
        return None
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "lean_local"


def _limit_bytes() -> int:
    text = os.environ.get("LEAN_LOCAL_CACHE_MB", "")
    return (int(text) if text.isdigit() else 2048) * 1_000_000


@dataclass(frozen=True, slots=True)
class PackedDay:
    """Rows of some contracts of one archive, contract by contract, each ascending in time.

    `values` is [n, fields]: float64, or int32 in units of 1/10000 with `_MISSING` for NaN. Times are UTC ms.
    """

    listed: tuple[str, ...]  # every contract entry of the archive
    spans: dict[str, tuple[int, int]]  # held entries: their rows
    start: Ints
    end: Ints
    values: NDArray[Any]

    def lacks(self, only: Container[ContractKey] | None) -> list[str]:
        """Wanted entries of the archive that are not held."""
        return [n for n in self.listed if n not in self.spans and (only is None or contract_of_entry(n) in only)]

    def day(self, tick: TickType, only: Container[ContractKey] | None) -> ContractDay[Any]:
        """The wanted contracts' rows by (end, contract)."""
        pairs = [(contract_of_entry(name), span) for name, span in self.spans.items()]
        held = [(key, span) for key, span in pairs if key is not None and (only is None or key in only)]
        held.sort()
        first, last = np.array([span for _, span in held], np.int64).reshape(-1, 2).T
        counts = last - first
        stops = np.cumsum(counts)
        rows = np.repeat(first - stops + counts, counts) + np.arange(counts.sum())
        contract = np.repeat(np.arange(len(held), dtype=np.int32), counts)
        order = time_order(self.end.take(rows))
        if order is not None:
            rows, contract = rows.take(order), contract.take(order)
        values = _floats(self.values.take(rows, axis=0))  # several times faster than with brackets
        built = of_matrix(tick, self.start.take(rows), self.end.take(rows), values)
        return ContractDay(tuple(key for key, _ in held), contract, built, values)


def pack(listed: Collection[str], names: list[str], rows: AnyRows, piece: NDArray[np.int32]) -> PackedDay:
    """Freshly parsed rows (by time) of the entries `names` as a PackedDay."""
    order = np.argsort(piece, kind="stable")
    stops = np.cumsum(np.bincount(piece, minlength=len(names))).tolist()
    spans = {name: (first, last) for name, first, last in zip(names, [0, *stops], stops, strict=False)}
    start = rows.end_utc_ms if isinstance(rows, OpenInterestRows) else rows.start_utc_ms
    return PackedDay(tuple(listed), spans, start[order], rows.end_utc_ms[order], matrix_of(rows)[order])


def merge(old: PackedDay, new: PackedDay) -> PackedDay:
    """Both days' contracts."""
    shift = len(old.end)
    spans = old.spans | {name: (a + shift, b + shift) for name, (a, b) in new.spans.items()}
    values = np.concatenate([_floats(old.values), _floats(new.values)])
    return PackedDay(
        new.listed, spans, np.concatenate([old.start, new.start]), np.concatenate([old.end, new.end]), values
    )


def _floats(values: NDArray[Any]) -> Floats:
    if values.dtype != np.int32:
        return np.asarray(values, np.float64)
    made: Floats = values / PRICE_SCALE
    np.copyto(made, np.nan, where=values == _MISSING)
    return made


def _narrow(values: Floats) -> NDArray[Any]:
    """The same numbers as int32 of 1/10000 when every one comes back exactly."""
    scaled = np.rint(values * PRICE_SCALE)
    missing = np.isnan(values)
    if not ((np.abs(scaled) < -_MISSING) & (scaled / PRICE_SCALE == values) | missing).all():
        return values
    return np.where(missing, _MISSING, scaled).astype(np.int32)


def _checksum(*arrays: NDArray[Any]) -> int:
    """Sum of the bytes as 32-bit words: finds zeroed pages and flipped bits at the speed of memory."""
    return int(sum(int(np.add.reduce(a.reshape(-1).view(np.uint32), dtype=np.uint64)) for a in arrays))


class DayCache:
    """The cached days of one data folder. `folder` None: nothing is read or kept."""

    def __init__(self, folder: Path | None, data_folder: Path) -> None:
        self._root = folder
        name = hashlib.sha256(str(data_folder.resolve()).encode()).hexdigest()[:12]
        self.folder = None if folder is None else folder / "days" / name
        self._wrote = False

    def covers(self, source: Path) -> bool:
        """Whether days of that file are kept."""
        return self.folder is not None and source.stat().st_size >= LEAST_BYTES

    def load(self, relative: str, stamp: Stamp) -> PackedDay | None:
        """The cached day of a source, None when there is none that fits its stamp."""
        assert self.folder is not None
        path = self.folder / f"{relative}.arrow"
        try:
            found = _read(path, stamp)
        except FileNotFoundError:
            return None
        except (OSError, pa.ArrowException, ValueError, KeyError, TypeError, IndexError) as error:
            _LOG.warning("The cached day %s is damaged and is made again (%s).", path, error)
            return None
        with contextlib.suppress(OSError):  # the time of use decides what is dropped first; a read-only disk has none
            os.utime(path)
        return found

    def save(self, relative: str, stamp: Stamp, day: PackedDay) -> None:
        """Keep a day. A disk that cannot be written ends the keeping with one line in the log."""
        assert self.folder is not None
        path = self.folder / f"{relative}.arrow"
        temporary: str | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
            os.close(handle)
            _write(temporary, stamp, day)
            Path(temporary).replace(path)
            temporary = None
            self._wrote = True
        except OSError as error:
            _LOG.warning("Parsed days are not kept: %s cannot be written (%s).", self.folder, error.strerror)
            self.folder = None
        finally:
            if temporary is not None:
                Path(temporary).unlink(missing_ok=True)

    def trim(self) -> None:
        """Delete the longest unused days above the limit, when this run has written some."""
        if not self._wrote or self._root is None:
            return
        files = []
        for path in (self._root / "days").rglob("*.arrow"):
            try:
                facts = path.stat()
            except OSError:
                continue  # another run has just deleted it
            files.append((facts.st_mtime_ns, facts.st_size, path))
        total, limit = sum(size for _, size, _ in files), _limit_bytes()
        for _, size, path in sorted(files):
            if total <= limit:
                break
            path.unlink(missing_ok=True)
            total -= size


def stamp_of(source: Path, *facts: Any) -> Stamp:
    """What a cached day must agree on: the source's size and time, and what its rows were read with."""
    found = source.stat()
    return [_FORMAT, found.st_size, found.st_mtime_ns, *facts]


def _write(path: str, stamp: Stamp, day: PackedDay) -> None:
    base = int(day.start.min()) if len(day.start) else 0
    times = [day.start - base, day.end - base]
    if all(int(t.max(initial=0)) < -_MISSING for t in times):
        times = [t.astype(np.int32) for t in times]
    values = np.ascontiguousarray(_narrow(day.values) if day.values.dtype != np.int32 else day.values)
    index = {name: number for number, name in enumerate(day.listed)}
    facts = {
        "stamp": stamp,
        "listed": day.listed,
        "held": [[index[name], last - first] for name, (first, last) in day.spans.items()],
        "base": base,
        "sum": _checksum(*times, values),
    }
    matrix = pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), values.shape[1])
    batch = pa.record_batch([pa.array(times[0]), pa.array(times[1]), matrix], names=["start", "end", "values"])
    schema = batch.schema.with_metadata({_META: json.dumps(facts)})
    with pa.OSFile(path, "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        writer.write_batch(batch.replace_schema_metadata(schema.metadata))


def _read(path: Path, stamp: Stamp) -> PackedDay | None:
    reader = pa.ipc.open_file(pa.memory_map(str(path)))
    facts = json.loads(reader.schema.metadata[_META])
    if facts["stamp"] != stamp:
        return None
    batch = reader.get_batch(0)
    start, end = (values_of(batch.column(name)) for name in ("start", "end"))
    matrix = batch.column("values")
    values = values_of(matrix.values).reshape(len(end), matrix.type.list_size)
    if _checksum(start, end, values) != facts["sum"]:
        raise ValueError("its checksum is wrong")
    listed, spans, first = facts["listed"], {}, 0
    for number, count in facts["held"]:
        spans[listed[number]] = (first, first + count)
        first += count
    base = facts["base"]
    # Times are few bytes: widened at once, the rest stays on its pages.
    return PackedDay(tuple(listed), spans, start.astype(np.int64) + base, end.astype(np.int64) + base, values)
