"""What makes a start quick."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


@contextmanager
def no_collection() -> Iterator[None]:
    """Without the garbage collector: nothing that importing makes is garbage, yet it would be looked through again
    and again, which is a fifth of a start."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def seldom_collection() -> Iterator[None]:
    """With a garbage collector that comes seldom: a run makes objects by the thousand whose references free them."""
    before = gc.get_threshold()
    gc.set_threshold(before[0] and max(before[0], 50_000), *before[1:])  # 0: none at all
    try:
        yield
    finally:
        gc.set_threshold(*before)


class LazyModule(ModuleType):
    """A module that is imported when one of its names is first used."""

    def __getattr__(self, name: str) -> Any:
        real = import_module(self.__name__)
        self.__dict__.update(real.__dict__)
        return getattr(real, name)
