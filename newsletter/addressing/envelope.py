"""What goes around an edition: its envelope, its recipients, and the batch of all three.

The envelope holds the headers that every message shares. A recipient is a subscriber as the other
stages see them: an id, an address and merge fields. One of these is the salutation: the first
name, or words that read well without one.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from newsletter.addressing.reader_links import link_values, sample_values, wanted_links
from newsletter.composer.phrase_files import load_phrases
from newsletter.composer.phrases import Phrases
from newsletter.config.address import address_domain, free_mail_domain, is_loopback
from newsletter.config.secrets import Secrets
from newsletter.config.settings import NewsletterSettings, Settings
from newsletter.context import NewsletterConfig
from newsletter.errors import SettingsError
from newsletter.mailbox.token_addresses import verp_address
from newsletter.models import Edition, Fault, Issue, Recipient
from newsletter.sender.batch import Batch, Envelope, EnvelopeSender, Hold, MessageKind, Recipients
from newsletter.sender.mailers import Mailer
from newsletter.text import one_line
from subscribers.models import Subscriber
from subscribers.tokens import sign_return_path

TEST_TOKEN = "test"  # noqa: S105  # a word in an address, no secret
LONGEST_NAME = 40
_TITLES = frozenset(("dr", "mr", "mrs", "ms", "miss", "mx", "prof", "sir", "rev"))
_NO_NAME = re.compile(r"[@<>{}\[\]/\\|=:;_\d]|https?")


def envelope(settings: Settings, *, kind: MessageKind = "issue", origin: str = "") -> Envelope:
    """Return the values of the headers. Without a `list_id` the From address gives one."""
    newsletter = settings.newsletter
    return Envelope(
        from_address=newsletter.from_,
        reply_to=newsletter.reply_to,
        list_id=newsletter.list_id or f"newsletter.{address_domain(newsletter.from_)}",
        list_title=newsletter.title,
        help_url=newsletter.blog,
        origin=origin,
        kind=kind,
        return_path=settings.sender.smtp.envelope_from,
    )


def make_envelope_sender(
    settings: Settings, secrets: Secrets, issue: int, links: Mapping[int, str]
) -> EnvelopeSender | None:
    """Return a function from a reader's id to the envelope sender of their message.

    `links` maps the ids to the readers' link ids. Each delivery of the issue with this number
    gets its own return path, so that a bounce names its reader (VERP). Return None without
    `[sender.smtp] envelope_from`: bounces then go to the From address.
    """
    envelope_from = settings.sender.smtp.envelope_from
    if not envelope_from:
        return None
    signing = secrets.require_signing()
    return lambda reader: verp_address(
        envelope_from, sign_return_path(links[reader], issue, signing)
    )


def require_sendable(
    settings: Settings, secrets: Secrets, open_mailer: Callable[[], Mailer]
) -> None:
    """Raise SettingsError if this newsletter may not send. Changes nothing.

    The CAN-SPAM Act requires a postal address in each message (15 U.S.C. 7704(a)(5)). Where our
    own site unsubscribes, a real mailer needs its public address, or no link works.
    """
    for problem in sending_problems(settings, secrets, open_mailer):
        raise problem


def sending_problems(
    settings: Settings, secrets: Secrets, open_mailer: Callable[[], Mailer]
) -> Iterator[SettingsError]:
    """Yield every reason why this newsletter may not send. Changes nothing."""
    if not settings.newsletter.postal_address.strip():
        yield SettingsError(
            "No issue can go out without a postal address: the law asks for one in each.",
            cure="Write postal_address under [newsletter] in newsletter.toml.",
        )
    yield from _catch_error(secrets.require_signing)
    if settings.sender.mailer == "outbox":
        return
    yield from _catch_error(lambda: require_public_site(settings))
    if domain := free_mail_domain(settings.newsletter.from_):
        yield SettingsError(
            f"A newsletter cannot come from {domain}: mail programs would refuse it.",
            cure="Set `from` to an address of a domain of your own.",
        )
    # Without its key the mailer cannot be opened.
    yield from _catch_error(open_mailer)


def _catch_error(check: Callable[[], object]) -> Iterator[SettingsError]:
    """Yield the error that a check raises."""
    try:
        check()
    except SettingsError as error:
        yield error


def require_public_site(settings: Settings) -> None:
    """Raise SettingsError if links of messages lead to a site that nobody can reach."""
    url = settings.site.url
    if not url:
        if settings.site.unsubscribe != "own":
            return
        raise SettingsError(
            f"The mailer {settings.sender.mailer!r} needs [site] url: without the public "
            "address of `newsletter serve` no unsubscribe link can work.",
            cure='Set it in newsletter.toml, or rehearse with mailer = "outbox". Without a server, '
            'unsubscribe = "sendgrid" or "mailto" under [site] does without it: '
            "docs/without-a-server.md.",
        )
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise SettingsError(
            f"[site] url is {url!r}, but one-click unsubscribe needs https (RFC 8058).",
            cure="Put a certificate before the site and write https:// there.",
        )


def build_batch(
    edition: Edition,
    recipients: Sequence[Recipient],
    *,
    envelope: Envelope,
    date: dt.datetime,
    issue: Issue | None = None,
    attempt_id: str | None = None,
    batch_id: int = 0,
    fence: int = 0,
    hold: Hold | None = None,
    put_off_for: Mapping[int, Fault] | None = None,
    envelope_sender: EnvelopeSender | None = None,
) -> Batch:
    """Return a batch for a mailer.

    `issue` is None for a transactional message. `attempt_id` is a new one unless it is given.
    Only deliveries in the ledger have `batch_id`, `fence`, `hold`, `put_off_for` and
    `envelope_sender`.
    """
    return Batch(
        id=batch_id,
        attempt_id=uuid.uuid4().hex if attempt_id is None else attempt_id,
        issue_number=issue.number if issue else 0,
        issue_key=issue.key if issue else "",
        edition=edition,
        recipients=recipients,
        date=date,
        envelope=envelope,
        fence=fence,
        hold=hold,
        put_off_for=put_off_for or {},
        envelope_sender=envelope_sender,
    )


def recipient(
    config: NewsletterConfig, secrets: Secrets, person: Subscriber, edition: Edition | None = None
) -> Recipient:
    """Return one subscriber's merge fields: their own links, address and salutation.

    With `edition` they are the fields of its message, without one those of any message.
    """
    readers, links = ((person.id, person.address),), {person.id: person.link_id}
    names = {person.id: person.name}
    return recipients(config, secrets, readers, links, names, edition=edition)[0]


def recipients(
    config: NewsletterConfig,
    secrets: Secrets,
    readers: Iterable[tuple[int, str]],
    links: Mapping[int, str],
    names: Mapping[int, str],
    *,
    edition: Edition | None = None,
) -> Recipients:
    """Return the merge fields of many readers, each given as (subscriber id, address).

    `links` maps all their ids to their link ids, `names` those of readers with a name to it.
    `readers` may be empty: late proof can settle every delivery of an unknown batch.
    """
    rows = tuple(readers)
    ids, addresses = [row_id for row_id, _ in rows], [address for _, address in rows]
    link_ids = [links[row_id] for row_id in ids]
    wanted = wanted_links(config.settings, edition)
    lines, nameless = _salutations(config, names)
    fields: dict[str, Sequence[str]] = {
        **link_values(config, secrets, link_ids, wanted),
        "address": addresses,
        "salutation": [lines.get(row_id, nameless) for row_id in ids]
        if lines
        else [nameless] * len(ids),
    }
    return Recipients(
        ids=ids, addresses=addresses, names=tuple(fields), values=tuple(fields.values())
    )


def sample_recipient(
    config: NewsletterConfig, address: str, index: int = 0, *, edition: Edition | None = None
) -> Recipient:
    """Return a made-up reader for a proof copy or a preview. The links change nothing.

    With `edition` the fields are those of its message, without one those of any message. `index`
    tells several readers apart: ids are negative, so they never meet a subscriber's.
    """
    return _fictional_recipient(config, -1 - index, address, token=TEST_TOKEN, edition=edition)


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
    edition: Edition | None = None,
) -> Recipient:
    """Return a reader who is no subscriber, with the longest salutation that `names` give."""
    newsletter = config.settings.newsletter
    phrases = load_phrases(newsletter.language, config.email_templates)
    links = sample_values(config, token)
    if edition is not None:
        wanted = wanted_links(config.settings, edition)
        links = {name: value for name, value in links.items() if name in wanted}
    fields = {
        **links,
        "address": address,
        "salutation": max((salutation(name, newsletter, phrases) for name in names), key=len),
    }
    return Recipient(subscriber_id=subscriber_id, address=address, fields=tuple(fields.items()))


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
