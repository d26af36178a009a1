"""Subscribers become Recipients: the only form in which other stages see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from newsletter.addressing.salutation import LONGEST_NAME, salutation
from newsletter.composer.phrase_files import load_phrases
from newsletter.config.secrets import Secrets
from newsletter.context import NewsletterConfig
from newsletter.mailbox.unsubscribe_request import unsubscribe_mailto
from newsletter.models import Recipient
from newsletter.sender.recipients import Recipients
from subscribers.tokens import sign_tokens

# The merge fields. The last one exists only where a mailbox takes unsubscribe requests.
_NAMES = ("unsubscribe_url", "preferences_url", "address", "salutation", "unsubscribe_mailto")
TEST_TOKEN = "test"  # noqa: S105  # a word in an address, no secret


def recipient(
    config: NewsletterConfig, secrets: Secrets, subscriber_id: int, address: str, name: str = ""
) -> Recipient:
    """Return one subscriber's merge fields: their own links, address and salutation."""
    return recipients(config, secrets, ((subscriber_id, address),), {subscriber_id: name})[0]


def recipients(
    config: NewsletterConfig,
    secrets: Secrets,
    readers: Iterable[tuple[int, str]],
    names: Mapping[int, str],
) -> Recipients:
    """Return the merge fields of many readers, each given as (subscriber id, address).

    `names` maps the ids of readers with a name to it. `readers` may be empty: late proof can
    settle every delivery of an unknown batch.
    """
    rows = tuple(readers)
    ids, addresses = [row_id for row_id, _ in rows], [address for _, address in rows]
    signing = secrets.require_signing()
    unsubscribe, preferences = sign_tokens(("unsubscribe", "preferences"), ids, signing)
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
