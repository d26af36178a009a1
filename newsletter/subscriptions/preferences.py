"""A reader's own page: what they get, and everything they may do about it.

The link in each message is the authority. It may have been forwarded, so the page never
shows a whole address, and a new address has to answer for itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from newsletter.addressing.recipients import TEST_TOKEN
from newsletter.config.topics import chosen_topics, unknown_topics
from newsletter.context import Context
from newsletter.storage.database.engine import snapshot, transaction
from subscribers import storage as people
from subscribers.consent import truncate_ip
from subscribers.models import Subscriber
from subscribers.preferences import parse_hemisphere, parse_labels, parse_name, parse_rhythm
from subscribers.tokens import read_token

SOURCE = "preferences page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a reader has chosen. `address` is masked; `status` "" for a link whose reader
    was erased, `test` for a test copy's link, which belongs to nobody.
    """

    status: str = ""
    address: str = ""
    name: str = ""
    hemisphere: str = ""
    rhythm: str = ""
    topics: tuple[str, ...] = ()
    test: bool = False


def choices(context: Context, link: str) -> Choices:
    """What the reader has chosen. Changes nothing. Raises BadToken for a forged link."""
    reader = reader_of(context, link)
    if not reader:
        return Choices(test=True, address="reader@example.com", status="active")
    with snapshot(context.engine) as connection:
        person = people.find_by_id(connection, reader)
    if person is None:
        return Choices()
    return Choices(
        status=person.status,
        address=masked(person.address),
        name=person.name,
        hemisphere=person.hemisphere,
        rhythm=person.rhythm,
        topics=chosen_topics(person.topics, context.settings.offered_topics()),
    )


def choose(context: Context, link: str, chosen: Choices, *, ip: str) -> None:
    """Keeps what the reader chose; topics that are not offered stay as they were.

    Raises BadToken and InvalidPreference, and changes nothing then.
    """
    reader = reader_of(context, link)
    offered = context.settings.offered_topics()
    wanted = Subscriber(
        address="",
        name=parse_name(chosen.name),
        hemisphere=parse_hemisphere(chosen.hemisphere),
        rhythm=parse_rhythm(chosen.rhythm),
        topics=chosen_topics(parse_labels(";".join(chosen.topics)), offered),
    )
    with transaction(context.engine) as connection:
        person = people.find_by_id(connection, reader)
        if person is None:
            return
        kept = unknown_topics(person.topics, offered)
        people.save_choices(
            connection,
            reader,
            replace(wanted, topics=wanted.topics + kept),
            at=context.clock(),
            ip=truncate_ip(ip),
            source=SOURCE,
        )


def reader_of(context: Context, link: str) -> int:
    """The subscriber whose page this is, 0 for a test copy's. Raises BadToken."""
    if link == TEST_TOKEN:
        return 0
    return read_token("preferences", link, context.secrets.require_signing())


def masked(address: str) -> str:
    """An address that its owner recognises and nobody else can use."""
    local, _, domain = address.rpartition("@")
    return f"{local[0]}•••@{domain}"


def leave_by(context: Context, link: str, *, source: str) -> None:
    """The reader leaves by their own page. Raises BadToken."""
    reader = reader_of(context, link)
    with transaction(context.engine) as connection:
        people.unsubscribe(connection, reader, at=context.clock(), source=source)
