"""Threads that wait for servers and worker processes, and that nobody waits for after Ctrl-C."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def waiting_threads(number: int) -> Iterator[ThreadPoolExecutor]:
    """Yield a pool of threads. Wait for them at the end, but not after an exception.

    ThreadPoolExecutor alone would hold Ctrl-C up until the slowest server has answered.
    """
    threads = ThreadPoolExecutor(number)
    try:
        yield threads
    except BaseException:
        threads.shutdown(wait=False, cancel_futures=True)
        raise
    threads.shutdown()
