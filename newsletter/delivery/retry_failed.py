"""Send an issue again to those for whom it failed through no fault of their own."""

from __future__ import annotations

from collections.abc import Mapping

from newsletter.addressing.envelope import require_sendable
from newsletter.context import Context
from newsletter.delivery.ledger.stale_backup import require_current_database
from newsletter.delivery.mailboxes import process_mail
from newsletter.delivery.send import deliver_frozen
from newsletter.delivery.status import IssueProgress, Progress, issue_progress
from newsletter.editorial.find_issue import find_issue
from newsletter.errors import NotReady
from newsletter.models import Issue
from newsletter.models.delivery_state import IN_DELIVERY
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import failure_counts, failures
from newsletter.storage.ledger.failures import DeliveryGroup


def explain_issue(
    context: Context, name: str
) -> tuple[IssueProgress, tuple[DeliveryGroup, ...], Mapping[str, int]]:
    """Return an issue's figures, who failed or waits and why, and what was reported later.

    The reports are numbers of readers by the kind of event, such as `bounce`.
    """
    with snapshot(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        progress = issue_progress(connection, context.config, issue)
        groups = failures.group_failures(connection, issue.id)
        return progress, groups, failure_counts.reported_failures(connection, issue.id)


def count_failed(context: Context, name: str, reason: str) -> tuple[Issue, int]:
    """Return the issue, and to how many readers `retry_failed` would send it again.

    `reason` is a fault (`models.Fault`) or a part of the server's words, "" for any. Raise
    NotReady if the issue has not gone out or is cancelled.
    """
    with snapshot(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        if issue.frozen_at is None:
            raise NotReady(f"Issue {issue.number} has not gone out: nothing of it has failed.")
        if issue.status == "cancelled":
            raise NotReady(f"Issue {issue.number} is cancelled; nothing more of it is sent.")
        return issue, failures.count_retryable(connection, issue.id, reason)


def retry_failed(
    context: Context, name: str, reason: str = "", *, progress: Progress | None = None
) -> IssueProgress:
    """Send the issue again to readers for whom it failed, but not by their own fault.

    Whoever left since is left out. Nobody gets it twice: a failed delivery is one that a server
    refused, or that was never sent. Raise NotReady as `count_failed` does, and what sending
    raises.
    """
    with context.lock():
        issue, _ = count_failed(context, name, reason)
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
            ended = issue_progress(connection, context.config, issue, _comment(issue, count))
        if count and issue.status in IN_DELIVERY:
            ended = deliver_frozen(context, issue, progress=progress)
        return ended.with_mailbox_report(mailbox_report)


def _comment(issue: Issue, count: int) -> str:
    if not count:
        return "Nothing of it failed that can be sent again."
    if issue.status == "stopped":
        return (
            f"{count} that failed are to be sent again; the issue is stopped: "
            f"`newsletter resume {issue.number}` lets it go on."
        )
    return ""
