"""How the kernels are compiled: eagerly, for one signature each, one thread, cached where the machine lets us."""

from __future__ import annotations

import atexit
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core.compiler_lock import global_compiler_lock

F = TypeVar("F", bound=Callable[..., Any])
CACHE_NAME = "thetatrace-numba"


def sources_digest() -> str:
    """Digest of all sources of `thetatrace.pricing`: numba itself looks at one file only, and kernels inline each
    other's functions and the constants that they share with numpy's."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def is_ours(folder: Path) -> bool:
    """Whether `folder` can be made, belongs to this user or to whom these sources belong, and can be written: cached
    code is code that runs, as the sources are. In LEAN's container root runs the sources of a user outside."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = folder.stat().st_uid
        trusted = not hasattr(os, "getuid") or owner in (os.getuid(), Path(__file__).stat().st_uid)
        return trusted and os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        return False


def find_cache_folder() -> Path | None:
    """First usable of NUMBA_CACHE_DIR, the package's __pycache__ and the temporary folder; None: compile each time.

    Inside LEAN's image the library may be mounted read-only or belong to another user.
    """
    user = str(os.getuid()) if hasattr(os, "getuid") else "user"
    asked = os.environ.get("NUMBA_CACHE_DIR")
    bases = [Path(asked) / CACHE_NAME] if asked else []
    bases += [Path(__file__).parent / "__pycache__" / CACHE_NAME, Path(tempfile.gettempdir()) / f"{CACHE_NAME}-{user}"]
    return next((base / sources_digest() for base in bases if is_ours(base / sources_digest())), None)


CACHE_FOLDER = find_cache_folder()
# Where another thread compiles while the process ends, LLVM must not be at work when its memory is taken down: the end
# waits for the kernel being compiled (a fraction of a second), and no other begins.
atexit.register(global_compiler_lock.acquire)


@contextmanager
def cache_folder() -> Iterator[None]:
    """Lets numba cache what is decorated meanwhile in our folder; the rest of the process keeps its own."""
    before = numba.config.CACHE_DIR
    if CACHE_FOLDER is not None:
        numba.config.CACHE_DIR = str(CACHE_FOLDER)
    try:
        yield
    finally:
        numba.config.CACHE_DIR = before


def pasted(function: F) -> F:
    """A piece of a kernel, pasted into it before compiling: inlined by LLVM, it would be compiled twice."""
    made: F = numba.njit(error_model="numpy", inline="always")(function)
    return made


def piece(function: F) -> F:
    """A function on arrays that kernels call: compiled once, however often it is used."""
    made: F = numba.njit(error_model="numpy", fastmath={"contract"})(function)
    return made


def kernel(signature: str, *, fused: bool = True) -> Callable[[F], F]:
    """A loop over arrays, compiled for one signature at once, or loaded from the cache.

    `fused`: a x b + c may become one operation everywhere; without it only where `emit` says so.
    """

    def compile_now(function: F) -> F:
        made: F = numba.njit(
            signature,
            error_model="numpy",
            fastmath={"contract"} if fused else False,
            cache=CACHE_FOLDER is not None,
            nogil=True,
            no_cfunc_wrapper=True,
        )(function)
        return made

    return compile_now
