"""Subscribers become Recipients: the only thing of them that a stage may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from newsletter.mailbox.letter import way_out_by_mail
from newsletter.models import Recipient
from newsletter.pipeline.context import Context
from newsletter.pipeline.frame_words import frame_words
from newsletter.pipeline.salutation import LONGEST_NAME, salutation
from subscribers.tokens import tokens_of

TEST_TOKEN = "test"  # noqa: S105  # a word in an address, no secret


def recipient(context: Context, subscriber_id: int, address: str, name: str = "") -> Recipient:
    """One subscriber's message fields: their own links, the address, how to be greeted."""
    return recipients(context, ((subscriber_id, address),), {subscriber_id: name})[0]


def recipients(
    context: Context, readers: Iterable[tuple[int, str]], names: Mapping[int, str]
) -> tuple[Recipient, ...]:
    """(subscriber id, address) of many, with the names of those who have one."""
    secrets = context.secrets.require_signing()
    found = tuple(readers)
    links = tokens_of(("unsubscribe", "preferences"), [one for one, _ in found], secrets)
    by_mail = context.settings.mailbox.address
    greetings, nameless = _greetings(context, names)
    out, preferences = f"{context.site_url}/unsubscribe/", f"{context.site_url}/preferences/"
    return tuple(
        [
            Recipient(
                subscriber_id=subscriber,
                address=address,
                fields=_fields(
                    out + leaving,
                    preferences + choosing,
                    address,
                    greetings.get(subscriber, nameless),
                    way_out_by_mail(by_mail, leaving) if by_mail else "",
                ),
            )
            for (subscriber, address), leaving, choosing in zip(found, *links, strict=True)
        ]
    )


def _greetings(context: Context, names: Mapping[int, str]) -> tuple[Mapping[int, str], str]:
    """The line for each of these, and for whoever has no name."""
    own = context.settings.newsletter
    if not own.salutation:
        return {}, ""
    words = frame_words(context)
    greetings = {one: salutation(name, own, words) for one, name in names.items()}
    return greetings, salutation("", own, words)


def stranger(context: Context, address: str, place: int = 0) -> Recipient:
    """Fields for a test copy or a preview: its links unsubscribe and change nobody."""
    return _recipient(context, -1 - place, address, (TEST_TOKEN, TEST_TOKEN))


def _recipient(
    context: Context,
    subscriber_id: int,
    address: str,
    links: tuple[str, str],
    names: tuple[str, ...] = ("",),
) -> Recipient:
    """Greeted by the longest of the lines that `names` give."""
    out, preferences = links
    own, words = context.settings.newsletter, frame_words(context)
    fields = _fields(
        f"{context.site_url}/unsubscribe/{out}",
        f"{context.site_url}/preferences/{preferences}",
        address,
        max((salutation(name, own, words) for name in names), key=len),
        way_out_by_mail(context.settings.mailbox.address, out),
    )
    return Recipient(subscriber_id=subscriber_id, address=address, fields=fields)


def _fields(
    out: str, preferences: str, address: str, greeting: str, by_mail: str
) -> tuple[tuple[str, str], ...]:
    fields = (
        ("unsubscribe_url", out),
        ("preferences_url", preferences),
        ("address", address),
        ("salutation", greeting),
    )
    return (*fields, ("unsubscribe_mailto", by_mail)) if by_mail else fields


def longest(context: Context) -> Recipient:
    """The reader with the longest fields there may be: what sizes are measured with.

    254 characters of address are the most that mail can carry (RFC 5321, 4.5.3.1.3).
    """
    host = f"{'.'.join(['a' * 60] * 3)}.example"
    address = f"{'a' * (253 - len(host))}@{host}"
    return _recipient(context, 0, address, ("t" * 80, "t" * 80), ("", "W" * LONGEST_NAME))
