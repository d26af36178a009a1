"""How often a password may be tried, by network and in all."""

from __future__ import annotations

import datetime as dt
import threading
from collections import deque

from subscribers.rate_limit import network_of

#: Wrong passwords of one network that cost no wait.
FREE_TRIES = 5
_FIRST_WAIT = dt.timedelta(seconds=15)
_LONGEST_WAIT = dt.timedelta(minutes=15)
_FORGOTTEN_AFTER = dt.timedelta(hours=6)
#: Wrong passwords of all networks within `WITHIN` that cost strangers no wait.
FREE_TRIES_OF_ALL = 30
WITHIN = dt.timedelta(minutes=15)
_WAIT_OF_ALL = dt.timedelta(seconds=20)
_MAX_NETWORKS = 10_000  # a megabyte or two


class LoginLimits:
    """The wrong passwords of late, in the memory of this process.

    Each one after the fifth doubles the wait of its network. Many from many networks slow down
    all networks but those that signed in before: a flood cannot lock the author out at home.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: How many tries of a network failed, and when the last one did.
        self._failures: dict[str, tuple[int, dt.datetime]] = {}
        self._of_all: deque[dt.datetime] = deque(maxlen=FREE_TRIES_OF_ALL)
        self._known: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._failures)

    def start_try(self, ip: str, now: dt.datetime) -> dt.timedelta:
        """Count a try as failed, and return zero; or return how long the network has to wait."""
        network = network_of(ip)
        with self._lock:
            count, last = self._failures.get(network, (0, now))
            if now - last > _FORGOTTEN_AFTER:
                count = 0
            wait = last + _wait_after(count) - now if count else dt.timedelta()
            if network not in self._known:
                wait = max(wait, self._wait_of_all(now))
            if wait > dt.timedelta():
                return wait
            self._failures.pop(network, None)
            self._failures[network] = (count + 1, now)  # now the last to be evicted
            self._of_all.append(now)
            while len(self._failures) > _MAX_NETWORKS:
                del self._failures[next(iter(self._failures))]
        return dt.timedelta()

    def record_success(self, ip: str) -> None:
        """Forget what the network got wrong, and know it from now on."""
        network = network_of(ip)
        with self._lock:
            self._failures.pop(network, None)
            if self._of_all:
                self._of_all.pop()
            self._known[network] = None
            while len(self._known) > _MAX_NETWORKS:
                del self._known[next(iter(self._known))]

    def _wait_of_all(self, now: dt.datetime) -> dt.timedelta:
        if len(self._of_all) < FREE_TRIES_OF_ALL or self._of_all[0] < now - WITHIN:
            return dt.timedelta()
        return self._of_all[-1] + _WAIT_OF_ALL - now


def _wait_after(failures: int) -> dt.timedelta:
    """Return how long after the last of so many wrong passwords the next one is looked at."""
    if failures < FREE_TRIES:
        return dt.timedelta()
    return min(_LONGEST_WAIT, _FIRST_WAIT * (1 << min(failures - FREE_TRIES, 10)))
