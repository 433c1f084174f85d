"""Functions that write their own LLVM code do what the same Python does, also where a vector is not full."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from thetatrace.pricing.compiled.emit import (
    WIDTH,
    Running,
    as_written,
    emitted,
    lanes,
    larger,
    root,
    rounds,
    select,
    smaller,
)

ODD = [-2.5, -0.0, 0.0, 0.1, 0.7, 3.0, np.nan, np.inf, -np.inf, 1e300]


@as_written
def lost(a, b):
    product = a * b
    return a * b - product


def compiled(halves):
    """Fills rows of `out` from `begin` on, in as many columns as `x` and `y` have."""

    @emitted
    def fill(count: int, begin: int, x: np.ndarray, y: np.ndarray, factor: float, out: np.ndarray) -> None:
        for n in rounds(begin):
            for lane in lanes(count, halves=halves):
                i = lane.within(count)
                a, b = x[i], y[i]
                out[n, i] = select((a > b) | (a != b), factor * a - b, abs(b) / 2.0)
                out[begin + n, i] = larger(a, b) + smaller(a, 1.0)
                out[2 * begin + n, i] = root(-a) + lost(a, b)
                out[3 * begin + n, i] = select((a <= b) & (b < 2.0), 1.0, 0.0)

    @numba.njit
    def run(x, y, factor, out):
        fill(x.size, 2, x, y, factor, out)

    return run


@emitted
def total(count: int, a: float, b: float) -> float:
    """Of scalars: `count` times what the larger one is above 1."""
    found = Running(0.0, a)
    for _ in rounds(count):
        found.add(select(a >= b, a, b) - 1.0)
    return found.now


def by_python(x, y, factor):
    """What `compiled` fills, of one column."""
    one = factor * x - y if x > y or x != y else abs(y) / 2.0
    return [one, max(x, y) + min(x, 1.0), np.sqrt(-x) + (x * y - x * y), 1.0 if x <= y < 2.0 else 0.0]


@pytest.fixture(scope="module", params=[False, True], ids=["whole", "halves"])
def filled(request):
    """`compiled`, once for all counts."""
    return compiled(request.param)


@pytest.mark.parametrize("count", [0, 1, WIDTH // 2 + 1, WIDTH, WIDTH + 1, len(ODD) ** 2])
def test_vectors_give_what_python_gives_and_touch_no_more(filled, count):
    x, y = (column.ravel()[:count].copy() for column in np.meshgrid(ODD, ODD))
    out = np.full((8, count + WIDTH), -9.0)
    beyond = out[:, :count]
    with np.errstate(all="ignore"):
        expected = np.array([by_python(a, b, 2.0) for a, b in zip(x, y, strict=True)]).reshape(count, 4)
        filled(x, y, 2.0, out)
    np.testing.assert_array_equal(beyond[::2].T, expected)
    np.testing.assert_array_equal(beyond[1::2].T, expected)
    assert np.all(out[:, count:] == -9.0)


def test_scalars_give_what_python_gives():
    @numba.njit
    def run(count, a, b):
        return total(count, a, b)

    assert [run(3, 5, 1.0), run(2, 1.0, 3.0), run(0, 1.0, 3.0)] == [12.0, 4.0, 0.0]


def test_a_choice_that_cannot_be_made_yet_is_refused():
    @emitted
    def choose(a: float) -> float:
        return a if a > 0.5 else 0.0

    @numba.njit
    def run(a):
        return choose(a)

    with pytest.raises(Exception, match="use select"):
        run(1.0)
