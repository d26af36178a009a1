"""Everything that is kept about one person: what they may ask to see (GDPR Art. 15)."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.context import Context
from newsletter.storage import data_export
from newsletter.storage.data_export import DeliveryEvent, DeliveryRecord
from newsletter.storage.database.engine import snapshot
from subscribers import storage as people
from subscribers.address import normalise
from subscribers.models import Consent, Subscriber, Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class DataExport:
    """`person` is None where only a suppression is kept; of it nobody but who knows the
    address can tell whose it is.
    """

    address: str
    person: Subscriber | None
    suppression: Suppression | None
    consents: tuple[Consent, ...] = ()
    deliveries: tuple[DeliveryRecord, ...] = ()
    events: tuple[DeliveryEvent, ...] = ()


def kept_about(context: Context, address: str) -> DataExport:
    """Everything about the person at an address.

    Raises InvalidAddress, and NoSuchSubscriber where nothing is kept.
    """
    plain = normalise(address)
    with snapshot(context.engine) as connection:
        secrets = context.secrets.require_signing()
        suppression = people.find_suppression(connection, plain, secrets)
        person = people.find_by_address(connection, plain)
        if person is None and suppression is None:
            person = people.require_by_address(connection, plain)
        if person is None:
            return DataExport(address=plain, person=None, suppression=suppression)
        return DataExport(
            address=person.address,
            person=person,
            suppression=suppression,
            consents=people.consents_of(connection, person.id),
            deliveries=data_export.deliveries_of(connection, person.id),
            events=data_export.events_of(connection, person.id),
        )
