"""Issues as rows: drafts that follow the blog, and what was frozen of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, select, update

from newsletter.models import (
    Edition,
    Issue,
    IssueStatus,
    Rhythm,
)
from newsletter.storage.issue_rows import edition_of, issue_of, row_of
from newsletter.storage.tables import edition as editions
from newsletter.storage.tables import issue, issue_post

OPEN: tuple[IssueStatus, ...] = ("draft", "approved", "stopped")
# What every database holds in an integer.
LARGEST_NUMBER = 2**31 - 1
_STATUS = select(issue.c.status).where(issue.c.id == bindparam("of_issue"))


def by_id(connection: Connection, issue_id: int) -> Issue | None:
    return _first(connection, select(issue).where(issue.c.id == issue_id))


def by_number(connection: Connection, number: int) -> Issue | None:
    """The issue of that number, which may come from a web address: any digits at all."""
    if number > LARGEST_NUMBER:
        return None
    return _first(connection, select(issue).where(issue.c.number == number))


def status_of(connection: Connection, issue_id: int) -> IssueStatus | None:
    """The status alone, for who asks often."""
    return connection.scalar(_STATUS, {"of_issue": issue_id})


def newest_unfrozen(connection: Connection, rhythm: Rhythm) -> Issue | None:
    """The newest issue that is not frozen: the draft everybody means by `next`."""
    return _first(
        connection,
        select(issue)
        .where(issue.c.rhythm == rhythm, issue.c.frozen_at.is_(None), issue.c.status.in_(OPEN))
        .order_by(issue.c.number.desc()),
    )


def all_open(connection: Connection) -> tuple[Issue, ...]:
    """Every issue that may still go out and is not frozen, of whatever rhythm."""
    query = select(issue).where(issue.c.frozen_at.is_(None), issue.c.status.in_(OPEN))
    return tuple(issue_of(connection, row) for row in connection.execute(query))


def newest_frozen(connection: Connection, rhythm: Rhythm | None = None) -> Issue | None:
    """The issue frozen last, of that rhythm or of any."""
    query = select(issue).where(issue.c.frozen_at.is_not(None))
    if rhythm is not None:
        # By number: a clock that was once a year ahead makes none the newest for a year.
        query = query.where(issue.c.rhythm == rhythm).order_by(issue.c.number.desc())
    return _first(connection, query.order_by(issue.c.frozen_at.desc(), issue.c.number.desc()))


def frozen_before(connection: Connection, moment: dt.datetime, rhythm: Rhythm) -> int | None:
    """The id of the newest issue of that rhythm that was frozen at `moment` or before."""
    query = (
        select(issue.c.id)
        .where(issue.c.rhythm == rhythm, issue.c.frozen_at <= moment)
        .order_by(issue.c.frozen_at.desc(), issue.c.number.desc())
    )
    return connection.scalar(query.limit(1))


def newest_sent(connection: Connection, *, monthly: bool) -> Issue | None:
    """The newest issue that went out in full: of the month's, or of the others."""
    of = issue.c.rhythm == "monthly" if monthly else issue.c.rhythm != "monthly"
    query = select(issue).where(issue.c.status == "sent", of)
    return _first(connection, query.order_by(issue.c.number.desc()))


def unfinished(connection: Connection) -> tuple[Issue, ...]:
    """Frozen issues whose delivery is not complete and was not stopped."""
    query = select(issue).where(issue.c.status.in_(("frozen", "sending")))
    return tuple(
        issue_of(connection, row) for row in connection.execute(query.order_by(issue.c.id))
    )


def all_issues(connection: Connection) -> tuple[Issue, ...]:
    """Every issue, oldest first, without its posts."""
    rows = connection.execute(select(issue).order_by(issue.c.number))
    return tuple(issue_of(connection, row, with_posts=False) for row in rows)


def sent(connection: Connection) -> tuple[Issue, ...]:
    """Issues that went out to the end, newest first, without their posts."""
    query = select(issue).where(issue.c.status == "sent").order_by(issue.c.number.desc())
    rows = connection.execute(query)
    return tuple(issue_of(connection, row, with_posts=False) for row in rows)


