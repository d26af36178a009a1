"""Subscribers become Recipients: the only thing of them that a stage may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from newsletter.addressing.phrases import frame_words
from newsletter.addressing.salutation import LONGEST_NAME, salutation
from newsletter.context import Context
from newsletter.mailbox.letter import way_out_by_mail
from newsletter.models import Recipient
from newsletter.sender.recipients import Recipients
from subscribers.tokens import tokens_of

# What a message may ask for; the last only where readers can leave by mail.
_NAMES = ("unsubscribe_url", "preferences_url", "address", "salutation", "unsubscribe_mailto")
TEST_TOKEN = "test"  # noqa: S105  # a word in an address, no secret


def recipient(context: Context, subscriber_id: int, address: str, name: str = "") -> Recipient:
    """One subscriber's message fields: their own links, the address, how to be greeted."""
    return recipients(context, ((subscriber_id, address),), {subscriber_id: name})[0]


def recipients(
    context: Context, readers: Iterable[tuple[int, str]], names: Mapping[int, str]
) -> Recipients:
    """(subscriber id, address) of many, with the names of those who have one."""
    found = tuple(readers)  # nobody, where proof came for all of a batch in doubt
    ids, addresses = [one for one, _ in found], [address for _, address in found]
    secrets = context.secrets.require_signing()
    leaving, choosing = tokens_of(("unsubscribe", "preferences"), ids, secrets)
    out, preferences = f"{context.site_url}/unsubscribe/", f"{context.site_url}/preferences/"
    by_mail = context.settings.mailbox.address
    greetings, nameless = _greetings(context, names)
    values: list[Sequence[str]] = [
        [out + token for token in leaving],
        [preferences + token for token in choosing],
        addresses,
        [greetings.get(one, nameless) for one in ids] if greetings else [nameless] * len(ids),
    ]
    if by_mail:
        values.append([way_out_by_mail(by_mail, token) for token in leaving])
    return Recipients(
        ids=ids, addresses=addresses, names=_NAMES[: len(values)], values=tuple(values)
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
    by_mail = way_out_by_mail(context.settings.mailbox.address, out)
    values = (
        f"{context.site_url}/unsubscribe/{out}",
        f"{context.site_url}/preferences/{preferences}",
        address,
        max((salutation(name, own, words) for name in names), key=len),
        *((by_mail,) if by_mail else ()),
    )
    fields = tuple(zip(_NAMES[: len(values)], values, strict=True))
    return Recipient(subscriber_id=subscriber_id, address=address, fields=fields)


def longest(context: Context) -> Recipient:
    """The reader with the longest fields there may be: what sizes are measured with.

    254 characters of address are the most that mail can carry (RFC 5321, 4.5.3.1.3).
    """
    host = f"{'.'.join(['a' * 60] * 3)}.example"
    address = f"{'a' * (253 - len(host))}@{host}"
    return _recipient(context, 0, address, ("t" * 80, "t" * 80), ("", "W" * LONGEST_NAME))
