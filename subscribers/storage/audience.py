"""Who wants what: the readers of a rhythm, where they live, the topics they chose."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select, true

from subscribers.models import Mailable
from subscribers.storage.tables import subscribers

_MAILABLE = tuple(subscribers.c[name] for name in ("id", "address", "name", "hemisphere", "topics"))


def active_pages(
    conn: Connection, size: int = 1_000, *, monthly: bool | None = None
) -> Iterator[tuple[Mailable, ...]]:
    """Everyone who may be written to, by id, at most `size` at a time.

    With `monthly` true only those who chose a monthly issue, with false only all others.
    Somebody may leave between a page and its use: ask `mailable_ids` again before sending.
    """
    asked = select(*_MAILABLE).where(*_active(monthly)).order_by(subscribers.c.id).limit(size)
    after = 0
    while page := _mailables(conn, asked.where(subscribers.c.id > after)):
        yield page
        after = page[-1].id


def active_among(conn: Connection, ids: Collection[int], *, monthly: bool) -> tuple[Mailable, ...]:
    """Those of `ids`, a thousand at most, who may be written to and read in that rhythm."""
    asked = select(*_MAILABLE).where(*_active(monthly), subscribers.c.id.in_(list(ids)))
    return _mailables(conn, asked.order_by(subscribers.c.id))


def wishes(conn: Connection, *, monthly: bool | None = None) -> frozenset[tuple[str, str]]:
    """Each (hemisphere, topics) that active readers have, topics as they are kept.

    `to_labels` reads them. What nobody has is not there.
    """
    asked = select(subscribers.c.hemisphere, subscribers.c.topics).where(*_active(monthly))
    return frozenset((row[0], row[1]) for row in conn.execute(asked.distinct()))


def is_read(conn: Connection, *, monthly: bool) -> bool:
    """Whether any active reader chose a monthly issue, or any other."""
    asked = select(subscribers.c.id).where(*_active(monthly)).limit(1)
    return conn.scalar(asked) is not None


def _active(monthly: bool | None) -> tuple[ColumnElement[bool], ...]:
    rhythm = subscribers.c.rhythm
    wanted = true() if monthly is None else rhythm == "monthly" if monthly else rhythm != "monthly"
    return subscribers.c.status == "active", wanted


def _mailables(conn: Connection, asked: Select[Any]) -> tuple[Mailable, ...]:
    return tuple(Mailable(*row) for row in conn.execute(asked))
