"""Export the list as CSV, to open in a spreadsheet or to import again."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import Connection

from subscribers.address import address_key
from subscribers.link_ids import number_of, seal_links
from subscribers.models import Subscriber
from subscribers.storage.find import all_pages
from subscribers.storage.links import former_links_of
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
    # What the person's links hold, those of before too, and the proof that it is theirs.
    "link_id",
    "old_link_number",
    "link_seal",
)


def export_csv(
    connection: Connection,
    stream: BinaryIO,
    *,
    secrets: tuple[str, ...],
    raw: bool = False,
    status: str | None = None,
    tags: Collection[str] = (),
) -> int:
    """Write all subscribers, of every status, as CSV in UTF-8; return how many.

    `status` and `tags` filter as in `storage.all_pages`. Cells that a spreadsheet would take
    for a formula get an apostrophe in front. With `raw` they do not: the file is exactly what is
    stored, to import again and not to open. The first of `secrets` seals the links. The stream
    is left open.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=False)
    try:
        writer = csv.writer(text, quoting=csv.QUOTE_ALL)
        writer.writerow(COLUMNS)
        count = 0
        for page in all_pages(connection, status=status, tags=tags):
            former = former_links_of(connection, [person.id for person in page])
            rows = (_cells(person, former.get(person.id, ()), secrets[0]) for person in page)
            writer.writerows(_guard_cells(row, raw=raw) for row in rows)
            count += len(page)
        text.flush()
    finally:
        text.detach()
    return count


def _cells(person: Subscriber, former: Sequence[str], secret: str) -> tuple[str, ...]:
    links = (*person.links, *former)
    ids = [link for link in links if number_of(link) is None]
    numbers = [link for link in links if number_of(link) is not None]
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
        ";".join(ids),
        ";".join(numbers),
        seal_links(address_key(person.address), (*ids, *numbers), secret),
    )


def _isoformat(moment: datetime | None) -> str:
    return moment.isoformat() if moment is not None else ""


def _guard_cells(cells: tuple[str, ...], *, raw: bool) -> tuple[str, ...]:
    # An import takes one apostrophe away, so a stored one needs another even in a raw file.
    return tuple(guard(cell) if not raw or cell[:1] == "'" else cell for cell in cells)
