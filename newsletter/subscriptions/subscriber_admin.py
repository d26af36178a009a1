"""The author's work on the list, each call one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from newsletter.config.topics import chosen_topics, unknown_topics
from newsletter.context import Context
from newsletter.errors import UsageError
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.subscriptions.transactional_mail import send_letters
from subscribers import storage
from subscribers.address import normalise
from subscribers.models import Addition, ImportReport, Subscriber
from subscribers.storage import bulk, mail_queue
from subscribers.transfer import exporting, importing

SOURCE = "the author, by command"


def everybody(
    context: Context, status: str | None = None, tags: Collection[str] = ()
) -> Iterator[Subscriber]:
    """All subscribers, or those of one status or with all of these tags, in flat memory."""
    with snapshot(context.engine) as connection:
        for page in storage.all_pages(connection, status=status, tags=tags):
            yield from page


def add(
    context: Context,
    address: str,
    *,
    name: str,
    hemisphere: str,
    rhythm: str = "",
    topics: Collection[str] = (),
    tags: Collection[str] = (),
    confirm: bool = False,
) -> Addition:
    """Puts a person on the list on the author's word.

    With `confirm` they are asked first: pending, until they say yes. Raises InvalidAddress,
    InvalidPreference, and UsageError for a topic that is not offered.
    """
    person = Subscriber(
        address=address,
        name=name,
        hemisphere=hemisphere,
        rhythm=rhythm,
        topics=_offered(context, topics),
        tags=tuple(tags),
        status="pending" if confirm else "active",
    )
    with transaction(context.engine) as connection:
        addition = storage.add(
            connection,
            person,
            at=context.clock(),
            source=SOURCE,
            secrets=context.secrets.require_signing(),
        )
        added = addition.subscriber
        if (
            confirm
            and added is not None
            and added.status == "pending"
            and not added.previous_status
        ):
            mail_queue.enqueue_confirmation(
                connection, added.id, at=context.clock(), now=context.real_clock()
            )
    if confirm:
        send_letters(context)
    return addition


def _offered(context: Context, topics: Collection[str]) -> tuple[str, ...]:
    """The topics as the author's settings call them."""
    offered = context.settings.offered_topics()
    strange = unknown_topics(topics, offered)
    if not strange:
        return chosen_topics(topics, offered)
    names = ", ".join(topic.name for topic in offered)
    raise UsageError(
        f"No topic of this newsletter is called “{strange[0]}”.",
        cure=f"There are: {names}." if names else "A [[topics]] in newsletter.toml makes one.",
    )


def import_csv(
    context: Context,
    stream: BinaryIO,
    *,
    skip_bad: bool,
    confirm: bool = False,
    progress: importing.Progress | None = None,
) -> ImportReport:
    """Everybody in the file, or nobody (unless `skip_bad`). Raises ImportRejected.

    With `confirm` who is new is asked first: pending, until they say yes. `progress` is told
    the number of rows read so far.
    """
    name = Path(str(getattr(stream, "name", "standard input"))).name
    at = context.clock()
    with transaction(context.engine) as connection:
        before = bulk.max_id(connection)
        report = importing.import_csv(
            connection,
            stream,
            skip_bad=skip_bad,
            confirm=confirm,
            source=f"imported from {name}",
            now=at,
            secrets=context.secrets.require_signing(),
            progress=progress,
        )
        if confirm:
            mail_queue.enqueue_import_confirmations(
                connection, after=before, at=at, now=context.real_clock()
            )
    if confirm:
        send_letters(context)
    return report


def export_csv(
    context: Context,
    stream: BinaryIO,
    *,
    raw: bool,
    status: str | None = None,
    tags: Collection[str] = (),
) -> int:
    """Writes everybody, or those `everybody` would name; returns how many."""
    with snapshot(context.engine) as connection:
        return exporting.export_csv(connection, stream, raw=raw, status=status, tags=tags)


def remove(context: Context, address: str) -> bool:
    """Unsubscribes a person; false when they had left already. Raises NoSuchSubscriber."""
    with transaction(context.engine) as connection:
        return storage.remove(connection, address, at=context.clock(), source=SOURCE)


def suppress(context: Context, address: str) -> bool:
    """Bars an address for good; false when it was barred already. Raises InvalidAddress."""
    with transaction(context.engine) as connection:
        return storage.suppress(
            connection,
            address,
            reason="author",
            at=context.clock(),
            source=SOURCE,
            secrets=context.secrets.require_signing(),
        )


def unsuppress(context: Context, address: str) -> bool:
    """Lets an address join again; false when it was not barred. Nobody is subscribed by it."""
    plain = normalise(address)
    secrets = context.secrets.require_signing()
    with transaction(context.engine) as connection:
        barred = storage.find_suppression(connection, plain, secrets) is not None
        storage.lift_suppression(connection, plain, secrets)
    return barred
