"""Record hard and soft bounces, refusals and complaints, and change the reader's status.

::

    relay refuses RCPT ──▶ book_refusal ─┐
    delivery report ─────▶ book_report ──┼─▶ an event of the delivery, once ─▶ people.change_status
    complaint ───────────▶ book_report ──┘

A mailbox that does not exist makes its reader *bounced* at once. Any other failure does so when
it is the third issue in a row: a mailbox may be full for a week. A message that was frozen before
the reader's latest consent, or went to a former address, changes nothing about the reader.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal

from sqlalchemy import Connection

from newsletter.mailbox.report import find_status
from newsletter.storage.ledger import deliveries, events
from newsletter.storage.ledger.events import ReaderDelivery, ReportKind
from subscribers import storage as people
from subscribers.address import address_key
from subscribers.models import Status, Subscriber

# Issues in a row that must fail before the reader is bounced.
FAILURES_IN_A_ROW = 3
# No such mailbox (RFC 3463, 3.2): 5.1.1 bad mailbox, 5.1.6 moved away, 5.1.10 null MX (RFC 7505).
GONE_STATUS = frozenset({"5.1.1", "5.1.6", "5.1.10"})
# The same without an enhanced status code, as Exim, qmail and older servers say it.
_GONE_WORDS = re.compile(
    r"\b(user|mailbox|recipient|address|account)\b.{0,40}"
    r"\b(unknown|not found|not known|(does not|doesn.t|no longer) exists?)\b"
    r"|\b(unknown|no such|non-?existent|unrouteable) (user|mailbox|recipient|address|person)\b"
    r"|\bno mailbox( here)? by that name\b|\bnot our customer\b",
    re.IGNORECASE,
)

Booking = Literal["bounced", "complained", "recorded", "outdated", "repeated"]


def book_refusal(
    connection: Connection,
    *,
    issue_number: int,
    subscriber_id: int,
    detail: str,
    now: dt.datetime,
) -> Booking:
    """Record that the relay refused a reader's address for good, in these words.

    For the fault `reader_gone`, and for `reader_later` once it is given up. The caller has
    marked the delivery as failed, or does so in the same transaction.
    """
    delivery = events.find_delivery(connection, issue_number, subscriber_id)
    if delivery is None:
        return "outdated"
    return _book(connection, delivery, subscriber_id, "refused", detail, now, by="SMTP")


def book_report(
    connection: Connection,
    delivery: ReaderDelivery,
    subscriber_id: int,
    kind: ReportKind,
    detail: str,
    *,
    now: dt.datetime,
) -> Booking:
    """Record what a report says of a delivery, and that the delivery was accepted before."""
    deliveries.mark_accepted(connection, delivery.batch_id, [subscriber_id], now=now)
    return _book(connection, delivery, subscriber_id, kind, detail, now, by="mailbox")


def is_mailbox_gone(detail: str) -> bool:
    """Whether a server's words say that the mailbox does not exist. Its code decides, if any."""
    status = find_status(detail)
    if status and not status.endswith(".0.0"):
        return status in GONE_STATUS
    return detail[:1] != "4" and _GONE_WORDS.search(detail) is not None


def _book(
    connection: Connection,
    delivery: ReaderDelivery,
    subscriber_id: int,
    kind: ReportKind,
    detail: str,
    now: dt.datetime,
    *,
    by: str,
) -> Booking:
    is_new = events.add_report(
        connection,
        kind,
        issue_id=delivery.issue_id,
        subscriber_id=subscriber_id,
        at=now,
        detail=detail,
    )
    if not is_new:
        return "repeated"
    reader = people.find_by_id(connection, subscriber_id)
    if reader is None:
        return "outdated"
    consent = people.last_consent_at(connection, subscriber_id)
    if reader.status == "pending":
        # Nothing is sent to them before they confirm, so the request counts like a consent.
        consent = reader.asked_at or consent
    if _is_outdated(delivery, reader, consent):
        return "outdated"
    status = _status_after(connection, reader, kind, detail, consent)
    if status is None:
        return "recorded"
    changed = people.change_status(
        connection, subscriber_id, status, by="mailer", at=now, source=f"{by}: {kind}"
    )
    return "recorded" if not changed else "complained" if status == "complained" else "bounced"


def _is_outdated(delivery: ReaderDelivery, reader: Subscriber, consent: dt.datetime | None) -> bool:
    is_former_address = address_key(delivery.address) != address_key(reader.address)
    return is_former_address or (consent is not None and delivery.frozen_at < consent)


def _status_after(
    connection: Connection,
    reader: Subscriber,
    kind: ReportKind,
    detail: str,
    consent: dt.datetime | None,
) -> Status | None:
    """Return the status that an event of this kind gives the reader, None if it gives none."""
    if kind == "spamreport":
        return "complained"
    if kind not in ("bounce", "deferred", "refused"):
        return None
    if kind != "deferred" and is_mailbox_gone(detail):
        return "bounced"
    failures = events.count_failures_in_a_row(
        connection, reader.id, address=reader.address, since=consent
    )
    return "bounced" if failures >= FAILURES_IN_A_ROW else None
