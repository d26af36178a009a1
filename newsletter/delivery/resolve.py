"""A person's word on deliveries whose outcome nobody can find out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Literal

from sqlalchemy import Connection

from newsletter.addressing.envelope import require_sendable
from newsletter.context import Context
from newsletter.delivery.ledger.lease_holder import is_gone
from newsletter.delivery.ledger.stale_backup import require_current_database
from newsletter.delivery.ledger.stored_ledger import StoredLedger
from newsletter.delivery.progress import Progress
from newsletter.delivery.send import deliver_frozen
from newsletter.delivery.status import IssueProgress, add_mailbox_report, issue_progress
from newsletter.editorial.find_issue import find_issue
from newsletter.errors import NotReady
from newsletter.models import Issue
from newsletter.sender.loop.deliver import settle
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import deliveries, unknown_batches
from newsletter.storage.ledger.batches import ClaimedBatch
from newsletter.subscriptions.unsubscribe_mailbox import process_before_send

Word = Literal["resend", "leave"]
_MOVES: dict[Word, Callable[..., bool]] = {
    "resend": unknown_batches.resend_unknown,
    "leave": unknown_batches.fail_unknown,
}


def resolve(
    context: Context, name: str, word: Word, *, progress: Progress | None = None
) -> IssueProgress:
    """Decides about every unknown delivery of an issue, and delivers what is to be resent.

    What the mailer can find out by itself is settled first, so that only true doubt is
    decided. resend: they may get it twice, but surely once. leave: they count as failed.
    Raises NotReady for an issue not yet frozen, and for resending a cancelled one or where the
    database lacks what was sent.
    """
    with context.lock():
        issue = _decidable(context, name, word)
        letters = process_before_send(context) if word == "resend" else ""
        with closing(context.mailer()) as mailer:
            found = settle(StoredLedger(context, issue), mailer)
        unsent = found.counts.not_sent > 0 or found.recalled > 0
        count = _decide(context, issue, word)
        with snapshot(context.engine) as connection:
            issue = find_issue(connection, context.settings, str(issue.number))
        going = issue.status in ("frozen", "sending")
        if word == "resend" and (count or unsent) and going:
            return add_mailbox_report(deliver_frozen(context, issue, progress=progress), letters)
        said = _said(issue, word, count)
        if unsent and going:
            said += f" `newsletter send {issue.number}` goes on with what was surely not sent."
        return add_mailbox_report(issue_progress(context, issue, said), letters)


def _decidable(context: Context, name: str, word: Word) -> Issue:
    with snapshot(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
    if issue.frozen_at is None:
        raise NotReady(f"Issue {issue.number} has not gone out: nothing of it is in doubt.")
    if word == "resend":
        if issue.status == "cancelled":
            raise NotReady(
                f"Issue {issue.number} is cancelled; nothing more of it is sent.",
                cure=f"Close the doubt with `newsletter resolve {issue.number} --leave`.",
            )
        require_sendable(context)
    return issue


def _decide(context: Context, issue: Issue, word: Word) -> int:
    """How many deliveries were decided about."""
    now = context.clock()
    count = 0
    with transaction(context.engine) as connection:
        if word == "resend":
            require_current_database(connection)
        unknown_batches.expire_leases(
            connection, issue.id, at=context.real_clock(), gone=is_gone, now=now
        )
        for batch_id in unknown_batches.unknown_ids(connection, issue.id):
            attempt: ClaimedBatch = unknown_batches.load_batch(connection, batch_id)
            if _MOVES[word](connection, attempt, now):
                count += len(attempt.deliveries)
        _reopen(connection, issue)
    return count


def _reopen(connection: Connection, issue: Issue) -> None:
    """Nothing is pending of an issue that is sent."""
    pending = deliveries.figures(connection, issue.id).pending
    if pending and issues.status_of(connection, issue.id) == "sent":
        issues.set_status(connection, issue.id, "sending", sent_at=None)


def _said(issue: Issue, word: Word, count: int) -> str:
    if not count:
        return "Nothing of it is in doubt."
    if word == "leave":
        return f"{count} in doubt were left."
    return (
        f"{count} in doubt are to be sent again; the issue is stopped: "
        f"`newsletter resume {issue.number}` lets it go on."
    )
