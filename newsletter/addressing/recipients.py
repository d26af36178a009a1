"""Subscribers become Recipients: the only form in which other stages see them.

Their merge fields include the salutation: the first name, or words that read well without one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from newsletter.composer.phrase_files import load_phrases
from newsletter.composer.phrases import Phrases
from newsletter.config.secrets import Secrets
from newsletter.config.settings import NewsletterSettings
from newsletter.context import NewsletterConfig
from newsletter.mailbox.unsubscribe_request import unsubscribe_mailto
from newsletter.models import Recipient
from newsletter.sender.recipients import Recipients
from newsletter.text import one_line
from subscribers.models import Subscriber
from subscribers.tokens import sign_tokens

# The merge fields. The last one exists only where a mailbox takes unsubscribe requests.
_NAMES = ("unsubscribe_url", "preferences_url", "address", "salutation", "unsubscribe_mailto")
TEST_TOKEN = "test"  # noqa: S105  # a word in an address, no secret
LONGEST_NAME = 40
_TITLES = frozenset(("dr", "mr", "mrs", "ms", "miss", "mx", "prof", "sir", "rev"))
_NO_NAME = re.compile(r"[@<>{}\[\]/\\|=:;_\d]|https?")


def recipient(config: NewsletterConfig, secrets: Secrets, person: Subscriber) -> Recipient:
    """Return one subscriber's merge fields: their own links, address and salutation."""
    readers, links = ((person.id, person.address),), {person.id: person.link_id}
    return recipients(config, secrets, readers, links, {person.id: person.name})[0]


def recipients(
    config: NewsletterConfig,
    secrets: Secrets,
    readers: Iterable[tuple[int, str]],
    links: Mapping[int, str],
    names: Mapping[int, str],
) -> Recipients:
    """Return the merge fields of many readers, each given as (subscriber id, address).

    `links` maps all their ids to their link ids, `names` those of readers with a name to it.
    `readers` may be empty: late proof can settle every delivery of an unknown batch.
    """
    rows = tuple(readers)
    ids, addresses = [row_id for row_id, _ in rows], [address for _, address in rows]
    signing = secrets.require_signing()
    link_ids = [links[row_id] for row_id in ids]
    unsubscribe, preferences = sign_tokens(("unsubscribe", "preferences"), link_ids, signing)
    unsubscribe_url = f"{config.site_url}/unsubscribe/"
    preferences_url = f"{config.site_url}/preferences/"
    mailbox = config.settings.mailbox.address
    lines, nameless = _salutations(config, names)
    values: list[Sequence[str]] = [
        [unsubscribe_url + token for token in unsubscribe],
        [preferences_url + token for token in preferences],
        addresses,
        [lines.get(row_id, nameless) for row_id in ids] if lines else [nameless] * len(ids),
    ]
    if mailbox:
        values.append([unsubscribe_mailto(mailbox, token) for token in unsubscribe])
    return Recipients(
        ids=ids, addresses=addresses, names=_NAMES[: len(values)], values=tuple(values)
    )


def sample_recipient(config: NewsletterConfig, address: str, index: int = 0) -> Recipient:
    """Return a made-up reader for a proof copy or a preview. The links change nothing.

    `index` tells several of them apart: ids are negative, so they never meet a subscriber's.
    """
    return _fictional_recipient(config, -1 - index, address, token=TEST_TOKEN)


def largest_recipient(config: NewsletterConfig) -> Recipient:
    """Return the reader with the longest possible fields, to measure sizes with.

    An address has at most 254 characters (RFC 5321, 4.5.3.1.3).
    """
    host = f"{'.'.join(['a' * 60] * 3)}.example"
    address = f"{'a' * (253 - len(host))}@{host}"
    return _fictional_recipient(config, 0, address, token="t" * 80, names=("", "W" * LONGEST_NAME))


def _salutations(
    config: NewsletterConfig, names: Mapping[int, str]
) -> tuple[Mapping[int, str], str]:
    """Return the salutation of each named reader, and the one for readers without a name."""
    newsletter = config.settings.newsletter
    if not newsletter.salutation:
        return {}, ""
    phrases = load_phrases(newsletter.language, config.email_templates)
    lines = {reader: salutation(name, newsletter, phrases) for reader, name in names.items()}
    return lines, salutation("", newsletter, phrases)


def _fictional_recipient(
    config: NewsletterConfig,
    subscriber_id: int,
    address: str,
    *,
    token: str,
    names: tuple[str, ...] = ("",),
) -> Recipient:
    """Return a reader who is no subscriber, with the longest salutation that `names` give."""
    newsletter = config.settings.newsletter
    phrases = load_phrases(newsletter.language, config.email_templates)
    mailto = unsubscribe_mailto(config.settings.mailbox.address, token)
    values = (
        f"{config.site_url}/unsubscribe/{token}",
        f"{config.site_url}/preferences/{token}",
        address,
        max((salutation(name, newsletter, phrases) for name in names), key=len),
        *((mailto,) if mailto else ()),
    )
    fields = tuple(zip(_NAMES[: len(values)], values, strict=True))
    return Recipient(subscriber_id=subscriber_id, address=address, fields=fields)


def salutation(name: str, settings: NewsletterSettings, phrases: Phrases) -> str:
    """Return the line that greets a reader called `name`, "" if the author wants none."""
    if not settings.salutation:
        return ""
    first = first_name(name)
    if not first:
        return one_line(
            phrases.nameless_salutation(settings.salutation, settings.salutation_nameless)
        )
    return one_line(settings.salutation.replace("{name}", first))


def first_name(name: str) -> str:
    """Return the first name in `name`, "" if it holds none for certain.

    "LOVELACE, ADA" and "dr. ada lovelace" give Ada. An email address, a number, a
    placeholder or an initial gives "".
    """
    line = one_line(name)
    last, comma, given = line.partition(",")
    words = (given if comma and given.strip() else last).split()
    while words and words[0].rstrip(".").lower() in _TITLES:
        words = words[1:]
    first = words[0].strip(".,") if words else ""
    if len(first) < 2 or len(first) > LONGEST_NAME or _NO_NAME.search(first):  # noqa: PLR2004  # an initial
        return ""
    return first.title() if first.isascii() and (first.isupper() or first.islower()) else first
