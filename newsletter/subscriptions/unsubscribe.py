"""The reader's way out: what the link at the foot of every message does."""

from __future__ import annotations

from dataclasses import dataclass, replace

from newsletter.addressing.recipients import TEST_TOKEN
from newsletter.context import Context
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.database.group_commit import GroupCommit
from subscribers import storage as people
from subscribers.consent import truncate_ip
from subscribers.tokens import read_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What following a link came to. `test`: it was a test copy's, which unsubscribes
    nobody. `now`: this call did it; a repeated one finds it done.
    """

    test: bool = False
    now: bool = False


def is_test_link(context: Context, token: str) -> bool:
    """Whether the link is a test copy's. Changes nothing. Raises BadToken for a forged one."""
    return _reader(context, token) is None


def leave(
    context: Context, token: str, *, source: str, together: GroupCommit | None = None
) -> Left:
    """Unsubscribes the reader whose link this is, at once and for good.

    It takes no lock: who leaves while an issue is on its way must not have to wait.
    `source` is kept in the consent log. Those who leave `together` share a commit. Raises
    BadToken, and changes nothing then.
    """
    reader = _reader(context, token)
    if reader is None:
        return Left(test=True)
    at = context.clock()
    done = (together or GroupCommit(context.engine)).write(
        lambda connection: people.unsubscribe(connection, reader, at=at, source=source)
    )
    return Left(now=done)


def may_get_less(context: Context, token: str) -> bool:
    """Whether the reader could have the newsletter less often. Raises BadToken."""
    reader = _reader(context, token)
    if context.settings.issue.rhythm == "monthly":
        return False
    if reader is None:
        return True
    with snapshot(context.engine) as connection:
        person = people.find_by_id(connection, reader)
    return person is not None and person.status == "active" and person.rhythm != "monthly"


def less_often(context: Context, token: str, *, ip: str) -> None:
    """The reader stays, and gets one issue a month. Raises BadToken."""
    reader = _reader(context, token)
    if reader is None:
        return
    with transaction(context.engine) as connection:
        person = people.find_by_id(connection, reader)
        if person is not None:
            people.save_choices(
                connection,
                reader,
                replace(person, rhythm="monthly"),
                at=context.clock(),
                ip=truncate_ip(ip),
                source="unsubscribe page",
            )


def _reader(context: Context, token: str) -> int | None:
    if token == TEST_TOKEN:
        return None
    return read_token("unsubscribe", token, context.secrets.require_signing())
