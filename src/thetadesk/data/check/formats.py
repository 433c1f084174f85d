"""Reading a market-data zip for checking: every entry, every line, never stopping at the first defect."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
from numpy.typing import NDArray

from lean_local.data.archives import Archive
from lean_local.errors import DataFormatError
from thetadesk.data.check.layout import INTRADAY, DataFile, EntryName, entry_name
from thetadesk.data.check.report import Code, Findings

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
COLUMNS = {"trade": 6, "quote": 11, "openinterest": 2}
_DAY_MS = 86_400_000
_STEP_MS = {"minute": 60_000, "second": 1_000}


@dataclass(frozen=True, slots=True)
class Rows:
    """All well-formed rows of one zip, entry after entry.

    `time` is milliseconds since midnight (intraday) or the number yyyyMMddHHmm; `values` are the columns after it, in
    the file's own scale, empty fields NaN; `first` is the row at which each entry begins, shape [entries + 1].
    """

    file: DataFile
    entries: tuple[EntryName, ...]
    first: Ints
    time: Ints
    values: tuple[Floats, ...]

    def __len__(self) -> int:
        return len(self.time)

    def entry_of(self) -> Ints:
        """Index of the entry of each row."""
        return np.repeat(np.arange(len(self.entries)), np.diff(self.first))

    def where(self, row: int) -> str:
        """Entry and line of a row, for people."""
        entry = int(np.searchsorted(self.first, row, side="right")) - 1
        return f"{self.entries[entry].name} line {row - int(self.first[entry]) + 1}"


def read_zip(folder: Path, file: DataFile, findings: Findings) -> Rows | None:
    """Rows of a zip; defects go to `findings`. None when nothing of it can be read, or it holds ticks."""
    try:
        archive = Archive(folder / file.path)
    except DataFormatError as error:
        findings.add(Code.ZIP, file.path, "", error.problem)
        return None
    names, texts = [], []
    for name in archive.names:
        try:
            content = archive.read(name)
            parsed = entry_name(name, file)
        except DataFormatError as error:
            findings.add(Code.ZIP, file.path, name, error.problem)
            continue
        except ValueError as error:
            findings.add(Code.NAME, file.path, name, f"the entry {error}")
            continue
        names.append(parsed)
        texts.append(content if content.endswith(b"\n") or not content else content + b"\n")
    if not names:
        findings.add(Code.ZIP, file.path, "", "the zip holds no readable entry")
        return None
    if file.resolution == "tick":
        return None
    return _parse(file, names, texts, findings)


def _parse(file: DataFile, names: list[EntryName], texts: list[bytes], findings: Findings) -> Rows | None:
    table = _table(file, b"".join(texts))
    if table is None:  # something does not parse: find it entry by entry, and go on without those entries
        good = [at for at, text in enumerate(texts) if not _report_bad_line(file, names[at], text, findings)]
        names, texts = [names[at] for at in good], [texts[at] for at in good]
        table = _table(file, b"".join(texts))
        if table is None or not names:
            return None
    counts = np.array([text.count(b"\n") for text in texts])
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    if int(first[-1]) != table.num_rows:
        findings.add(Code.FORMAT, file.path, "", "the zip has empty lines")
        return None
    values = tuple(column.to_numpy() for column in table.columns[1:])
    return Rows(file, tuple(names), first, _times(file, table.column(0)), values)


def _times(file: DataFile, column: Any) -> Ints:
    if file.resolution in INTRADAY:
        whole: Ints = column.to_numpy()
        return whole
    digits = pa.compute.replace_substring_regex(column, "[ :]", "")
    stamps: Ints = pa.compute.cast(digits, pa.int64()).to_numpy()
    return stamps


def _table(file: DataFile, text: bytes) -> Any:
    """The text as an Arrow table; None when a line does not fit the format."""
    count = COLUMNS[file.tick]
    names = [str(at) for at in range(count)]
    time_type = pa.int64() if file.resolution in INTRADAY else pa.string()
    types = {name: pa.float64() for name in names} | {"0": time_type}
    try:
        table = pa.csv.read_csv(
            io.BytesIO(text),
            pa.csv.ReadOptions(column_names=names, use_threads=False),
            convert_options=pa.csv.ConvertOptions(column_types=types, null_values=[""]),
        )
        if table.column(0).null_count:
            return None
        if file.resolution not in INTRADAY:
            pa.compute.cast(pa.compute.replace_substring_regex(table.column(0), "[ :]", ""), pa.int64())
    except pa.ArrowInvalid:
        return None if text else pa.table([pa.array([], types[name]) for name in names], names=names)
    return table


def _report_bad_line(file: DataFile, entry: EntryName, text: bytes, findings: Findings) -> bool:
    if not text or _table(file, text) is not None:
        return False
    for number, line in enumerate(text.decode("utf-8", "replace").splitlines(), 1):
        problem = _line_problem(file, line)
        if problem:
            findings.add(Code.FORMAT, file.path, f"{entry.name} line {number}", problem)
            return True
    findings.add(Code.FORMAT, file.path, entry.name, "the entry cannot be read as comma-separated numbers")
    return True


def _line_problem(file: DataFile, line: str) -> str:
    fields = line.split(",")
    if len(fields) != COLUMNS[file.tick]:
        return f"has {len(fields)} fields, {file.tick} bars have {COLUMNS[file.tick]}"
    time = fields[0] if file.resolution in INTRADAY else fields[0].replace(" ", "").replace(":", "")
    if not time.isdecimal():
        return f"has the time {fields[0]!r}"
    for field in fields[1:]:
        try:
            float(field or "0")
        except ValueError:
            return f"has {field!r} where a number belongs"
    return ""


def check_times(rows: Rows, findings: Findings) -> None:
    """Times ascend within each entry, lie within the day and on the resolution's grid."""
    path = rows.file.path
    later = np.diff(rows.time) > 0
    starts = rows.first[1:-1]
    later[starts[(starts > 0) & (starts < len(rows))] - 1] = True  # a new entry starts anew
    back = np.flatnonzero(~later) + 1
    if len(back):
        row = int(back[0])
        text = f"the time {rows.time[row]} does not follow {rows.time[row - 1]}"
        findings.add(Code.ORDER, path, rows.where(row), text, count=len(back))
    if rows.file.resolution in INTRADAY:
        step = _STEP_MS.get(rows.file.resolution, 1)
        odd = np.flatnonzero((rows.time < 0) | (rows.time >= _DAY_MS) | (rows.time % step != 0))
        if len(odd):
            row = int(odd[0])
            text = f"the time {rows.time[row]} is not the start of a {rows.file.resolution} of the day"
            findings.add(Code.FORMAT, path, rows.where(row), text, count=len(odd))
