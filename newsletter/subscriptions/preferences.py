"""The reader's preferences page: what they get, and what they chose.

The link in each message is the only authority, and messages are forwarded. So the page masks
the address, and a new address must confirm itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from newsletter.config.settings import chosen_topics, unknown_topics
from newsletter.context import Context
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.subscriptions.unsubscribe import verify_link
from subscribers import storage as people
from subscribers.lifecycle import truncate_ip
from subscribers.models import Subscriber
from subscribers.preferences import parse_hemisphere, parse_labels, parse_name, parse_rhythm

SOURCE = "preferences page"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderChoices:
    """The choices of a reader."""

    #: "" for nobody on the list: the reader was erased, or the list lost them.
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
    link = verify_link("preferences", token, context.secrets.require_signing())
    if link is None:
        return ReaderChoices(test=True, address="reader@example.com", status="active")
    with snapshot(context.engine) as connection:
        person = people.find_by_link(connection, link)
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


def find_reader(context: Context, token: str) -> int | None:
    """Return the id of the reader whose page this is; None for nobody. Raise BadToken."""
    link = verify_link("preferences", token, context.secrets.require_signing())
    if link is None:
        return None
    with snapshot(context.engine) as connection:
        person = people.find_by_link(connection, link)
    return person.id if person is not None else None


def save_choices(context: Context, token: str, choices: ReaderChoices, *, ip: str) -> None:
    """Store what the reader chose; topics that are not offered stay as they were.

    Raise BadToken or InvalidPreference, and change nothing then.
    """
    link = verify_link("preferences", token, context.secrets.require_signing())
    offered = context.settings.offered_topics()
    chosen = Subscriber(
        address="",
        name=parse_name(choices.name),
        hemisphere=parse_hemisphere(choices.hemisphere),
        rhythm=parse_rhythm(choices.rhythm),
        topics=chosen_topics(parse_labels(";".join(choices.topics)), offered),
    )
    if link is None:
        return
    with transaction(context.engine) as connection:
        person = people.find_by_link(connection, link)
        if person is None:
            return
        topics = chosen.topics + unknown_topics(person.topics, offered)
        people.save_choices(
            connection,
            person.id,
            replace(chosen, topics=topics),
            at=context.clock(),
            ip=truncate_ip(ip),
            source=SOURCE,
        )


def _mask_address(address: str) -> str:
    """Return an address that only its owner recognises and no one else can use."""
    local, _, domain = address.rpartition("@")
    return f"{local[0]}•••@{domain}"
