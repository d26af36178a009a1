"""The author's word on an issue that may be on its way: stop, resume, cancel."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from newsletter.context import Context
from newsletter.delivery.recall import call_back, recallable_now, was_held
from newsletter.editorial.find_issue import find_issue
from newsletter.errors import NotReady
from newsletter.models import Issue, IssueStatus
from newsletter.storage import issues
from newsletter.storage.database.engine import transaction
from newsletter.storage.ledger import deliveries, stale_backup
from newsletter.storage.ledger.transitions import CANCELLED


def stop(context: Context, name: str) -> Issue:
    """Holds an issue: before it goes out (the veto) or in the midst of its delivery.

    Takes no lock, for it must reach an issue that a run is delivering: that run asks
    for the status before each batch. What the mailer still holds back is called back.
    """
    with transaction(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        if issue.status == "cancelled":
            raise _nothing_to_stop(issue)
        if issue.status != "sent":
            issues.set_status(connection, issue.id, "stopped")
    if was_held(context, issue):
        _take_back(context, issue)
    elif issue.status == "sent":
        raise _nothing_to_stop(issue)
    return replace(issue, status="stopped")


def _take_back(context: Context, issue: Issue) -> None:
    """Calls back what is still held. Raises NotReady where all was sent and nothing is."""
    with closing(context.mailer()) as mailer:
        held = recallable_now(context, mailer, issue)
        if issue.status == "sent":
            if not held:
                raise _nothing_to_stop(issue)
            with transaction(context.engine) as connection:
                issues.set_status(connection, issue.id, "stopped")
        call_back(context, mailer, held)


def _nothing_to_stop(issue: Issue) -> NotReady:
    return NotReady(f"Issue {issue.number} is {issue.status}; there is nothing to stop.")


def resume(context: Context, name: str) -> Issue:
    """Lets a stopped issue go on from where it was. Nobody gets it twice.

    But where an older backup was put back: with any issue not yet sent that is borne, and
    some may get twice what the backup lacks.
    """
    with context.lock(), transaction(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        borne = issue.status in issues.OPEN and stale_backup.acknowledge(connection)
        if issue.status != "stopped":
            if borne:
                return issue
            raise NotReady(f"Issue {issue.number} is not stopped: its status is {issue.status}.")
        before: IssueStatus = "draft"
        if issue.frozen_at is not None:
            before = "sending"
        elif issue.approved_hash:
            before = "approved"
        issues.set_status(connection, issue.id, before)
        return replace(issue, status=before)


def cancel(context: Context, name: str) -> Issue:
    """Gives an issue up. A draft's posts go back to wait for the next one; of an issue
    on its way, what is still pending fails, and what was sent stays sent.
    """
    with transaction(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        if issue.status in ("sent", "cancelled"):
            raise NotReady(f"Issue {issue.number} is {issue.status} already.")
        if issue.frozen_at is None:
            issues.release_posts(connection, issue.id)
        else:
            deliveries.cancel_pending(connection, issue.id, CANCELLED, context.clock())
        issues.set_status(connection, issue.id, "cancelled")
        return replace(issue, status="cancelled")
