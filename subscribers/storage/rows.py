"""Convert between table rows and values: how a subscriber is stored."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Row

from subscribers.address import address_key
from subscribers.models import ImportRow, Status, Subscriber


def to_subscriber(row: Row[Any]) -> Subscriber:
    """Return the subscriber in a whole row of the table `subscribers`."""
    return Subscriber(
        id=row.id,
        address=row.address,
        name=row.name,
        status=cast("Status", row.status),
        hemisphere=row.hemisphere,
        rhythm=row.rhythm,
        topics=split_labels(row.topics),
        tags=split_labels(row.tags),
        confirmed_at=row.confirmed_at,
        source=row.source,
        signed_up_at=row.signed_up_at,
        created_at=row.created_at,
        asked_at=row.asked_at,
        previous_status=row.was,
        link_id=row.link_id,
        old_link_number=row.old_link_number,
    )


def subscriber_from_import(row: ImportRow) -> Subscriber:
    """Return the person in a row of an import."""
    return Subscriber(
        address=row.address,
        name=row.name,
        status=row.status,
        hemisphere=row.hemisphere,
        rhythm=row.rhythm,
        topics=split_labels(row.topics),
        tags=split_labels(row.tags),
        confirmed_at=row.confirmed_at,
        source=row.source,
        signed_up_at=row.signed_up_at,
    )


def to_row(person: Subscriber) -> dict[str, Any]:
    """Return the columns of a subscriber that may change: without the ids."""
    return {
        "address": person.address,
        "address_key": address_key(person.address),
        "name": person.name,
        "status": person.status,
        "hemisphere": person.hemisphere,
        "rhythm": person.rhythm,
        "topics": join_labels(person.topics),
        "tags": join_labels(person.tags),
        "confirmed_at": person.confirmed_at,
        "source": person.source,
        "signed_up_at": person.signed_up_at,
        "created_at": person.created_at,
        "asked_at": person.asked_at,
        "was": person.previous_status,
    }


def join_labels(labels: tuple[str, ...]) -> str:
    """Return labels as stored: separated by commas, which no label holds."""
    return ",".join(labels)


def split_labels(text: str) -> tuple[str, ...]:
    """Return the labels in a stored text."""
    return tuple(text.split(",")) if text else ()
