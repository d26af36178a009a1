"""Remember the newest import, and undo it.

An import can be undone while nobody it added was written to or changed anything. Who it
added is deleted; who it changed becomes what they were, unless they changed again.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, insert, literal, select, update
from sqlalchemy.sql import ColumnElement

from subscribers.models import LastImport, Subscriber, UndoneImport
from subscribers.storage.rows import to_row
from subscribers.storage.tables import (
    UtcDateTime,
    consents,
    former_links,
    import_changes,
    imports,
    letters,
    moves,
    subscribers,
)

_TIMES = ("confirmed_at", "signed_up_at", "created_at", "asked_at")


def begin(connection: Connection, *, at: datetime, source: str, above: int) -> None:
    """Remember an import that begins now, and forget the one before it.

    `above` is the highest id so far.
    """
    connection.execute(delete(imports))
    connection.execute(delete(import_changes))
    row = {"at": at, "source": source, "above": above, "up_to": above}
    connection.execute(insert(imports), row)


def finish(connection: Connection, *, up_to: int) -> None:
    """Note the highest id after the newest import, or after the part of it that is done."""
    connection.execute(update(imports).values(up_to=up_to))


def keep_before(connection: Connection, known: Subscriber, changed: Subscriber) -> None:
    """Remember what a known person was before the import changes them."""
    old, new = _encode(to_row(known)), _encode(to_row(changed))
    previous = {name: value for name, value in old.items() if new[name] != value}
    values_written = {name: new[name] for name in previous}
    row = connection.execute(select(import_changes).where(import_changes.c.id == known.id)).first()
    if row is not None:  # a second line for the same person
        previous |= json.loads(row.previous)
        values_written = json.loads(row.written) | values_written
        connection.execute(delete(import_changes).where(import_changes.c.id == known.id))
    values = {"previous": json.dumps(previous), "written": json.dumps(values_written)}
    connection.execute(insert(import_changes), values | {"id": known.id})


def forget_import_change(connection: Connection, subscriber_id: int) -> None:
    """Let an undo leave this person as they are."""
    connection.execute(delete(import_changes).where(import_changes.c.id == subscriber_id))


def last_import(connection: Connection) -> LastImport | None:
    """Return the newest import; None if there was none."""
    row = connection.execute(select(imports).order_by(imports.c.id.desc()).limit(1)).first()
    if row is None:
        return None
    return LastImport(
        id=row.id,
        at=row.at,
        source=row.source,
        above=row.above,
        up_to=row.up_to,
        undone_at=row.undone_at,
    )


def count_asked(connection: Connection, last: LastImport) -> int:
    """Return how many people it added were asked by a message to confirm."""
    waiting = exists().where(letters.c.subscriber_id == subscribers.c.id, letters.c.tries == 0)
    query = select(func.count()).where(
        _added_by(last), subscribers.c.asked_at.is_not(None), ~waiting
    )
    return int(connection.scalar(query) or 0)


def count_changed(connection: Connection, last: LastImport) -> int:
    """Return how many people it added changed something, or were changed, since.

    The consent log has an entry of each from the import itself, and a second one of whom a later
    line of the file said more.
    """
    entry = consents.c
    by_import = and_(entry.at == last.at, entry.actor == "author", entry.source == last.source)
    query = (
        select(func.count(entry.subscriber_id.distinct()))
        .join(subscribers, subscribers.c.id == entry.subscriber_id)
        .where(_added_by(last), ~by_import)
    )
    return int(connection.scalar(query) or 0)


def undo(connection: Connection, last: LastImport, *, at: datetime) -> UndoneImport:
    """Undo the import. The caller has made sure that nobody it added was written to."""
    restored, kept_count = _restore(connection, last, at=at)
    ids = select(subscribers.c.id).where(_added_by(last))
    entries = select(
        subscribers.c.id,
        literal("undone"),
        literal(at, UtcDateTime()),
        literal("author"),
        literal(last.source),
    ).where(_added_by(last))
    columns = ["subscriber_id", "event", "at", "actor", "source"]
    connection.execute(insert(consents).from_select(columns, entries))
    for table in (letters, moves, former_links):
        connection.execute(delete(table).where(table.c.subscriber_id.in_(ids)))
    removed = connection.execute(delete(subscribers).where(_added_by(last))).rowcount
    connection.execute(delete(import_changes))
    connection.execute(update(imports).where(imports.c.id == last.id).values(undone_at=at))
    return UndoneImport(source=last.source, removed=removed, restored=restored, kept=kept_count)


def _restore(connection: Connection, last: LastImport, *, at: datetime) -> tuple[int, int]:
    """Give the people that the import changed their old values back."""
    restored, kept_count, after = 0, 0, 0
    page = select(import_changes).order_by(import_changes.c.id).limit(1_000)
    while rows := connection.execute(page.where(import_changes.c.id > after)).all():
        after = rows[-1].id
        for row in rows:
            previous, values_written = _decode(row.previous), _decode(row.written)
            person = subscribers.c
            unchanged = and_(
                person.id == row.id,
                *(
                    person[name].is_(None) if value is None else person[name] == value
                    for name, value in values_written.items()
                ),
            )
            changed = update(subscribers).where(unchanged).values(previous)
            if connection.execute(changed).rowcount == 0:
                kept_count += 1
                continue
            restored += 1
            if "status" in previous:
                entry = {
                    "subscriber_id": row.id,
                    "event": "undone",
                    "at": at,
                    "actor": "author",
                    "source": last.source,
                }
                connection.execute(insert(consents), entry)
    return restored, kept_count


def _added_by(last: LastImport) -> ColumnElement[bool]:
    # On PostgreSQL somebody may have signed up meanwhile: the time tells them apart.
    person = subscribers.c
    return and_(person.id > last.above, person.id <= last.up_to, person.created_at == last.at)


def _encode(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def _decode(text: str) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(text)
    return {
        name: datetime.fromisoformat(value) if name in _TIMES and value else value
        for name, value in row.items()
    }
