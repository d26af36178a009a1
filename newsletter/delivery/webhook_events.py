"""Record what SendGrid's webhook reports: proof of delivery, bounces, complaints, unsubscribes.

Idempotent: SendGrid repeats events, and the table of events deduplicates them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from newsletter.context import Context
from newsletter.delivery.ledger.stale_backup import is_missing_delivery, stop_all_issues
from newsletter.sender.mailers.sendgrid.webhook import Event
from newsletter.storage.database.engine import transaction
from newsletter.storage.ledger import events, late_proof
from newsletter.storage.ledger.events import EventRecord
from subscribers import storage as people
from subscribers.models import Status

_STATUS_BY_KIND: Mapping[str, Status] = {
    "bounce": "bounced",
    "spamreport": "complained",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
}
# Words in the `reason` of a dropped message, and what they say about the reader:
# https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event#delivery-events
_STATUS_BY_DROP_REASON: tuple[tuple[str, Status], ...] = (
    ("bounced", "bounced"),
    ("invalid", "bounced"),
    ("spam report", "complained"),
    ("unsubscribed", "unsubscribed"),
)


def record_events(context: Context, received: Iterable[Event]) -> int:
    """Store each event once and act on it; return how many were new.

    All in one transaction. Events of other programs that share the account are stored and change
    nothing. An event of our own delivery that the ledger lacks stops every issue, because the
    database was restored from a stale backup.
    """
    with transaction(context.engine) as connection:
        return sum(
            _record_event(connection, event, context.secrets.signing, context.clock())
            for event in received
        )


def _record_event(
    connection: Connection, event: Event, secrets: tuple[str, ...], now: dt.datetime
) -> bool:
    """Store an event and act on it; return whether it was new."""
    batch = late_proof.batch_of_attempt(connection, event.attempt_id) if event.attempt_id else None
    is_ours = batch is not None and late_proof.has_delivery(
        connection, batch.issue_id, event.subscriber_id
    )
    is_new = events.add(
        connection,
        EventRecord(
            dedup_key=event.mark,
            kind=event.kind,
            at=event.at,
            issue_id=batch.issue_id if batch and is_ours else None,
            subscriber_id=event.subscriber_id if is_ours else None,
            attempt_id=event.attempt_id,
            detail=event.detail,
        ),
    )
    if is_new and batch is None and is_missing_delivery(event, secrets):
        stop_all_issues(connection, event, now)
    if not is_new or batch is None or not is_ours:
        return is_new
    late_proof.mark_accepted(connection, batch.id, [event.subscriber_id], now=now)
    status = _status_after(event)
    if status is not None:
        people.change_status(
            connection,
            event.subscriber_id,
            status,
            by="mailer",
            at=now,
            source=f"SendGrid: {event.kind}",
        )
    return True


def _status_after(event: Event) -> Status | None:
    """Return the reader's new status, None if the event changes nothing."""
    if event.kind == "dropped":
        reason = event.detail.lower()
        statuses = (status for words, status in _STATUS_BY_DROP_REASON if words in reason)
        return next(statuses, None)
    return _STATUS_BY_KIND.get(event.kind)
