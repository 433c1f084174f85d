"""Which kernels price: numpy from the start, numba's once `prepare` has compiled them. Nothing compiles by itself."""

from __future__ import annotations

import gc
import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from thetatrace.pricing.special import scipy_special


@dataclass(frozen=True, slots=True)
class Kernels:
    """The compiled functions; signatures in `thetatrace.pricing.compiled`."""

    implied: Callable[..., int]
    first_order: Callable[..., None]


@dataclass(frozen=True, slots=True)
class AmericanKernels:
    """Those of early exercise."""

    boundary: Callable[..., None]
    premium: Callable[..., None]
    slope: Callable[..., None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What `prepare` did: `ready` False means that numpy goes on pricing, `why` says for what cause."""

    ready: bool
    seconds: float
    why: str


class Engine:
    """The kernels in use; None: numpy."""

    kernels: Kernels | None = None
    american: AmericanKernels | None = None
    lattice: Callable[..., None] | None = None
    """That of cash dividends, compiled on request only."""


def prepare(*, american: bool = True, dividends: bool = False) -> Prepared:
    """Compile the kernels, or load them from the cache, and use them from now on. Call it in `initialize`.

    Takes about 2 s the first time on a machine and under 1 s after that; a second call costs nothing. `american` False
    leaves out what early exercise needs, for European roots: a third of that. `dividends` compiles the kernel of cash
    dividends as well, about 2 s more. Without numba, or where its compiled code cannot be loaded, numpy prices on.
    """
    start = time.perf_counter()
    scipy_special()
    try:
        if Engine.kernels is None:
            (european,) = load_kernels("european")
            Engine.kernels = Kernels(european.implied, european.first_order)
        if american and Engine.american is None:
            early, moved = load_kernels("american", "boundary_slope")
            Engine.american = AmericanKernels(early.boundary, early.premium, moved.slope)
        if dividends and Engine.lattice is None:
            (lattice,) = load_kernels("lattice")
            Engine.lattice = lattice.walk
    except (ImportError, OSError, RuntimeError) as error:
        return Prepared(ready=False, seconds=time.perf_counter() - start, why=f"{type(error).__name__}: {error}")
    return Prepared(ready=True, seconds=time.perf_counter() - start, why="")


def load_kernels(*names: str) -> list[ModuleType]:
    """The modules of `thetatrace.pricing.compiled` with these names, which compile when they are first imported."""
    collecting = gc.isenabled()
    # Compiling makes millions of objects that live on: looking for garbage among them takes a tenth of the time.
    gc.disable()
    try:
        jit = importlib.import_module("thetatrace.pricing.compiled.jit")
        with jit.cache_folder():
            return [importlib.import_module(f"thetatrace.pricing.compiled.{name}") for name in names]
    finally:
        if collecting:
            gc.enable()


def use_numpy() -> None:
    """Go back to numpy until the next `prepare`."""
    Engine.kernels = Engine.american = Engine.lattice = None
