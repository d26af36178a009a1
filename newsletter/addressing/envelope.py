"""The envelope: the headers that every message shares, the batch it goes around, and whether the
settings allow sending at all.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from newsletter.config.address import address_domain
from newsletter.config.secrets import Secrets
from newsletter.config.settings import Settings
from newsletter.errors import SettingsError
from newsletter.mailbox.return_path import verp_address
from newsletter.models import Edition, Fault, Issue, Recipient
from newsletter.sender.batch import Batch, Envelope, EnvelopeSender, Hold, MessageKind
from newsletter.sender.mailers import Mailer
from subscribers.tokens import sign_return_path

# Their DMARC policies let only their own servers send in their name (RFC 7489, 6.3), so
# Gmail and Yahoo refuse bulk mail with such a From address.
_FREE_MAIL = ("gmail.com", "googlemail.com", "yahoo.com", "aol.com", "outlook.com", "hotmail.com")


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

    The CAN-SPAM Act requires a postal address in each message (15 U.S.C. 7704(a)(5)). A real
    mailer needs a public site, because without it no unsubscribe link works.
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
    yield from _catch_error(lambda: _require_public_site(settings))
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


def _require_public_site(settings: Settings) -> None:
    url = settings.site.url
    if not url:
        raise SettingsError(
            f"The mailer {settings.sender.mailer!r} needs [site] url: without the public "
            "address of `newsletter serve` no unsubscribe link can work.",
            cure='Set it in newsletter.toml, or rehearse with mailer = "outbox".',
        )
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise SettingsError(
            f"[site] url is {url!r}, but one-click unsubscribe needs https (RFC 8058).",
            cure="Put a certificate before the site and write https:// there.",
        )


def free_mail_domain(from_address: str) -> str:
    """Return the domain of an address that no newsletter can come from, "" for any other."""
    domain = address_domain(from_address)
    return domain if domain in _FREE_MAIL else ""


def is_loopback(host: str) -> bool:
    """Whether a host name or IP address always means this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


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
