"""Which browsers are signed in, and when that ends."""

from __future__ import annotations

import datetime as dt

from newsletter.desk.sessions import IDLE_LIMIT, TOTAL_LIMIT, Sessions

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
HASH = "a hash"


def is_open(sessions: Sessions, session_id: str, now: dt.datetime, *, is_used: bool = True) -> bool:
    return sessions.is_open(session_id, now, HASH, is_used=is_used)


def test_a_session_is_open_while_it_is_used_and_a_day_at_most() -> None:
    sessions, now = Sessions(), NOW
    session_id = sessions.start(now, HASH)
    while now - NOW < TOTAL_LIMIT:
        assert is_open(sessions, session_id, now)
        now += IDLE_LIMIT
    assert not is_open(sessions, session_id, now + dt.timedelta(seconds=1))


def test_an_idle_one_ends_though_its_page_asks_for_news() -> None:
    sessions = Sessions()
    session_id = sessions.start(NOW, HASH)
    assert is_open(sessions, session_id, NOW + IDLE_LIMIT, is_used=False)
    assert not is_open(sessions, session_id, NOW + IDLE_LIMIT + dt.timedelta(seconds=1))
    assert len(sessions) == 0


def test_signing_out_ends_one_and_everywhere_ends_all() -> None:
    sessions = Sessions()
    first, second, third = (sessions.start(NOW, HASH) for _ in range(3))
    sessions.end(first)
    assert [is_open(sessions, each, NOW) for each in (first, second, third)] == [False, True, True]
    assert sessions.end_all() == 2
    assert not is_open(sessions, second, NOW)


def test_another_password_ends_it() -> None:
    sessions = Sessions()
    session_id = sessions.start(NOW, HASH)
    assert not sessions.is_open(session_id, NOW, "another hash", is_used=True)
    assert not is_open(sessions, session_id, NOW)


def test_no_id_of_a_session_is_kept() -> None:
    sessions = Sessions()
    session_id = sessions.start(NOW, HASH)
    assert session_id not in repr(vars(sessions))
    assert not is_open(sessions, "", NOW)
