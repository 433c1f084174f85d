"""Worker processes that end with the process that started them, even when that one is killed."""

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor


def worker_pool(workers: int) -> ProcessPoolExecutor:
    """A process pool whose workers leave as soon as their parent is gone (a killed parent cannot tell them to)."""
    return ProcessPoolExecutor(workers, initializer=_watch_parent)


def _watch_parent() -> None:
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
