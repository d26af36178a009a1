"""The reader's preferences page: what they get, and what they chose.

The link in each message is the only authority, and messages are forwarded. So the page masks
the address, and a new address must confirm itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from newsletter.config.topics import chosen_topics, unknown_topics
from newsletter.context import Context
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.subscriptions.unsubscribe import verify_link
from subscribers import storage as people
from subscribers.consent import truncate_ip
from subscribers.models import Subscriber
from subscribers.preferences import parse_hemisphere, parse_labels, parse_name, parse_rhythm

SOURCE = "preferences page"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderChoices:
    """The choices of a reader."""

    #: "" if the reader was erased.
    status: str = ""
    #: Masked.
    address: str = ""
    name: str = ""
    hemisphere: str = ""
    rhythm: str = ""
    topics: tuple[str, ...] = ()
    #: Whether the link is a proof copy's, which belongs to no reader.
    test: bool = False


def load_choices(context: Context, token: str) -> ReaderChoices:
    """Return what the reader chose. Changes nothing. Raise BadToken."""
    reader_id = verify_link("preferences", token, context.secrets.require_signing())
    if reader_id is None:
        return ReaderChoices(test=True, address="reader@example.com", status="active")
    with snapshot(context.engine) as connection:
        person = people.find_by_id(connection, reader_id)
    if person is None:
        return ReaderChoices()
    return ReaderChoices(
        status=person.status,
        address=_mask_address(person.address),
        name=person.name,
        hemisphere=person.hemisphere,
        rhythm=person.rhythm,
        topics=chosen_topics(person.topics, context.settings.offered_topics()),
    )


def save_choices(context: Context, token: str, choices: ReaderChoices, *, ip: str) -> None:
    """Store what the reader chose; topics that are not offered stay as they were.

    Raise BadToken or InvalidPreference, and change nothing then.
    """
    reader_id = verify_link("preferences", token, context.secrets.require_signing())
    offered = context.settings.offered_topics()
    chosen = Subscriber(
        address="",
        name=parse_name(choices.name),
        hemisphere=parse_hemisphere(choices.hemisphere),
        rhythm=parse_rhythm(choices.rhythm),
        topics=chosen_topics(parse_labels(";".join(choices.topics)), offered),
    )
    if reader_id is None:
        return
    with transaction(context.engine) as connection:
        person = people.find_by_id(connection, reader_id)
        if person is None:
            return
        topics = chosen.topics + unknown_topics(person.topics, offered)
        people.save_choices(
            connection,
            reader_id,
            replace(chosen, topics=topics),
            at=context.clock(),
            ip=truncate_ip(ip),
            source=SOURCE,
        )


def _mask_address(address: str) -> str:
    """Return an address that only its owner recognises and no one else can use."""
    local, _, domain = address.rpartition("@")
    return f"{local[0]}•••@{domain}"
