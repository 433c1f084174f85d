"""Arrow columns as numpy arrays: the same numbers as pyarrow's own converter, which imports pandas."""

import subprocess
import sys
from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from lean_local.data.arrow import values_of

FLOATS = pa.array([1.5, None, -0.0, float("nan"), None, 7.25, 8.0, 9.0, None, 11.0])
COLUMNS = {
    "floats": FLOATS,
    "whole": pa.array([1.0, 2.5, 3.0]),
    "a slice": FLOATS.slice(3, 6),
    "a slice of whole ones": pa.array([1.0, 2.5, 3.0, 4.0]).slice(1, 2),
    "small": pa.array([1, 2, 3], pa.int32()),
    "chunks": pa.chunked_array([[1.0, None], [3.0]]),
    "none": pa.array([], pa.float64()),
    "all missing": pa.array([None, None], pa.float64()),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_numbers(name):
    column = COLUMNS[name]
    expected = column.to_numpy() if isinstance(column, pa.ChunkedArray) else column.to_numpy(zero_copy_only=False)
    found = values_of(column)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def test_times_are_integers():
    times = pa.array([datetime(2021, 3, 1), datetime(1969, 12, 31)], pa.timestamp("ms"))
    assert values_of(times).tolist() == [1_614_556_800_000, -86_400_000]
    with pytest.raises(TypeError, match="int64 with missing values"):
        values_of(pa.array([1, None]))


def test_reading_a_file_imports_no_pandas():
    code = """
import sys
from pathlib import Path
from lean_local.data.rows import Piece, parse
for content, dated in ((b"0,1.5,\\n60000,,2.5\\n", False), (b"20210301 09:30,1.5,2.5\\n", True)):
    assert len(parse([Piece(Path("x"), "", content)], ["a", "b"], dated=dated).times)
assert "pandas" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
