"""Export everything stored about one person (GDPR Art. 15).

The author (`subscribers show ADDRESS --json`) and the reader ("Download everything") get the
same document. It names no other person: the details of deliveries and events are stored without
addresses (see newsletter/storage/reader_records.py).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from newsletter.config.secrets import Secrets
from newsletter.context import Context
from newsletter.errors import NotFound
from newsletter.storage import reader_records
from newsletter.storage.database.engine import snapshot
from newsletter.storage.reader_records import DeliveryEvent, DeliveryRecord
from newsletter.subscriptions.unsubscribe import verify_link
from subscribers import storage as people
from subscribers.address import normalise
from subscribers.errors import NoSuchSubscriber
from subscribers.models import Consent, Subscriber, Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class DataExport:
    """Everything stored about one person."""

    address: str
    #: None if only a suppression is stored, which names nobody to those who do not know the
    #: address.
    person: Subscriber | None
    suppression: Suppression | None
    consents: tuple[Consent, ...] = ()
    deliveries: tuple[DeliveryRecord, ...] = ()
    events: tuple[DeliveryEvent, ...] = ()


def export_for_address(connection: Connection, address: str, secrets: Secrets) -> DataExport:
    """Return everything about the person with an address, for the author.

    Raise InvalidAddress, and NoSuchSubscriber if nothing is stored.
    """
    plain = normalise(address)
    signing = secrets.require_signing()
    person = people.find_by_address(connection, plain)
    if person is not None:
        return _export_person(connection, person, signing)
    suppression = people.find_suppression(connection, plain, signing)
    if suppression is None:
        people.require_by_address(connection, plain)
    return DataExport(address=plain, person=None, suppression=suppression)


def export_for_number(connection: Connection, subscriber_id: int, secrets: Secrets) -> DataExport:
    """Return everything about the person with this id, for the author. Raise NoSuchSubscriber."""
    person = require_by_number(connection, subscriber_id)
    return _export_person(connection, person, secrets.require_signing())


def require_by_number(connection: Connection, subscriber_id: int) -> Subscriber:
    """Return the person with this id. Raise NoSuchSubscriber."""
    person = people.find_by_id(connection, subscriber_id)
    if person is None:
        raise NoSuchSubscriber(
            "Nobody is on the list under this number.", cure="Look for their address."
        )
    return person


def export_for_reader(context: Context, token: str) -> DataExport:
    """Return everything about the reader whose preferences page this is.

    Raise BadToken, and NotFound for an erased reader or the link of a proof copy.
    """
    secrets = context.secrets.require_signing()
    link = verify_link("preferences", token, secrets)
    with snapshot(context.engine) as connection:
        person = None if link is None else people.find_by_link(connection, link)
        if person is None:
            raise NotFound("Nothing is kept of anybody under this link.")
        return _export_person(connection, person, secrets)


def export_document(export: DataExport) -> dict[str, Any]:
    """Return the export as a JSON document."""
    suppression = export.suppression
    return {
        "email": export.address,
        "subscriber": subscriber_document(export.person) if export.person else None,
        "suppressed": (
            {"reason": suppression.reason, "at": _isoformat(suppression.at)}
            if suppression
            else None
        ),
        "consent_log": [
            {
                "event": consent.event,
                "at": _isoformat(consent.at),
                "actor": consent.actor,
                "source": consent.source,
                "wording_sha256": consent.wording,
                "ip_network": consent.ip,
            }
            for consent in export.consents
        ],
        "deliveries": [
            {
                "issue": delivery.issue,
                "key": delivery.key,
                "subject": delivery.subject,
                "at": _isoformat(delivery.at),
                "address": delivery.address,
                "status": delivery.status,
                "detail": delivery.detail,
            }
            for delivery in export.deliveries
        ],
        "events": [
            {
                "kind": event.kind,
                "at": _isoformat(event.at),
                "issue": event.issue,
                "detail": event.detail,
            }
            for event in export.events
        ],
    }


def subscriber_document(person: Subscriber) -> dict[str, Any]:
    """Return a subscriber as a JSON document."""
    return {
        "id": person.id,
        "link_id": person.link_id,
        "old_link_number": person.old_link_number or None,
        "email": person.address,
        "status": person.status,
        "name": person.name,
        "hemisphere": person.hemisphere or None,
        "rhythm": person.rhythm or None,
        "topics": list(person.topics),
        "tags": list(person.tags),
        "confirmed_at": _isoformat(person.confirmed_at),
        "source": person.source,
        "signed_up_at": _isoformat(person.signed_up_at),
        "created_at": _isoformat(person.created_at),
    }


def _export_person(
    connection: Connection, person: Subscriber, secrets: tuple[str, ...]
) -> DataExport:
    return DataExport(
        address=person.address,
        person=person,
        suppression=people.find_suppression(connection, person.address, secrets),
        consents=people.consents_of(connection, person.id),
        deliveries=reader_records.deliveries_of(connection, person.id),
        events=reader_records.events_of(connection, person.id),
    )


def _isoformat(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).isoformat() if moment else None
