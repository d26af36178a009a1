"""The rate limit for links with a bad token, by network.

Guessing a signature is hopeless; the limit tells those who try that they are noticed. A
valid link always works, for many readers may share a network.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Flask, Response, request

from newsletter.site.error_pages import render_error
from subscribers.errors import BadToken
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


def limit_bad_links(app: Flask, clock: Callable[[], dt.datetime]) -> None:
    """Give `app` an error page for bad tokens, and one for networks with too many of them."""
    rate_limit = LinkRateLimit()

    @app.errorhandler(BadToken)
    def bad_link(error: BadToken) -> Response:
        ip, now = request.remote_addr or "", clock()
        if rate_limit.is_exceeded(ip, now):
            return _too_many_requests()
        rate_limit.record(ip, now)
        return render_error("This link does not work", error.message, error.cure, 404)


def _too_many_requests() -> Response:
    response = render_error(
        "Slowly, please",
        "Too many links that do not work were opened from your network just now.",
        "Wait a minute, and open the link in your message once more.",
        429,
    )
    response.headers["Retry-After"] = str(int(WITHIN.total_seconds()))
    return response
