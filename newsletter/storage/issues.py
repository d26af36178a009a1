"""Issues: drafts that follow the blog, and what was frozen of them. Editions are in `editions`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Row,
    Select,
    Update,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from newsletter.models import (
    BeforeRelease,
    Greeting,
    Issue,
    IssueStatus,
    Post,
    Race,
    Rhythm,
    SafeHtml,
)
from newsletter.models.delivery_state import IN_DELIVERY, issue_origins
from newsletter.storage import own_edits
from newsletter.storage import posts as post_rows
from newsletter.storage.tables import issue, issue_post

#: The statuses of an issue that can still go out but is not in delivery.
OPEN: tuple[IssueStatus, ...] = ("draft", "approved", "stopped")
#: The largest integer that both databases store in an INTEGER column.
LARGEST_NUMBER = 2**31 - 1
_STATUS = select(issue.c.status).where(issue.c.id == bindparam("of_issue"))
_NO_RELEASE = {"release_at": None, "before_release": ""}
# The fields that are columns of the same name and type.
_PLAIN = (
    "key",
    "rhythm",
    "status",
    "subject",
    "preheader",
    "planned_for",
    "created_at",
    "since",
    "noticed_at",
    "void_reason",
    "missed_for",
    "approved_hash",
    "release_at",
    "frozen_at",
    "sent_at",
    "passed_over",
)


def by_id(connection: Connection, issue_id: int) -> Issue | None:
    """Return the issue with this id, None if there is none."""
    return _first(connection, select(issue).where(issue.c.id == issue_id))


def by_number(connection: Connection, number: int) -> Issue | None:
    """Return the issue with this number, None if there is none.

    The number may come from a URL, so it may be larger than any column holds.
    """
    if number > LARGEST_NUMBER:
        return None
    return _first(connection, select(issue).where(issue.c.number == number))


def status_of(connection: Connection, issue_id: int) -> IssueStatus | None:
    """Return the status alone, which costs less than the issue."""
    return connection.scalar(_STATUS, {"of_issue": issue_id})


def is_frozen(connection: Connection, key: str) -> bool:
    """Whether an issue with this key was frozen, in any rhythm."""
    query = select(issue.c.id).where(issue.c.key == key, issue.c.frozen_at.is_not(None)).limit(1)
    return connection.scalar(query) is not None


def newest_unfrozen(connection: Connection, rhythm: Rhythm) -> Issue | None:
    """Return the newest issue that is not frozen: the draft that `next` means."""
    return _first(
        connection,
        select(issue)
        .where(issue.c.rhythm == rhythm, issue.c.frozen_at.is_(None), issue.c.status.in_(OPEN))
        .order_by(issue.c.number.desc()),
    )


def all_open(connection: Connection) -> tuple[Issue, ...]:
    """Return the issues of every rhythm that can still go out and are not frozen."""
    query = select(issue).where(issue.c.frozen_at.is_(None), issue.c.status.in_(OPEN))
    return tuple(_to_issue(connection, row) for row in connection.execute(query))


def newest_frozen(connection: Connection, rhythm: Rhythm | None = None) -> Issue | None:
    """Return the issue that was frozen last, of this rhythm or of any."""
    query = select(issue).where(issue.c.frozen_at.is_not(None))
    if rhythm is not None:
        # By number: a clock that was once a year ahead would make one the newest for a year.
        query = query.where(issue.c.rhythm == rhythm).order_by(issue.c.number.desc())
    return _first(connection, query.order_by(issue.c.frozen_at.desc(), issue.c.number.desc()))


def frozen_before(connection: Connection, moment: dt.datetime, rhythm: Rhythm) -> int | None:
    """Return the id of the newest issue of this rhythm that was frozen at `moment` or before."""
    query = (
        select(issue.c.id)
        .where(issue.c.rhythm == rhythm, issue.c.frozen_at <= moment)
        .order_by(issue.c.frozen_at.desc(), issue.c.number.desc())
    )
    return connection.scalar(query.limit(1))


def newest_sent(connection: Connection, *, monthly: bool) -> Issue | None:
    """Return the newest issue that was sent completely: a monthly one, or another."""
    in_rhythm = issue.c.rhythm == "monthly" if monthly else issue.c.rhythm != "monthly"
    query = select(issue).where(issue.c.status == "sent", in_rhythm)
    return _first(connection, query.order_by(issue.c.number.desc()))


def issues_in_delivery(connection: Connection) -> tuple[Issue, ...]:
    """Return the frozen issues whose delivery is neither complete nor stopped."""
    query = select(issue).where(issue.c.status.in_(IN_DELIVERY)).order_by(issue.c.id)
    return tuple(_to_issue(connection, row) for row in connection.execute(query))


def issues_underway(connection: Connection, since: dt.datetime) -> tuple[Issue, ...]:
    """Return the issues in delivery, stopped in it, or sent `since` then, newest first."""
    is_open = issue.c.frozen_at.is_not(None) & issue.c.status.in_((*IN_DELIVERY, "stopped"))
    query = select(issue).where(is_open | (issue.c.sent_at >= since))
    return _without_posts(connection, query.order_by(issue.c.number.desc()))


def all_issues(connection: Connection) -> tuple[Issue, ...]:
    """Return every issue, oldest first, without its posts."""
    return _without_posts(connection, select(issue).order_by(issue.c.number))


def newest_issues(connection: Connection, *, below: int, limit: int) -> tuple[Issue, ...]:
    """Return issues without their posts, newest first; `below` that number, 0 for the newest."""
    query = select(issue).order_by(issue.c.number.desc()).limit(limit)
    if below:
        query = query.where(issue.c.number < below)
    return _without_posts(connection, query)


def frozen_after(connection: Connection, moment: dt.datetime) -> dt.datetime | None:
    """Return when the first issue after a moment was frozen, of any rhythm; None if none was."""
    query = select(func.min(issue.c.frozen_at)).where(issue.c.frozen_at > moment)
    next_at: dt.datetime | None = connection.scalar(query)
    return next_at


def sent_issues(connection: Connection) -> tuple[Issue, ...]:
    """Return the issues that were sent completely, newest first, without their posts."""
    query = select(issue).where(issue.c.status == "sent").order_by(issue.c.number.desc())
    return _without_posts(connection, query)


def sent_neighbours(connection: Connection, number: int) -> tuple[int | None, int | None]:
    """Return the numbers of the sent issues before and after this one, None at either end."""
    numbers = select(issue.c.number).where(issue.c.status == "sent")
    older = numbers.where(issue.c.number < number).order_by(issue.c.number.desc()).limit(1)
    newer = numbers.where(issue.c.number > number).order_by(issue.c.number).limit(1)
    return connection.scalar(older), connection.scalar(newer)


def frozen_issues(connection: Connection, rhythm: Rhythm) -> tuple[Issue, ...]:
    """Return the frozen issues of this rhythm, oldest first, without their posts."""
    query = select(issue).where(issue.c.rhythm == rhythm, issue.c.frozen_at.is_not(None))
    return _without_posts(connection, query.order_by(issue.c.planned_for))


def next_number(connection: Connection) -> int:
    """Return the number of the next issue to be drafted."""
    return int(connection.scalar(select(func.coalesce(func.max(issue.c.number), 0))) or 0) + 1


def add(connection: Connection, new: Issue) -> Issue:
    """Insert a draft with its posts. Raise IntegrityError if its key is taken."""
    result = connection.execute(insert(issue).values(number=new.number, **_to_row(new)))
    assert result.inserted_primary_key is not None  # noqa: S101  # a single-row insert has one
    new_id = int(result.inserted_primary_key[0])
    own_edits.forget_kept(connection, new.rhythm, new.key)
    _set_posts(connection, new_id, new.rhythm, [post.id for post in new.posts])
    stored = by_number(connection, new.number)
    assert stored is not None  # noqa: S101  # just inserted on this connection
    return stored


def save(connection: Connection, changed: Issue, *, pinned: bool = False) -> None:
    """Update an issue whose status is unchanged or may change so.

    `pinned` stores its posts as they read now.
    """
    values = _to_row(changed, pinned=pinned)
    connection.execute(_update_from_origins(changed.id, changed.status).values(**values))
    _set_posts(connection, changed.id, changed.rhythm, [post.id for post in changed.posts])


def set_status(connection: Connection, issue_id: int, status: IssueStatus, **values: Any) -> None:
    """Update an issue's status, and other columns, if the state machine allows it.

    An issue that has the status already keeps it.
    """
    if status != "approved":
        values |= _NO_RELEASE
    connection.execute(_update_from_origins(issue_id, status).values(status=status, **values))


def release(connection: Connection, issue_id: int, at: dt.datetime, before: BeforeRelease) -> None:
    """Let an approved issue go at `at`, and store what it was `before`."""
    values = {"release_at": at, "before_release": msgspec.json.encode(before).decode()}
    connection.execute(
        update(issue).where(issue.c.id == issue_id, issue.c.status == "approved").values(**values)
    )


def released_issues(connection: Connection) -> tuple[Issue, ...]:
    """Return the issues that are let go and not frozen yet, the first to go first."""
    query = select(issue).where(issue.c.release_at.is_not(None), issue.c.frozen_at.is_(None))
    rows = connection.execute(query.order_by(issue.c.release_at))
    return tuple(_to_issue(connection, row) for row in rows)


def delete_draft(connection: Connection, issue_id: int) -> None:
    """Delete a draft; its posts can go into another issue.

    What the author wrote for it is kept: see `own_edits.kept_own_edits`.
    """
    row = connection.execute(select(issue).where(issue.c.id == issue_id)).one()
    if row.own_edits:
        own_edits.keep(connection, row.rhythm, row.key, row.own_edits)
    release_posts(connection, issue_id)
    connection.execute(delete(issue).where(issue.c.id == issue_id))


def release_posts(connection: Connection, issue_id: int) -> None:
    """Take the posts out of an issue, so that another may have them."""
    connection.execute(delete(issue_post).where(issue_post.c.issue_id == issue_id))


def _update_from_origins(issue_id: int, status: IssueStatus) -> Update:
    """Return an UPDATE of an issue that has this status or may get it."""
    origins = (*issue_origins(status), status)
    return update(issue).where(issue.c.id == issue_id, issue.c.status.in_(origins))


def _set_posts(
    connection: Connection, issue_id: int, rhythm: Rhythm, post_ids: Sequence[int]
) -> None:
    release_posts(connection, issue_id)
    rows = [
        {"issue_id": issue_id, "post_id": post_id, "rhythm": rhythm, "position": position}
        for position, post_id in enumerate(post_ids)
    ]
    if rows:
        connection.execute(insert(issue_post), rows)


def _first(connection: Connection, query: Select[Any]) -> Issue | None:
    row = connection.execute(query.limit(1)).first()
    return _to_issue(connection, row) if row else None


def _without_posts(connection: Connection, query: Select[Any]) -> tuple[Issue, ...]:
    rows = connection.execute(query)
    return tuple(_to_issue(connection, row, with_posts=False) for row in rows)


def _to_issue(connection: Connection, row: Row[Any], *, with_posts: bool = True) -> Issue:
    *earlier, current = own_edits.decode_history(row.own_edits, row.wish)
    return Issue(
        **{name: getattr(row, name) for name in _PLAIN},
        id=row.id,
        number=row.number,
        greetings=msgspec.json.decode(row.greetings, type=tuple[Greeting, ...]),
        races=msgspec.json.decode(row.races, type=tuple[Race, ...]),
        own_edits=current,
        earlier_edits=tuple(earlier),
        later_edits=own_edits.decode_edits(row.undone_edits),
        # Safe: the notes came from the cleaner.
        note=SafeHtml(row.note),
        before_release=msgspec.json.decode(row.before_release or "null", type=BeforeRelease | None),
        posts=_posts_of(connection, row) if with_posts else (),
    )


def _posts_of(connection: Connection, row: Row[Any]) -> tuple[Post, ...]:
    if row.pinned_posts:
        return post_rows.decode_posts(row.pinned_posts)
    ids = connection.scalars(
        select(issue_post.c.post_id)
        .where(issue_post.c.issue_id == row.id)
        .order_by(issue_post.c.position)
    )
    return post_rows.by_ids(connection, tuple(ids))


def _to_row(changed: Issue, *, pinned: bool = False) -> dict[str, Any]:
    """Return the columns of an issue except its number."""
    values: dict[str, Any] = {name: getattr(changed, name) for name in _PLAIN}
    for column, value in (
        ("greetings", changed.greetings),
        ("wish", changed.greeting_override),
        ("races", changed.races),
    ):
        values[column] = msgspec.json.encode(value).decode()
    values["note"] = str(changed.note)
    values["own_edits"] = own_edits.encode_edits((*changed.earlier_edits, changed.own_edits))
    values["undone_edits"] = own_edits.encode_edits(changed.later_edits)
    values["pinned_posts"] = post_rows.encode_posts(changed.posts) if pinned else ""
    before = changed.before_release
    values["before_release"] = msgspec.json.encode(before).decode() if before else ""
    # A release belongs to an approval: an edit, say, takes both away.
    return values if changed.status == "approved" else values | _NO_RELEASE
