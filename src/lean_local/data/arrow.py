"""Numbers of Arrow columns as numpy arrays, without pyarrow's own converters: they import pandas, half of a start."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def values_of(column: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    """The values of a column of signed numbers or times; missing ones are NaN.

    Shares the column's memory, read-only, where nothing is missing. Raises TypeError for integers with missing values.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    first, count = array.offset, len(array)
    dtype = np.dtype(f"{'f' if pa.types.is_floating(array.type) else 'i'}{array.type.bit_width // 8}")
    validity, data = array.buffers()
    if not count:
        return np.empty(0, dtype)
    values: NDArray[Any] = np.frombuffer(data, dtype, first + count)[first:]
    if not array.null_count:
        return values
    if dtype.kind != "f":
        raise TypeError(f"A column of {array.type} with missing values has no numbers for them")
    bits = np.unpackbits(np.frombuffer(validity, np.uint8), count=first + count, bitorder="little")[first:]
    return np.where(bits.view(np.bool_), values, np.nan)
