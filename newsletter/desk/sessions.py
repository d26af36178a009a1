"""The browsers that are signed in to a desk, in the memory of its process.

Only a random id is in a browser's cookie, and only its hash is kept here. So each session can be
ended, and all of them end with the process.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import threading
from dataclasses import dataclass, replace

IDLE_LIMIT = dt.timedelta(hours=2)
TOTAL_LIMIT = dt.timedelta(hours=24)
_MAX_SESSIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    began: dt.datetime
    used: dt.datetime
    #: The hash of the password that it was opened with.
    password_hash: str


class Sessions:
    """The open sessions. One ends by its time, by signing out, and with its password."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, _Session] = {}

    def __len__(self) -> int:
        return len(self._open)

    def start(self, now: dt.datetime, password_hash: str) -> str:
        """Open a session and return the id for its cookie."""
        session_id = secrets.token_urlsafe(32)
        with self._lock:
            while len(self._open) >= _MAX_SESSIONS:
                del self._open[next(iter(self._open))]
            self._open[_key(session_id)] = _Session(
                began=now, used=now, password_hash=password_hash
            )
        return session_id

    def is_open(
        self, session_id: str, now: dt.datetime, password_hash: str, *, is_used: bool
    ) -> bool:
        """Whether a session is open. `is_used` if a person did something, and not their page."""
        key = _key(session_id)
        with self._lock:
            session = self._open.get(key)
            if session is None:
                return False
            is_over = (
                now - session.used > IDLE_LIMIT
                or now - session.began > TOTAL_LIMIT
                or session.password_hash != password_hash
            )
            if is_over:
                del self._open[key]
                return False
            if is_used:
                self._open[key] = replace(session, used=now)
        return True

    def end(self, session_id: str) -> None:
        """End one session."""
        with self._lock:
            self._open.pop(_key(session_id), None)

    def end_all(self) -> int:
        """End every session, and return how many there were."""
        with self._lock:
            count = len(self._open)
            self._open.clear()
        return count


def _key(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()
