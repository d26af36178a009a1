"""Export the list as CSV, to open in a spreadsheet or to import again."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from typing import BinaryIO

from sqlalchemy import Connection

from subscribers.models import Subscriber
from subscribers.storage.find import all_pages

COLUMNS = (
    "email",
    "name",
    "status",
    "hemisphere",
    "rhythm",
    "topics",
    "tags",
    "confirmed_at",
    "source",
)
# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV Injection; CWE-1236).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


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
        written = 0
        for page in all_pages(connection, status=status, tags=tags):
            rows = (_cells(person) for person in page)
            writer.writerows(rows if raw else (_escape_formulas(row) for row in rows))
            written += len(page)
        text.flush()
    finally:
        text.detach()
    return written


def _cells(person: Subscriber) -> tuple[str, ...]:
    return (
        person.address,
        person.name,
        person.status,
        person.hemisphere,
        person.rhythm,
        ";".join(person.topics),
        ";".join(person.tags),
        person.confirmed_at.isoformat() if person.confirmed_at is not None else "",
        person.source,
    )


def _escape_formulas(cells: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell for cell in cells)
