"""Record what SendGrid's webhook reports: proof of delivery, bounces, complaints, unsubscribes.

Idempotent: SendGrid repeats events, and the table of events deduplicates them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from newsletter.config.settings import Settings
from newsletter.context import Context
from newsletter.delivery.engagement import engagement_kind, find_post
from newsletter.delivery.ledger.stale_backup import is_missing_delivery, stop_all_issues
from newsletter.sender.mailers.sendgrid.webhook import NO_TIME, Event
from newsletter.storage import posts
from newsletter.storage.database.engine import transaction
from newsletter.storage.ledger import deliveries, events
from newsletter.storage.ledger.deliveries import Attempt
from newsletter.storage.ledger.events import EventRecord
from newsletter.subscriptions.sign_up import queue_return
from subscribers import storage as people
from subscribers.address import address_key
from subscribers.models import Status

_STATUS_BY_KIND: Mapping[str, Status] = {
    "bounce": "bounced",
    "spamreport": "complained",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
}
# The whole `reason` of a dropped message, in lower case, and what it says about the reader. Only
# these are about the address. The others ("Invalid SMTPAPI header", "Spam Content", "Recipient
# List over Package Quota", ...) are about the message or the account:
# https://www.twilio.com/docs/sendgrid/glossary/drops
_STATUS_BY_DROP_REASON: Mapping[str, Status] = {
    "bounced address": "bounced",
    "invalid": "bounced",
    "spam reporting address": "complained",
    "unsubscribed address": "unsubscribed",
}


def record_events(context: Context, received: Iterable[Event]) -> int:
    """Store each event once and act on it; return how many were new.

    All in one transaction. Events of other programs that share the account are stored and change
    nothing, and so are events that are older than the reader's latest consent. An event of our
    own delivery that the ledger lacks stops every issue, because the database was restored from
    a stale backup.
    """
    with transaction(context.engine) as connection:
        return sum(
            _record_event(
                connection,
                event,
                settings=context.settings,
                secrets=context.secrets.signing,
                now=context.clock(),
                real_now=context.real_clock(),
            )
            for event in received
        )


def _record_event(
    connection: Connection,
    event: Event,
    *,
    settings: Settings,
    secrets: tuple[str, ...],
    now: dt.datetime,
    real_now: dt.datetime,
) -> bool:
    """Store an event and act on it; return whether it was new."""
    batch = deliveries.batch_of_attempt(connection, event.attempt_id) if event.attempt_id else None
    address = (
        deliveries.delivery_address(connection, batch.issue_id, event.subscriber_id)
        if batch
        else ""
    )
    # Another program that shares the account has attempts and readers of its own.
    is_new = events.add(connection, _to_record(connection, event, batch, is_ours=bool(address)))
    if is_new and batch is None and is_missing_delivery(event, secrets):
        stop_all_issues(connection, event, now)
    if not is_new or batch is None or not address:
        return is_new
    deliveries.mark_accepted(connection, batch.id, [event.subscriber_id], now=now)
    own_group = settings.sender.sendgrid.unsubscribe_group
    if event.group and own_group and event.group != own_group:
        # On SendGrid's preferences page a reader leaves other groups of the account as well.
        return True
    if event.kind == "group_resubscribe":
        # Without a site there is no page to confirm on.
        if settings.site.url:
            _ask_to_confirm(connection, settings, secrets, event.subscriber_id, real_now)
        return True
    status = _status_after(event)
    if status is not None and not _is_outdated(connection, event, status, address):
        people.change_status(
            connection,
            event.subscriber_id,
            status,
            by="mailer",
            at=now,
            source=f"SendGrid: {event.kind}",
        )
    return True


def _to_record(
    connection: Connection, event: Event, batch: Attempt | None, *, is_ours: bool
) -> EventRecord:
    """Return what is stored of an event: its post instead of its link, and who opened it."""
    delivered_at = (
        events.first_at(connection, batch.issue_id, event.subscriber_id, "delivered")
        if batch and event.kind == "click"
        else None
    )
    post_id = (
        find_post(event.url, posts.urls_in_issue(connection, batch.issue_id))
        if batch and event.url
        else None
    )
    return EventRecord(
        dedup_key=event.mark,
        kind=engagement_kind(
            event.kind,
            user_agent=event.user_agent,
            is_machine=event.is_machine,
            at=event.at,
            delivered_at=delivered_at,
        ),
        at=event.at,
        issue_id=batch.issue_id if batch and is_ours else None,
        subscriber_id=event.subscriber_id if is_ours else None,
        attempt_id=event.attempt_id,
        detail=event.detail,
        post_id=post_id,
    )


def _ask_to_confirm(
    connection: Connection,
    settings: Settings,
    secrets: tuple[str, ...],
    subscriber_id: int,
    now: dt.datetime,
) -> None:
    """Ask a reader who came back at SendGrid to confirm, as one who signs up again.

    Nobody returns without a confirmation.
    """
    reader = people.find_by_id(connection, subscriber_id)
    if reader is not None and reader.status == "unsubscribed":
        queue_return(connection, reader, settings, secret=secrets[0], now=now)


def _status_after(event: Event) -> Status | None:
    """Return the reader's new status, None if the event changes nothing."""
    if event.kind == "dropped":
        return _STATUS_BY_DROP_REASON.get(event.detail.strip().lower())
    return _STATUS_BY_KIND.get(event.kind)


def _is_outdated(connection: Connection, event: Event, status: Status, address: str) -> bool:
    """Whether the reader has decided otherwise since, so that the event must not act on them.

    Events come late: a reader may leave, come back and confirm before SendGrid reports that they
    left. `address` is what the message was sent to: its bounce says nothing of the reader's new
    address.
    """
    reader = people.find_by_id(connection, event.subscriber_id)
    if reader is None:
        return True
    if status == "bounced" and address_key(address) != address_key(reader.address):
        return True
    if event.at == NO_TIME:
        return False
    consent_at = people.last_consent_at(connection, reader.id)
    if reader.status == "pending":
        # Nothing is sent to them before they confirm, so the request counts like a consent.
        consent_at = reader.asked_at or consent_at
    # SendGrid counts whole seconds. Within the same second the wish to leave wins.
    return consent_at is not None and event.at < consent_at.replace(microsecond=0)
