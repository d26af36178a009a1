"""The author's word on a draft: approve, take it back, stop, resume, cancel."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from newsletter.errors import NotReady
from newsletter.models import Issue, IssueStatus
from newsletter.pipeline.context import Context
from newsletter.pipeline.editions import content_hash
from newsletter.pipeline.lookup import find
from newsletter.pipeline.recall import call_back, held_back, was_held
from newsletter.storage import deliveries, issues, older_backup
from newsletter.storage.engine import writing
from newsletter.storage.moves import CANCELLED


def approve(context: Context, name: str, *, seen: str = "") -> Issue:
    """Pins the draft's posts and bytes. Approving twice is no harm.

    `seen` is the content hash the author looked at, where a page showed it: if the draft
    has changed since, nothing is approved. Raises NotReady then, and for an issue that
    is on its way or cancelled.
    """
    with context.lock(), writing(context.engine) as connection:
        issue = find(context, connection, name)
        if issue.status == "approved":
            return issue
        if issue.status != "draft":
            raise NotReady(f"Issue {issue.number} is {issue.status}; only a draft is approved.")
        found = content_hash(context, issue)
        if seen and seen != found:
            raise NotReady(
                f"Issue {issue.number} has changed since you looked at it.",
                cure="Look at it again, then approve.",
            )
        approved = replace(issue, status="approved", approved_hash=found)
        issues.replace(connection, approved, pinned=True)
        return approved


def unapprove(context: Context, name: str) -> Issue:
    """Makes an approved issue a draft again, which follows the blog."""
    with context.lock(), writing(context.engine) as connection:
        issue = find(context, connection, name)
        if issue.status == "draft":
            return issue
        if issue.status != "approved":
            raise NotReady(f"Issue {issue.number} is {issue.status}; it cannot be taken back.")
        opened = replace(issue, status="draft", approved_hash="")
        issues.replace(connection, opened)
        return opened


def stop(context: Context, name: str) -> Issue:
    """Holds an issue: before it goes out (the veto) or in the midst of its delivery.

    Takes no lock, for it must reach an issue that a run is delivering: that run asks
    for the status before each batch. What the mailer still holds back is called back.
    """
    with writing(context.engine) as connection:
        issue = find(context, connection, name)
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
        held = held_back(context, mailer, issue)
        if issue.status == "sent":
            if not held:
                raise _nothing_to_stop(issue)
            with writing(context.engine) as connection:
                issues.set_status(connection, issue.id, "stopped")
        call_back(context, mailer, held)


def _nothing_to_stop(issue: Issue) -> NotReady:
    return NotReady(f"Issue {issue.number} is {issue.status}; there is nothing to stop.")


def resume(context: Context, name: str) -> Issue:
    """Lets a stopped issue go on from where it was. Nobody gets it twice.

    But where an older backup was put back: with any issue not yet sent that is borne, and
    some may get twice what the backup lacks.
    """
    with context.lock(), writing(context.engine) as connection:
        issue = find(context, connection, name)
        borne = issue.status in issues.OPEN and older_backup.bear(connection)
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
    with writing(context.engine) as connection:
        issue = find(context, connection, name)
        if issue.status in ("sent", "cancelled"):
            raise NotReady(f"Issue {issue.number} is {issue.status} already.")
        if issue.frozen_at is None:
            issues.release_posts(connection, issue.id)
        else:
            deliveries.give_up_pending(connection, issue.id, CANCELLED, context.clock())
        issues.set_status(connection, issue.id, "cancelled")
        return replace(issue, status="cancelled")
