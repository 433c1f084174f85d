"""Functions of `scipy.special`, which is loaded when the first of them is called: importing it takes as long as numpy.

`prepare` loads it too, so that no live bar waits for it.
"""

from __future__ import annotations

import importlib
from functools import lru_cache
from types import ModuleType

from thetatrace.pricing.results import FloatArray


@lru_cache(maxsize=1)
def scipy_special() -> ModuleType:
    """The module."""
    return importlib.import_module("scipy.special")


def erfcx(x: FloatArray) -> FloatArray:
    """exp(x^2) erfc(x), same shape as `x`."""
    result: FloatArray = scipy_special().erfcx(x)
    return result


def ndtr(x: FloatArray) -> FloatArray:
    """Phi(x), same shape as `x`."""
    result: FloatArray = scipy_special().ndtr(x)
    return result