def sent_neighbours(connection: Connection, number: int) -> tuple[int | None, int | None]:
    """The numbers of the sent issues before and after that one, None at the ends."""
    every = select(issue.c.number).where(issue.c.status == "sent")
    older = every.where(issue.c.number < number).order_by(issue.c.number.desc()).limit(1)
    newer = every.where(issue.c.number > number).order_by(issue.c.number).limit(1)
    return connection.scalar(older), connection.scalar(newer)


def frozen_issues(connection: Connection, rhythm: Rhythm) -> tuple[Issue, ...]:
    """Frozen issues oldest first, without posts: what the seasons' phases count."""
    query = select(issue).where(issue.c.rhythm == rhythm, issue.c.frozen_at.is_not(None))
    rows = connection.execute(query.order_by(issue.c.planned_for))
    return tuple(issue_of(connection, row, with_posts=False) for row in rows)


def next_number(connection: Connection) -> int:
    return int(connection.scalar(select(func.coalesce(func.max(issue.c.number), 0))) or 0) + 1


def add(connection: Connection, made: Issue) -> Issue:
    """Stores a new draft with its posts. Raises on a key that is taken (unique)."""
    result = connection.execute(insert(issue).values(number=made.number, **row_of(made)))
    assert result.inserted_primary_key is not None  # noqa: S101  # a single-row insert has one
    made_id = int(result.inserted_primary_key[0])
    _set_posts(connection, made_id, made.rhythm, [p.id for p in made.posts])
    found = by_number(connection, made.number)
    assert found is not None  # noqa: S101  # just inserted on this connection
    return found


def save(connection: Connection, changed: Issue, *, pinned: bool = False) -> None:
    """Stores an issue anew; with `pinned` its posts are kept as they read now."""
    values = row_of(changed, pinned=pinned)
    connection.execute(update(issue).where(issue.c.id == changed.id).values(**values))
    _set_posts(connection, changed.id, changed.rhythm, [p.id for p in changed.posts])


def set_status(connection: Connection, issue_id: int, status: IssueStatus, **moments: Any) -> None:
    connection.execute(update(issue).where(issue.c.id == issue_id).values(status=status, **moments))


def delete_draft(connection: Connection, issue_id: int) -> None:
    """Forgets a draft from which every post has gone."""
    connection.execute(delete(issue_post).where(issue_post.c.issue_id == issue_id))
    connection.execute(delete(issue).where(issue.c.id == issue_id))


def release_posts(connection: Connection, issue_id: int) -> None:
    """Gives a cancelled draft's posts back, so that the next issue may take them."""
    connection.execute(delete(issue_post).where(issue_post.c.issue_id == issue_id))


def add_editions(connection: Connection, issue_id: int, made: Iterable[Edition]) -> None:
    for one in made:
        values = {name: getattr(one, name) for name in one.__slots__ if name != "issue"}
        connection.execute(insert(editions).values(issue_id=issue_id, **values))


def editions_of(connection: Connection, of: Issue) -> tuple[Edition, ...]:
    """The frozen editions, as they were and will be sent."""
    query = select(editions).where(editions.c.issue_id == of.id).order_by(editions.c.key)
    return tuple(edition_of(row, of) for row in connection.execute(query).mappings())


def _set_posts(
    connection: Connection, issue_id: int, rhythm: Rhythm, post_ids: Sequence[int]
) -> None:
    connection.execute(delete(issue_post).where(issue_post.c.issue_id == issue_id))
    rows = [
        {"issue_id": issue_id, "post_id": post_id, "rhythm": rhythm, "position": position}
        for position, post_id in enumerate(post_ids)
    ]
    if rows:
        connection.execute(insert(issue_post), rows)


def _first(connection: Connection, query: Select[Any]) -> Issue | None:
    row = connection.execute(query.limit(1)).first()
    return issue_of(connection, row) if row else None
