"""A reader's address out of what this package keeps; the figures stay.

The number of a reader who is erased leads to nobody, and deliveries go on being counted
under it: an issue's sums add up for ever, and one in flight is not upset (a claim finds
nobody mailable under the number).
"""

from __future__ import annotations

import re

from sqlalchemy import Column, Connection, Table, func, select, update

from newsletter.storage.tables import batch, delivery, event, issue

# RFC 2606: no mail can ever go there.
_NOWHERE = "erased.invalid"
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?=[A-Za-z0-9-]+\.[A-Za-z0-9])")


def without_addresses(detail: str) -> str:
    """What a server said, naming nobody: of an address only the domain is left."""
    return _ADDRESS.sub("…@", detail) if "@" in detail else detail


def erase_reader(
    connection: Connection, subscriber_id: int | None, address: str
) -> tuple[str, ...]:
    """Takes a reader out of the deliveries, the batches' words and the events.

    `address` is normalised. Returns every spelling the deliveries had of it (those of an
    earlier address too), for what lies in files.
    """
    mine = func.lower(delivery.c.address) == address.lower()
    if subscriber_id is not None:
        of_issues = delivery.c.issue_id.in_(select(issue.c.id))  # the index begins with it
        mine = mine | (of_issues & (delivery.c.subscriber_id == subscriber_id))
    rows = connection.execute(
        select(delivery.c.id, delivery.c.subscriber_id, delivery.c.address).where(mine)
    ).all()
    for row in rows:
        nowhere = f"{row.subscriber_id}@{_NOWHERE}"
        connection.execute(update(delivery).where(delivery.c.id == row.id).values(address=nowhere))
    spelled = {row.address for row in rows if not row.address.endswith(f"@{_NOWHERE}")}
    for named in {address, *spelled}:
        for table, column in (
            (delivery, delivery.c.detail),
            (batch, batch.c.detail),
            (event, event.c.detail),
        ):
            _sweep(connection, table, column, named)
    return tuple(sorted(spelled))


def _sweep(connection: Connection, table: Table, column: Column[str], address: str) -> None:
    asked = select(table.c.id, column).where(
        func.lower(column).contains(address.lower(), autoescape=True)
    )
    for row in connection.execute(asked).all():
        values = {column: without_addresses(row[1])}
        connection.execute(update(table).where(table.c.id == row[0]).values(values))
