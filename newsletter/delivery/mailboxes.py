"""Process what came by mail: requests to unsubscribe first, then bounces and complaints.

::

    Mailbox.reports() ─▶ read_return_path ─▶ parse_report ─▶ judge_report ─▶ book_report
                         whom it is about    what it says    what it means    bounces.py

Both may lie in one mailbox. Neither keeps the other from being read. Only the signed token in the
address a report was delivered to says whom it is about. What a report claims besides (a
recipient, a quoted message) names nobody.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Engine

from newsletter.config.secrets import Secrets
from newsletter.config.settings import Settings
from newsletter.context import Context
from newsletter.delivery.bounces import GONE_STATUS, Booking, book_report, is_mailbox_gone
from newsletter.errors import MailboxError, SettingsError
from newsletter.mailbox import Mailbox, open_bounces
from newsletter.mailbox.report import MAX_REPORT, RecipientStatus, Report, find_status, parse_report
from newsletter.mailbox.token_addresses import MailboxMessage
from newsletter.models import Fault
from newsletter.sender.mailers.smtp.replies import classify
from newsletter.storage.database.engine import transaction
from newsletter.storage.ledger.events import ReportKind, find_delivery
from newsletter.subscriptions.unsubscribe_mailbox import (
    MailboxResult,
    mailbox_notice,
    process_requests,
)
from subscribers import storage as people
from subscribers.errors import BadToken
from subscribers.tokens import read_return_path

Outcome = Booking | Literal["automatic", "forged", "unreadable"]
# What a machine cannot make sense of, or must not believe: a person may look.
_FLAGGED: tuple[Outcome, ...] = ("forged", "unreadable")
_REPLY = re.compile(r"(?P<code>[45]\d\d)[ -](?P<text>.*)", re.DOTALL)
# A reader has nothing to do with our reputation, or with what we wrote.
_OUR_FAULTS: tuple[Fault, ...] = ("account", "message")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailResult:
    """What the mailboxes held. A part is None if nothing of its kind comes by mail."""

    requests: MailboxResult | None
    bounces: BounceResult | None
    #: Why it is not known who unsubscribed at SendGrid, "" if it is or nobody does so there.
    elsewhere: str = ""

    @property
    def notice(self) -> str:
        """What the author should know, in sentences; "" for nothing."""
        sentences = (mailbox_notice(self.requests), bounces_notice(self.bounces), self.elsewhere)
        return " ".join(filter(None, sentences))

    @property
    def flagged(self) -> int:
        """The messages that were flagged for a person."""
        requests = self.requests.ignored if self.requests else 0
        return requests + (self.bounces.flagged if self.bounces else 0)

    def explain_unread(self, settings: Settings) -> str:
        """Return why nobody may be mailed yet, "" if they may.

        Where a letter is the only way to unsubscribe, an issue waits until the letters were read.
        """
        requests = self.requests
        if settings.site.unsubscribe != "mailto" or requests is None:
            return ""
        if requests.error is not None:
            return (
                "No issue goes out before the requests to unsubscribe were read: they are the "
                "only sign of who left."
            )
        if requests.has_more:
            return (
                "No issue goes out before all requests to unsubscribe were read; the next run "
                "goes on with them."
            )
        return ""

    def raise_for_error(self) -> None:
        """Raise the MailboxError or SettingsError for which a mailbox was not read.

        Raise SettingsError as well if there is no mailbox to read.
        """
        if self.requests is None and self.bounces is None:
            raise SettingsError(
                "No mailbox is set, so there are no requests to read.",
                cure="Write a [mailbox] with its address into newsletter.toml; "
                "docs/bounces.md shows one.",
            )
        for part in (self.requests, self.bounces):
            if part is not None and part.error is not None:
                raise part.error


def process_mail(context: Context) -> MailResult:
    """Process all that came by mail, so that no issue goes to one who left or cannot be reached.

    An error stops no delivery: it is in the result.
    """
    settings = context.settings
    requests = process_requests(context) if settings.mailbox.address else None
    # A mailbox that failed once would fail again, and take as long.
    is_dead = requests is not None and requests.error and not settings.has_bounces_mailbox
    if is_dead or not settings.sender.smtp.envelope_from:
        return MailResult(requests=requests, bounces=None)
    return MailResult(requests=requests, bounces=process_bounces(context))


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceResult:
    """What a mailbox held of bounces and complaints, and what was done."""

    #: Readers who are *bounced* or *complained* now.
    bounced: int = 0
    complained: int = 0
    #: Reports that were recorded and changed nobody's status.
    recorded: int = 0
    #: About a message from before the reader's latest consent, or to a former address.
    outdated: int = 0
    #: Recorded before.
    repeated: int = 0
    #: Sent by a program, and no report of a failure.
    automatic: int = 0
    #: Delivered to an address that is not one of ours.
    forged: int = 0
    #: No report, or one that breaks off.
    unreadable: int = 0
    #: Whether the mailbox holds more than there was time for.
    has_more: bool = False
    #: Why the mailbox could not be read, or not to its end.
    error: MailboxError | SettingsError | None = None

    @property
    def flagged(self) -> int:
        """The messages that were flagged for a person."""
        return self.forged + self.unreadable

    @property
    def ignored(self) -> int:
        """The messages that changed nothing and count for nobody."""
        return self.outdated + self.repeated + self.automatic + self.flagged

    @property
    def read(self) -> int:
        """All messages that were read."""
        return self.bounced + self.complained + self.recorded + self.ignored


def process_bounces(context: Context) -> BounceResult:
    """Read the mailbox for bounces, and book each report on the reader whose token it has.

    It takes no lock and is idempotent: a message is marked as seen only after its report is
    recorded. An error ends the reading and is in the result; what was done until then counts.
    """
    outcomes: Counter[Outcome] = Counter()
    try:
        mailbox = open_bounces(context.settings, context.secrets, context.folder)
        has_more = _process(context.engine, mailbox, context.secrets, context.clock, outcomes)
    except (MailboxError, SettingsError) as error:
        return _result(outcomes, error=error)
    return _result(outcomes, has_more=has_more)


def bounces_notice(result: BounceResult | None) -> str:
    """Return what the author should know about a result, as a sentence; "" for nothing."""
    if result is None:
        return ""
    if result.error:
        return f"Bounces could not be read: {result.error}"
    if not result.flagged:
        return ""
    if result.flagged == 1:
        return (
            "1 message to the address for bounces names no reader in a way that counts, or cannot "
            "be read; it is flagged in the mailbox for you to look at."
        )
    return (
        f"{result.flagged} messages to the address for bounces name no reader in a way that "
        "counts, or cannot be read; they are flagged in the mailbox for you to look at."
    )


def judge_report(report: Report, address: str) -> tuple[ReportKind, str] | None:
    """Return what a report about a delivery to `address` means, and its words; None for nothing.

    Of several recipients that the address led to, the one that fared best decides: the reader
    has the message then.
    """
    if report.feedback:
        return ("spamreport", report.feedback) if report.feedback == "abuse" else None
    if not report.recipients:
        return None
    about = [r for r in report.recipients if address.lower() in map(str.lower, r.addresses)]
    return min((_judge(recipient) for recipient in about or report.recipients), key=_severity)


def _judge(recipient: RecipientStatus) -> tuple[ReportKind, str]:
    words = f"{recipient.status} {recipient.diagnostic}".strip()
    if recipient.action == "delayed":
        return "deferred", words
    if recipient.action != "failed":
        return "delivered", words
    reply = _REPLY.match(recipient.diagnostic)
    text = reply["text"] if reply else recipient.diagnostic
    status = recipient.status
    # Exim and others report every failure as 5.0.0 and have the code in the server's words.
    if (not status or status.endswith(".0.0")) and find_status(text):
        status, words = find_status(text), recipient.diagnostic
    is_passing = status.startswith("4") if status else bool(reply and reply["code"][0] == "4")
    reply_code = int(reply["code"]) if reply else 450 if is_passing else 550
    # Whichever command it answered, the report is about this recipient.
    fault = classify("rcpt", reply_code, text if text.startswith(status) else f"{status} {text}")
    if fault in _OUR_FAULTS and status not in GONE_STATUS:
        return "blocked", words
    return ("deferred" if is_passing else "bounce"), words


def _severity(judgement: tuple[ReportKind, str]) -> tuple[int, bool]:
    kind, words = judgement
    return ("delivered", "deferred", "blocked", "bounce").index(kind), is_mailbox_gone(words)


def _process(
    engine: Engine,
    mailbox: Mailbox,
    secrets: Secrets,
    clock: Callable[[], dt.datetime],
    outcomes: Counter[Outcome],
) -> bool:
    """Book each report and count its outcome. Return whether the mailbox holds more."""
    with closing(mailbox):
        for messages in mailbox.reports():
            processed_messages: list[MailboxMessage] = []
            flagged: list[MailboxMessage] = []
            for message, delivery, raw in _read_reports(mailbox, messages, secrets):
                outcome = _book(engine, delivery, raw, clock()) if delivery else "forged"
                outcomes[outcome] += 1
                (flagged if outcome in _FLAGGED else processed_messages).append(message)
            mailbox.mark_seen(processed_messages)
            mailbox.flag(flagged)
        return mailbox.has_more


def _read_reports(
    mailbox: Mailbox, messages: Sequence[MailboxMessage], secrets: Secrets
) -> Iterator[tuple[MailboxMessage, tuple[str, int] | None, bytes]]:
    """Yield each message with the delivery that it names and its bytes.

    Only messages that name a delivery are read. One that has left the mailbox meanwhile, as a
    mail program may move it, is passed over.
    """
    ours = []
    for message in messages:
        if delivery := _delivery_named(message, secrets):
            ours.append((message, delivery))
        else:
            yield message, None, b""
    contents = mailbox.read([message for message, _ in ours], MAX_REPORT) if ours else ()
    for (message, delivery), raw in zip(ours, contents, strict=True):
        if raw:
            yield message, delivery, raw


def _delivery_named(message: MailboxMessage, secrets: Secrets) -> tuple[str, int] | None:
    """Return the reader's link and the issue's number, None without exactly one good token."""
    deliveries = set()
    for token in message.return_path_tokens:
        try:
            deliveries.add(read_return_path(token, secrets.require_signing()))
        except BadToken:
            return None
    return deliveries.pop() if len(deliveries) == 1 else None


def _book(engine: Engine, named: tuple[str, int], raw: bytes, now: dt.datetime) -> Outcome:
    """Book a report on the reader that its address names; return what it was."""
    link, issue = named
    report = parse_report(raw)
    if report is None:
        return "unreadable"
    if report.is_reply:
        return "automatic"
    with transaction(engine) as connection:
        reader = people.find_by_link(connection, link)
        if reader is None:
            return "outdated"
        delivery = find_delivery(connection, issue, reader.id)
        if delivery is None:
            return "forged"
        judgement = judge_report(report, delivery.address)
        if judgement is None:
            return "automatic"
        kind, words = judgement
        return book_report(connection, delivery, reader.id, kind, words, now=now)


def _result(
    outcomes: Counter[Outcome],
    *,
    has_more: bool = False,
    error: MailboxError | SettingsError | None = None,
) -> BounceResult:
    return BounceResult(
        bounced=outcomes["bounced"],
        complained=outcomes["complained"],
        recorded=outcomes["recorded"],
        outdated=outcomes["outdated"],
        repeated=outcomes["repeated"],
        automatic=outcomes["automatic"],
        forged=outcomes["forged"],
        unreadable=outcomes["unreadable"],
        has_more=has_more,
        error=error,
    )
