"""The author's changes to the list: search, add, tag, export, remove, suppress.

`source` is what the consent log says of a change: by which way the author made it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from newsletter.config.secrets import Secrets
from newsletter.config.settings import chosen_topics, unknown_topics
from newsletter.context import Context
from newsletter.errors import UsageError
from newsletter.models import Topic
from newsletter.storage.database.engine import transaction
from subscribers import storage
from subscribers.address import normalise
from subscribers.errors import InvalidAddress
from subscribers.models import Addition, Status, Subscriber, Suppression, SuppressionReason
from subscribers.storage import mail_queue

SOURCE = "the author, by command"
#: Why an address is never written to, in words to the author.
SUPPRESSION_REASONS: Mapping[SuppressionReason, str] = {
    "author": "you suppressed the address; only you can lift that",
    "complained": "they reported an issue as spam; only you can lift that",
    "bounced": "their mailbox refused mail; they may sign up again themselves",
    "erased": "they had their data erased; they may sign up again, as somebody new",
    "left": "they unsubscribed by a link before they were on the list",
}


def list_subscribers(
    connection: Connection,
    status: str | None = None,
    tags: Collection[str] = (),
    search: str = "",
) -> Iterator[Subscriber]:
    """Yield all subscribers, or those of one status, with all of these tags, or found by `search`.

    `search` is a part of the address or the name. Memory does not grow with the list.
    """
    for page in storage.all_pages(connection, status=status, tags=tags, search=search):
        yield from page


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSubscribers:
    """A page of the list, as the author searched for it."""

    people: tuple[Subscriber, ...]
    #: Where the next page begins; 0 at the end of the list.
    below: int
    #: How many of each status are on the whole list.
    counts: Mapping[Status, int]


def search_subscribers(
    connection: Connection,
    words: str = "",
    *,
    status: Status | None = None,
    tag: str = "",
    below: int = 0,
    size: int = 50,
) -> FoundSubscribers:
    """Return a page of the list: those with `words` in their address or name, the newest first.

    Those whose address begins so stand at the top of the first page, of the whole list. It takes
    the same time in a list of any length, so that a page may hold fewer than `size` although
    more follow (`below`).
    """
    words, tag = words.strip(), tag.strip()
    counts = storage.count_by_status(connection)
    first: tuple[Subscriber, ...] = ()
    if words and not tag and not below:
        first = storage.with_address_prefix(connection, words, status=status, limit=size)
    if len(first) == size:
        # The next page begins with the newest of all who match.
        top = storage.highest_number(connection) + 1
        return FoundSubscribers(people=first, below=top, counts=counts)
    page = storage.search(connection, words, status=status, tag=tag, below=below, size=size)
    known = {person.id for person in first}
    others = tuple(person for person in page.people if person.id not in known)
    return FoundSubscribers(people=(*first, *others), below=page.below, counts=counts)


def find_suppression(connection: Connection, address: str, secrets: Secrets) -> Suppression | None:
    """Return why an address is never written to; None if it may be, or if it is no address."""
    try:
        plain = normalise(address)
    except InvalidAddress:
        return None
    return storage.find_suppression(connection, plain, secrets.require_signing())


def set_tags(
    context: Context, subscriber_id: int, tags: Collection[str], *, source: str = SOURCE
) -> bool:
    """Replace the author's tags of a subscriber. Return whether anything changed.

    Raise InvalidPreference and NoSuchSubscriber.
    """
    with transaction(context.engine) as connection:
        return storage.set_tags(connection, subscriber_id, tags, at=context.clock(), source=source)


def add(
    context: Context,
    addresses: Sequence[str],
    *,
    name: str,
    hemisphere: str,
    rhythm: str = "",
    topics: Collection[str] = (),
    tags: Collection[str] = (),
    confirm: bool = False,
    source: str = SOURCE,
) -> tuple[Addition, ...]:
    """Put people on the list on the author's decision: all of them, or none.

    With `confirm` they are pending and asked to confirm (double opt-in). Raise InvalidAddress,
    InvalidPreference, and UsageError for a topic that is not offered.
    """
    if confirm:
        # Most changes of the list send nothing, and need no templates.
        from newsletter.subscriptions.transactional_mail import require_confirm_page

        require_confirm_page(context.settings)
    chosen = _require_offered(topics, context.settings.offered_topics())
    secrets, at = context.secrets.require_signing(), context.clock()
    additions: list[Addition] = []
    with transaction(context.engine) as connection:
        for address in addresses:
            person = Subscriber(
                address=address,
                name=name,
                hemisphere=hemisphere,
                rhythm=rhythm,
                topics=chosen,
                tags=tuple(tags),
                status="pending" if confirm else "active",
            )
            addition = storage.add(connection, person, at=at, source=source, secrets=secrets)
            additions.append(addition)
            added = addition.subscriber
            # Not for a person who left: they return only by their own sign-up.
            if confirm and added and added.status == "pending" and not added.previous_status:
                now = context.real_clock()
                mail_queue.enqueue_confirmation(connection, added.id, at=at, now=now)
        context.journal.record_people(storage.highest_number(connection), at=context.real_clock())
    if confirm:
        from newsletter.subscriptions.transactional_mail import send_due_mail

        send_due_mail(context)
    return tuple(additions)


def remove(context: Context, address: str, *, source: str = SOURCE) -> bool:
    """Unsubscribe a person. Return False if they had left already.

    Raise InvalidAddress and NoSuchSubscriber.
    """
    with transaction(context.engine) as connection:
        return storage.remove(connection, address, at=context.clock(), source=source)


def suppress(context: Context, address: str, *, source: str = SOURCE) -> bool:
    """Suppress an address. Return False if it was suppressed. Raise InvalidAddress."""
    with transaction(context.engine) as connection:
        return storage.suppress(
            connection,
            address,
            reason="author",
            at=context.clock(),
            source=source,
            secrets=context.secrets.require_signing(),
        )


def unsuppress(context: Context, address: str) -> bool:
    """Lift the suppression of an address; this subscribes no one.

    Return False if it was not suppressed. Raise InvalidAddress.
    """
    plain = normalise(address)
    secrets = context.secrets.require_signing()
    with transaction(context.engine) as connection:
        was_suppressed = storage.find_suppression(connection, plain, secrets) is not None
        storage.lift_suppression(connection, plain, secrets)
    return was_suppressed


def _require_offered(topics: Collection[str], offered: Sequence[Topic]) -> tuple[str, ...]:
    """Return the topics as the settings spell them. Raise UsageError."""
    unknown = unknown_topics(topics, offered)
    if not unknown:
        return chosen_topics(topics, offered)
    names = ", ".join(topic.name for topic in offered)
    raise UsageError(
        f"No topic of this newsletter is called “{unknown[0]}”.",
        cure=f"There are: {names}." if names else "A [[topics]] in newsletter.toml makes one.",
    )
