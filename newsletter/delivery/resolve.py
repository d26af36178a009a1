"""What the author decides about deliveries that did not end well.

Unknown ones are sent again or left (`resolve`). Failed ones get a second chance, for those
through no fault of their own (`retry_failed`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import closing
from typing import Literal

from sqlalchemy import Connection

from newsletter.addressing.envelope import require_sendable
from newsletter.config.settings import Settings
from newsletter.context import Context
from newsletter.delivery.ledger.lease_holder import is_dead
from newsletter.delivery.ledger.stale_backup import require_current_database
from newsletter.delivery.ledger.stored_ledger import open_ledger
from newsletter.delivery.mailboxes import process_mail
from newsletter.delivery.send import deliver_frozen
from newsletter.delivery.status import IssueProgress, Progress, issue_progress
from newsletter.editorial.find_issue import find_issue
from newsletter.errors import NotReady
from newsletter.models import Issue
from newsletter.models.delivery_state import IN_DELIVERY
from newsletter.sender.loop.deliver import settle
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import deliveries, failures, unknown_batches

#: resend: readers get the issue surely once, perhaps twice. leave: the deliveries count as failed.
Decision = Literal["resend", "leave"]
_APPLY: dict[Decision, Callable[..., bool]] = {
    "resend": unknown_batches.resend_unknown,
    "leave": unknown_batches.fail_unknown,
}


def resolve(
    context: Context,
    name: str,
    decision: Decision,
    *,
    progress: Progress | None = None,
    deliver: bool = True,
) -> IssueProgress:
    """Apply the decision to every unknown delivery of an issue; deliver what is sent again.

    What the mailer can find out is settled first, so the decision is about the rest alone.
    Without `deliver` the caller sees to that. Raise NotReady if the issue is not frozen, or is
    cancelled and to be sent again; StaleBackup
    if it is to be sent again and the database lacks deliveries.
    """
    with context.lock():
        with snapshot(context.engine) as connection:
            issue = find_issue(connection, context.settings, name)
        _require_resolvable(issue, decision)
        mailbox_report = ""
        if decision == "resend":
            require_sendable(context.settings, context.secrets, context.mailer)
            mailbox_report = process_mail(context).notice
        with closing(context.mailer()) as mailer:
            settled = settle(open_ledger(context, issue), mailer)
        is_unsent = settled.counts.not_sent > 0 or settled.recalled > 0
        with transaction(context.engine) as connection:
            count = _decide(
                connection, issue, decision, at=context.real_clock(), now=context.clock()
            )
        with snapshot(context.engine) as connection:
            issue = find_issue(connection, context.settings, str(issue.number))
            comment = _comment(issue, decision, count)
            if is_unsent and issue.status in IN_DELIVERY:
                comment += (
                    f" `newsletter send {issue.number}` goes on with what was surely not sent."
                )
            resolved = issue_progress(connection, context.config, issue, comment)
        is_due = decision == "resend" and (count or is_unsent) and issue.status in IN_DELIVERY
        if deliver and is_due:
            resolved = deliver_frozen(context, issue, progress=progress)
        return resolved.with_mailbox_report(mailbox_report)


def _require_resolvable(issue: Issue, decision: Decision) -> None:
    if issue.frozen_at is None:
        raise NotReady(f"Issue {issue.number} has not gone out: nothing of it is in doubt.")
    if decision == "resend" and issue.status == "cancelled":
        raise NotReady(
            f"Issue {issue.number} is cancelled; nothing more of it is sent.",
            cure=f"Close the doubt with `newsletter resolve {issue.number} --leave`.",
        )


def _decide(
    connection: Connection,
    issue: Issue,
    decision: Decision,
    *,
    at: dt.datetime,
    now: dt.datetime,
) -> int:
    """Apply the decision to every unknown batch; return the number of deliveries in them."""
    if decision == "resend":
        require_current_database(connection)
    unknown_batches.expire_leases(connection, issue.id, at=at, is_dead=is_dead, now=now)
    count = 0
    for batch_id in unknown_batches.unknown_ids(connection, issue.id):
        claimed = unknown_batches.load_batch(connection, batch_id)
        if _APPLY[decision](connection, claimed, now):
            count += len(claimed.deliveries)
    # An issue with pending deliveries is not sent.
    is_pending = deliveries.figures(connection, issue.id).pending > 0
    if is_pending and issues.status_of(connection, issue.id) == "sent":
        issues.set_status(connection, issue.id, "sending", sent_at=None)
    return count


def _comment(issue: Issue, decision: Decision, count: int) -> str:
    if not count:
        return "Nothing of it is in doubt."
    if decision == "leave":
        return f"{count} in doubt were left."
    return (
        f"{count} in doubt are to be sent again; the issue is stopped: "
        f"`newsletter resume {issue.number}` lets it go on."
    )


def count_failed(
    connection: Connection, settings: Settings, name: str, reason: str
) -> tuple[Issue, int]:
    """Return the issue, and to how many readers `retry_failed` would send it again.

    `reason` is a fault (`models.Fault`) or a part of the server's words, "" for any. Raise
    NotReady if the issue has not gone out or is cancelled.
    """
    issue = find_issue(connection, settings, name)
    if issue.frozen_at is None:
        raise NotReady(f"Issue {issue.number} has not gone out: nothing of it has failed.")
    if issue.status == "cancelled":
        raise NotReady(f"Issue {issue.number} is cancelled; nothing more of it is sent.")
    return issue, failures.count_retryable(connection, issue.id, reason)


def retry_failed(
    context: Context,
    name: str,
    reason: str = "",
    *,
    progress: Progress | None = None,
    deliver: bool = True,
) -> IssueProgress:
    """Send the issue again to readers for whom it failed, but not by their own fault.

    Whoever left since is left out. Nobody gets it twice: a failed delivery is one that a server
    refused, or that was never sent. Without `deliver` the caller sees to their delivery. Raise
    NotReady as `count_failed` does, and what sending raises.
    """
    with context.lock():
        with snapshot(context.engine) as connection:
            issue, _ = count_failed(connection, context.settings, name, reason)
        require_sendable(context.settings, context.secrets, context.mailer)
        mailbox_report = process_mail(context).notice
        with transaction(context.engine) as connection:
            require_current_database(connection)
            count = failures.plan_again(
                connection,
                issue.id,
                reason,
                batch_size=context.settings.sender.batch_size,
                now=context.clock(),
            )
            if count and issues.status_of(connection, issue.id) == "sent":
                issues.set_status(connection, issue.id, "sending", sent_at=None)
        with snapshot(context.engine) as connection:
            issue = find_issue(connection, context.settings, str(issue.number))
            ended = issue_progress(connection, context.config, issue, _retry_comment(issue, count))
        if deliver and count and issue.status in IN_DELIVERY:
            ended = deliver_frozen(context, issue, progress=progress)
        return ended.with_mailbox_report(mailbox_report)


def _retry_comment(issue: Issue, count: int) -> str:
    if not count:
        return "Nothing of it failed that can be sent again."
    if issue.status == "stopped":
        return (
            f"{count} that failed are to be sent again; the issue is stopped: "
            f"`newsletter resume {issue.number}` lets it go on."
        )
    return ""
