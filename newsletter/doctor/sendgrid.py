"""SendGrid: what the key may do, and whether the From address may send."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.config.address import address_domain, bare_address
from newsletter.config.settings import Settings
from newsletter.doctor.diagnosis import Diagnosis, error, note, ok, warning
from newsletter.doctor.installation import Installation
from newsletter.errors import MailerError
from newsletter.sender.mailers import NotNow
from newsletter.sender.mailers.sendgrid.account import SendGridAccount, read_account

_SECONDS = 5.0
_SEND = "mail.send"
_RECALL = ("mail.batch.create", "user.scheduled_sends.create")
_LISTS = (
    "suppression.bounces.read",
    "suppression.invalid_emails.read",
    "suppression.spam_reports.read",
    "suppression.unsubscribes.read",
)
_GROUP_SCOPES = (
    "asm.groups.read",
    "asm.groups.suppressions.create",
    "asm.groups.suppressions.delete",
    "asm.groups.suppressions.read",
)
_GLOBAL_SCOPES = ("asm.suppressions.global.create", "asm.suppressions.global.delete")
_IN_SENDGRID = "In SendGrid, under Settings → API Keys, give the key"
_AUTHENTICATE = (
    "In SendGrid, under Settings → Sender Authentication, authenticate the domain: it names the "
    "DNS records to add."
)


def check_sendgrid(installation: Installation) -> Iterator[Diagnosis]:
    """Ask SendGrid about the key and its senders, if it is the mailer."""
    settings, key = installation.settings, installation.secrets.sendgrid_key
    if settings.sender.mailer != "sendgrid" or not key:
        return
    try:
        account = read_account(
            key,
            settings.sender.sendgrid.host,
            seconds=installation.seconds_left(_SECONDS),
            group=settings.sender.sendgrid.unsubscribe_group,
        )
    except MailerError as problem:
        yield error("sendgrid-key", problem.message, problem.cure)
        return
    except NotNow as problem:
        yield warning("sendgrid", f"{problem}.", "See that this machine is online, and try again.")
        return
    yield from judge_account(
        account, settings.newsletter.from_, recalls=settings.sender.on_unknown == "cancel"
    )
    yield from judge_groups(account, settings)
    has_page = settings.site.url or settings.site.unsubscribe == "own"
    if not installation.secrets.webhook_key and has_page:
        yield warning(
            "sendgrid-events",
            "There is no SENDGRID_WEBHOOK_KEY, so bounces and complaints stay unknown here.",
            "In SendGrid, under Settings → Mail Settings → Event Webhook, enter "
            f"{settings.site.url or 'https://…'}/webhooks/sendgrid, switch the signature on, and "
            "write its key into .env as SENDGRID_WEBHOOK_KEY=…",
        )


def judge_account(
    account: SendGridAccount, from_address: str, *, recalls: bool
) -> Iterator[Diagnosis]:
    """Judge the key and the From address. `recalls`: [sender] on_unknown is "cancel". Pure."""
    if _SEND not in account.scopes:
        yield error(
            "sendgrid-key", "The key may not send mail.", f"{_IN_SENDGRID} access to Mail Send."
        )
    else:
        yield ok("sendgrid-key", "The key may send mail.")
    if recalls and not account.scopes.issuperset(_RECALL):
        yield error(
            "sendgrid-recall",
            'on_unknown is "cancel", but the key may not hold messages back and recall them.',
            f"{_IN_SENDGRID} access to Mail Send and Scheduled Sends, or set "
            'on_unknown = "wait" under [sender].',
        )
    if not account.scopes.issuperset(_LISTS):
        yield note(
            "sendgrid-lists",
            "The key may not read SendGrid's suppression lists, so who left or bounced there is "
            "known here only by events.",
            f"{_IN_SENDGRID} read access to Suppressions.",
        )
    yield from _judge_sender(account, from_address)


def judge_groups(account: SendGridAccount, settings: Settings) -> Iterator[Diagnosis]:
    """Judge what `[site] unsubscribe = "sendgrid"` needs. Pure."""
    group = settings.sender.sendgrid.unsubscribe_group
    if settings.site.unsubscribe != "sendgrid":
        return
    needed = (*_LISTS, *(_GROUP_SCOPES if group else ()), *_GLOBAL_SCOPES)
    missing = [scope for scope in needed if scope not in account.scopes]
    if missing:
        yield error(
            "sendgrid-unsubscribes",
            "The key may not read and change who unsubscribed at SendGrid "
            f"({', '.join(missing)}), and no issue goes out before that was read.",
            f"{_IN_SENDGRID} full access to Suppressions and Unsubscribe Groups.",
        )
    elif group and account.group_name is None:
        yield error(
            "sendgrid-unsubscribes",
            f"SendGrid has no unsubscribe group {group}.",
            "See its id in SendGrid, under Suppressions → Unsubscribe Groups, and write it as "
            "unsubscribe_group under [sender.sendgrid].",
        )
    elif group:
        yield ok(
            "sendgrid-unsubscribes",
            f"Readers unsubscribe by SendGrid's group {group} ({account.group_name}).",
        )
    else:
        yield note(
            "sendgrid-unsubscribes",
            "Readers unsubscribe by SendGrid's Subscription Tracking: who leaves gets nothing "
            "any more from this account, whatever it sends besides.",
            "If the account sends other mail too, make an unsubscribe group in SendGrid, and "
            "write its id as unsubscribe_group under [sender.sendgrid].",
        )


def _judge_sender(account: SendGridAccount, from_address: str) -> Iterator[Diagnosis]:
    domain, address = address_domain(from_address), bare_address(from_address).lower()
    if account.domains is None:
        yield note(
            "sendgrid-sender",
            f"Whether {domain} is authenticated cannot be asked with this key. What the DNS holds "
            "is looked up below.",
            f"{_IN_SENDGRID} read access to Sender Authentication, to have it looked up.",
        )
        return
    covering = [
        each
        for each in account.domains
        if domain == each.domain or domain.endswith(f".{each.domain}")
    ]
    if any(each.is_valid for each in covering):
        yield ok("sendgrid-sender", f"SendGrid signs for {domain}.")
    elif covering:
        yield error(
            "sendgrid-sender",
            f"{covering[0].domain} is entered at SendGrid, but its DNS records were not found.",
            "In SendGrid, under Settings → Sender Authentication, see which record is missing, "
            "add it, and press Verify.",
        )
    elif address in {sender.lower() for sender in account.verified_senders or ()}:
        yield warning(
            "sendgrid-sender",
            f"{address} is verified as a single sender: SendGrid signs as sendgrid.net, and Gmail "
            "and Yahoo ask for your own domain (DMARC).",
            _AUTHENTICATE,
        )
    else:
        yield error(
            "sendgrid-sender", f"SendGrid does not know the sender {address}.", _AUTHENTICATE
        )
