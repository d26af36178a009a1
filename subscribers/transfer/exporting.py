"""Export the list as CSV, to open in a spreadsheet or to import again."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import Connection

from subscribers.models import Subscriber
from subscribers.storage.find import all_pages
from subscribers.transfer.cells import guard

COLUMNS = (
    "email",
    "name",
    "status",
    "hemisphere",
    "rhythm",
    "topics",
    "tags",
    "confirmed_at",
    "signed_up_at",
    "source",
    # The person's own id, which their links hold. It has two columns because links of today
    # hold the row's number, which another database gives to somebody else.
    "link_id",
    "old_link_number",
)


def export_csv(
    connection: Connection,
    stream: BinaryIO,
    *,
    raw: bool = False,
    status: str | None = None,
    tags: Collection[str] = (),
) -> int:
    """Write all subscribers, of every status, as CSV in UTF-8; return how many.

    `status` and `tags` filter as in `storage.all_pages`. Cells that a spreadsheet would take
    for a formula get an apostrophe in front. With `raw` they do not: the file is exactly
    what is stored, to import again and not to open. The stream is left open.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=False)
    try:
        writer = csv.writer(text, quoting=csv.QUOTE_ALL)
        writer.writerow(COLUMNS)
        count = 0
        for page in all_pages(connection, status=status, tags=tags):
            rows = (_cells(person) for person in page)
            writer.writerows(_guard_cells(row, raw=raw) for row in rows)
            count += len(page)
        text.flush()
    finally:
        text.detach()
    return count


def _cells(person: Subscriber) -> tuple[str, ...]:
    return (
        person.address,
        person.name,
        person.status,
        person.hemisphere,
        person.rhythm,
        ";".join(person.topics),
        ";".join(person.tags),
        _isoformat(person.confirmed_at),
        _isoformat(person.signed_up_at),
        person.source,
        "",
        str(person.id),
    )


def _isoformat(moment: datetime | None) -> str:
    return moment.isoformat() if moment is not None else ""


def _guard_cells(cells: tuple[str, ...], *, raw: bool) -> tuple[str, ...]:
    # An import takes one apostrophe away, so a stored one needs another even in a raw file.
    return tuple(guard(cell) if not raw or cell[:1] == "'" else cell for cell in cells)
