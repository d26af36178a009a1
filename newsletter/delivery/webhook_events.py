"""What SendGrid reports changes: who may be written to, and what is known of a delivery."""

from __future__ import annotations

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

_GONE: Mapping[str, Status] = {
    "bounce": "bounced",
    "spamreport": "complained",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
}
# Why SendGrid drops a message by itself: the words of its events' `reason`.
_DROPPED: tuple[tuple[str, Status], ...] = (
    ("bounced", "bounced"),
    ("invalid", "bounced"),
    ("spam report", "complained"),
    ("unsubscribed", "unsubscribed"),
)


def record_events(context: Context, found: Iterable[Event]) -> int:
    """Keeps each event once and acts on it; returns how many were new.

    All together or not at all. Only events of messages we sent act on anybody; the others
    (another program may share the account) are kept and change nothing. But where ours are
    missing from the database, an older one was put back: what is under way is stopped then.
    """
    new = 0
    with transaction(context.engine) as connection:
        for one in found:
            new += _take_in(context, connection, one)
    return new


def _take_in(context: Context, connection: Connection, one: Event) -> bool:
    batch = late_proof.batch_of_attempt(connection, one.attempt_id) if one.attempt_id else None
    ours = batch is not None and late_proof.has_delivery(
        connection, batch.issue_id, one.subscriber_id
    )
    fresh = events.add(
        connection,
        EventRecord(
            mark=one.mark,
            kind=one.kind,
            at=one.at,
            issue_id=batch.issue_id if batch and ours else None,
            subscriber_id=one.subscriber_id if ours else None,
            attempt_id=one.attempt_id,
            detail=one.detail,
        ),
    )
    if fresh and batch is None and is_missing_delivery(context, one):
        stop_all_issues(context, connection, one)
    if not fresh or batch is None or not ours:
        return fresh
    late_proof.mark_accepted(connection, batch.id, [one.subscriber_id], now=context.clock())
    status = _status_after(one)
    if status is not None:
        people.change_status(
            connection,
            one.subscriber_id,
            status,
            by="mailer",
            at=context.clock(),
            source=f"SendGrid: {one.kind}",
        )
    return True


def _status_after(one: Event) -> Status | None:
    if one.kind == "dropped":
        said = one.detail.lower()
        return next((status for words, status in _DROPPED if words in said), None)
    return _GONE.get(one.kind)
