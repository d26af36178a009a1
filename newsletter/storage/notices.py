"""The states of notices that were printed or mailed, so that each is sent once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, insert, select

from newsletter.storage.tables import notice

# As wide as the column; a feed's URL may be longer.
_MAX_ABOUT = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldNotice:
    """The last states of one kind about one thing that were sent to the author."""

    kind: str
    #: An issue ("issue 12"), a feed's URL, or "newsletter".
    about: str
    #: The state that was said on standard error, "" for none.
    said: str = ""
    #: The state that was mailed, "" for none.
    mailed: str = ""
    #: What the issue held then, as JSON.
    contents: str = ""


def notice_key(kind: str, about: str) -> tuple[str, str]:
    """Return the key of a row, by which `told_notices` maps it."""
    return kind, about[:_MAX_ABOUT]


def told_notices(connection: Connection) -> dict[tuple[str, str], ToldNotice]:
    """Return the states that were sent and still hold."""
    rows = connection.execute(select(notice)).mappings()
    return {(row["kind"], row["about"]): ToldNotice(**row) for row in rows}


def save(connection: Connection, row: ToldNotice) -> None:
    """Insert or update a row."""
    key = notice_key(row.kind, row.about)
    _delete_row(connection, key)
    connection.execute(insert(notice).values(asdict(row) | {"about": key[1]}))


def forget(connection: Connection, keys: Iterable[tuple[str, str]]) -> None:
    """Delete rows whose state is over, so that a state that returns is sent again."""
    for key in keys:
        _delete_row(connection, key)


def _delete_row(connection: Connection, key: tuple[str, str]) -> None:
    kind, about = key
    connection.execute(delete(notice).where(notice.c.kind == kind, notice.c.about == about))
