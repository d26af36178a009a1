"""Who tries one link after the other that is not ours is asked to wait a minute.

Nobody guesses a signature; this tells those who try that they are seen. A link of ours
always works, whatever else came from the same network: many readers may share one.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import deque
from dataclasses import dataclass, field

from flask import Flask, Response, request

from newsletter.context import Context
from newsletter.site.error_pages import error_page
from subscribers.errors import BadToken
from subscribers.rate_limit import network_of

MOST = 10  # wrong links of one network
WITHIN = dt.timedelta(minutes=1)
_NETWORKS = 10_000  # are remembered at once: a megabyte or two


@dataclass(slots=True, eq=False)
class LinkRateLimit:
    """The wrong links of the last minute by network, in the memory of this process."""

    _at: dict[str, deque[dt.datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __len__(self) -> int:
        return len(self._at)

    def note(self, ip: str, now: dt.datetime) -> None:
        """A link from there was none of ours."""
        with self._lock:
            whose = network_of(ip)
            found = self._at.pop(whose, None) or deque(maxlen=MOST)
            found.append(now)
            self._at[whose] = found  # the last to be forgotten
            while len(self._at) > _NETWORKS:
                del self._at[next(iter(self._at))]

    def too_many(self, ip: str, now: dt.datetime) -> bool:
        """Whether so many came from there of late."""
        with self._lock:
            found = self._at.get(network_of(ip))
            return found is not None and len(found) == MOST and found[0] > now - WITHIN


def slow_guessers_down(app: Flask, context: Context) -> None:
    """Answers links that are not ours, and who sends too many of them."""
    guesses = LinkRateLimit()

    @app.errorhandler(BadToken)
    def _bad_link(error: BadToken) -> Response:
        whose, now = request.remote_addr or "", context.real_clock()
        if guesses.too_many(whose, now):
            return _slowly()
        guesses.note(whose, now)
        return error_page("This link does not work", error.message, error.cure, 404)


def _slowly() -> Response:
    response = error_page(
        "Slowly, please",
        "Too many links that do not work were opened from your network just now.",
        "Wait a minute, and open the link in your message once more.",
        429,
    )
    response.headers["Retry-After"] = str(int(WITHIN.total_seconds()))
    return response
