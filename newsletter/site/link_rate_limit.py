"""The rate limit for links with a bad token, by network.

Guessing a signature is hopeless; the limit tells those who try that they are noticed. A
valid link always works, for many readers may share a network.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import deque
from dataclasses import dataclass, field

from subscribers.rate_limit import network_of

MAX_BAD_LINKS = 10  # of one network
WITHIN = dt.timedelta(minutes=1)
_MAX_NETWORKS = 10_000  # a megabyte or two


@dataclass(slots=True, eq=False)
class LinkRateLimit:
    """The times of the last bad links by network, in the memory of this process."""

    _times: dict[str, deque[dt.datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __len__(self) -> int:
        return len(self._times)

    def record(self, ip: str, now: dt.datetime) -> None:
        """Record a bad link from an IP address."""
        with self._lock:
            network = network_of(ip)
            times = self._times.pop(network, None) or deque(maxlen=MAX_BAD_LINKS)
            times.append(now)
            self._times[network] = times  # now the last to be evicted
            while len(self._times) > _MAX_NETWORKS:
                del self._times[next(iter(self._times))]

    def is_exceeded(self, ip: str, now: dt.datetime) -> bool:
        """Return whether the network of an IP address has reached the limit."""
        with self._lock:
            times = self._times.get(network_of(ip))
            return times is not None and len(times) == MAX_BAD_LINKS and times[0] > now - WITHIN
