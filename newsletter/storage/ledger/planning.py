"""Plan the deliveries of an issue while others write.

PostgreSQL takes them into the ledger at once. SQLite has one writer: the plan waits in temporary
tables, and `store_plan` copies it in the transaction that has locked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    insert,
    literal,
    select,
    update,
)

from newsletter.storage.ledger import deliveries
from newsletter.storage.ledger.deliveries import PlannedDelivery, planned_rows
from newsletter.storage.ledger.transitions import add_batch
from newsletter.storage.tables import delivery

_temporary = MetaData()
_delivery = Table(
    "planned_delivery",
    _temporary,
    Column("id", Integer, primary_key=True),
    Column("batch_id", Integer, nullable=False),
    Column("subscriber_id", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("detail", Text, nullable=False),
    prefixes=["TEMPORARY"],
)
_batch = Table(
    "planned_batch",
    _temporary,
    Column("id", Integer, primary_key=True),
    Column("edition", Text, nullable=False),
    # Its id in the ledger, once it is there.
    Column("ledger_id", Integer),
    prefixes=["TEMPORARY"],
)


def plan(
    connection: Connection,
    issue_id: int,
    planned: Iterable[PlannedDelivery],
    *,
    batch_size: int,
    now: dt.datetime,
) -> None:
    """Plan deliveries as `deliveries.plan`, in a transaction that locks late.

    The ledger holds them once `store_plan` was called.
    """
    if connection.dialect.name != "sqlite":
        deliveries.plan(connection, issue_id, planned, batch_size=batch_size, now=now)
        return
    _temporary.create_all(connection)

    def open_batch(edition: str) -> int:
        result = connection.execute(insert(_batch).values(edition=edition))
        assert result.inserted_primary_key is not None  # noqa: S101  # a single-row insert has one
        return int(result.inserted_primary_key[0])

    for rows in planned_rows(planned, batch_size=batch_size, open_batch=open_batch):
        connection.execute(insert(_delivery), rows)


def store_plan(connection: Connection, issue_id: int, *, now: dt.datetime) -> None:
    """Copy what `plan` has planned into the ledger, unless it is there."""
    if connection.dialect.name != "sqlite":
        return
    batches = select(_batch.c.id, _batch.c.edition).order_by(_batch.c.id)
    for number, edition in connection.execute(batches).all():
        ledger_id = add_batch(connection, issue_id, edition, now)
        connection.execute(update(_batch).where(_batch.c.id == number).values(ledger_id=ledger_id))
    of_delivery = _delivery.c
    values = {
        "issue_id": literal(issue_id),
        "batch_id": _batch.c.ledger_id,
        "subscriber_id": of_delivery.subscriber_id,
        "address": of_delivery.address,
        "status": of_delivery.status,
        "detail": of_delivery.detail,
    }
    rows = (
        select(*values.values())
        .join(_batch, _batch.c.id == of_delivery.batch_id)
        .order_by(of_delivery.id)
    )
    connection.execute(insert(delivery).from_select(list(values), rows))
