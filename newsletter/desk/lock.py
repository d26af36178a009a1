"""Let requests of the desk share the newsletter's lock: a POST waits a little, a GET never."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from flask import has_request_context, request

from newsletter.errors import Busy

#: Methods that change nothing (RFC 9110, 9.2.1).
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
# How long a form waits for another tab, an autosave or a short run. A delivery takes longer, and
# its author has to be told.
_PATIENCE = 5.0
_PAUSE = 0.05

Lock = Callable[[], AbstractContextManager[None]]


def patient_lock(lock: Lock) -> Lock:
    """Return `lock` for the threads of the desk.

    A request that changes something waits up to five seconds for it, then raises Busy. What a GET
    shows must not wait for a delivery, and a background thread tries again by itself: both raise
    Busy at once.
    """

    @contextmanager
    def acquire() -> Iterator[None]:
        is_patient = has_request_context() and request.method not in SAFE_METHODS
        until = time.monotonic() + (_PATIENCE if is_patient else 0.0)
        with ExitStack() as held:
            while True:
                try:
                    held.enter_context(lock())
                    break
                except Busy:
                    if time.monotonic() >= until:
                        raise
                    time.sleep(_PAUSE)
            yield

    return acquire
