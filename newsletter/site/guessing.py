"""Who tries one link after the other that is not ours is asked to wait a minute.

Nobody guesses a signature; this keeps those who try from costing us work, and from asking
about pages they were not sent. Whoever leaves is always heard: the way out never waits.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import deque
from dataclasses import dataclass, field

from flask import Flask, Response, request

from newsletter.pipeline.context import Context
from newsletter.site.sorry import sorry
from subscribers.errors import BadToken
from subscribers.limits import network

MOST = 10  # wrong links of one network
WITHIN = dt.timedelta(minutes=1)
_NETWORKS = 10_000  # are remembered at once: a megabyte or two
_WAY_OUT = "unsubscribe"


@dataclass(slots=True, eq=False)
class Guesses:
    """The wrong links of the last minute by network, in the memory of this process."""

    _at: dict[str, deque[dt.datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __len__(self) -> int:
        return len(self._at)

    def note(self, ip: str, now: dt.datetime) -> None:
        """A link from there was none of ours."""
        with self._lock:
            whose = network(ip)
            found = self._at.pop(whose, None) or deque(maxlen=MOST)
            found.append(now)
            self._at[whose] = found  # the last to be forgotten
            while len(self._at) > _NETWORKS:
                del self._at[next(iter(self._at))]

    def too_many(self, ip: str, now: dt.datetime) -> bool:
        """Whether no more links from there are looked at for now."""
        with self._lock:
            found = self._at.get(network(ip))
            return found is not None and len(found) == MOST and found[0] > now - WITHIN


def slow_guessers_down(app: Flask, context: Context) -> None:
    """Answers links that are not ours, and who sends too many of them."""
    guesses = Guesses()

    def waits() -> bool:
        return guesses.too_many(request.remote_addr or "", context.real_clock())

    @app.before_request
    def _look_at_no_link() -> Response | None:
        by_link = "token" in (request.view_args or {}) and request.blueprint != _WAY_OUT
        return _slowly() if by_link and waits() else None

    @app.errorhandler(BadToken)
    def _bad_link(error: BadToken) -> Response:
        if waits():
            return _slowly()
        guesses.note(request.remote_addr or "", context.real_clock())
        return sorry("This link does not work", error.message, error.cure, 404)


def _slowly() -> Response:
    response = sorry(
        "Slowly, please",
        "Many links that do not work came from your network just now.",
        "Wait a minute, and open the link in your message once more.",
        429,
    )
    response.headers["Retry-After"] = str(int(WITHIN.total_seconds()))
    return response
