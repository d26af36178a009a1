"""Stop, resume or cancel an issue, also while it is being delivered."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from newsletter.context import Context
from newsletter.delivery.ledger.stale_backup import acknowledge
from newsletter.delivery.recall import find_recallable, recall_batches
from newsletter.editorial.approval import log_decision
from newsletter.editorial.find_issue import find_issue
from newsletter.errors import NotReady
from newsletter.models import COMMAND_LINE, Decider, Issue, IssueStatus
from newsletter.storage import issues
from newsletter.storage.database.engine import transaction
from newsletter.storage.ledger import deliveries, unknown_batches


def stop(context: Context, name: str, *, by: Decider = COMMAND_LINE) -> Issue:
    """Stop an issue, before it is sent (the veto) or while it is delivered; return it.

    Takes no lock, because it must reach an issue that a run delivers: that run reads the status
    before each batch. Batches that the mailer still holds are recalled, even of a sent issue.
    Raise NotReady if there is nothing to stop.
    """
    with transaction(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        if issue.status == "cancelled":
            raise _nothing_to_stop(issue)
        if issue.status not in ("sent", "stopped"):
            issues.set_status(connection, issue.id, "stopped")
            log_decision(connection, issue, "stop", by, now=context.clock())
        was_held = unknown_batches.was_held(connection, issue.id)
    if was_held:
        with closing(context.mailer()) as mailer:
            recallable = find_recallable(
                context.engine,
                mailer,
                issue,
                clock=context.clock,
                real_clock=context.real_clock,
            )
            if issue.status == "sent":
                if not recallable:
                    raise _nothing_to_stop(issue)
                with transaction(context.engine) as connection:
                    issues.set_status(connection, issue.id, "stopped")
                    log_decision(connection, issue, "stop", by, now=context.clock())
            recall_batches(context.engine, mailer, recallable, clock=context.clock)
    elif issue.status == "sent":
        raise _nothing_to_stop(issue)
    return replace(issue, status="stopped", release_at=None, before_release=None)


def _nothing_to_stop(issue: Issue) -> NotReady:
    return NotReady(f"Issue {issue.number} is {issue.status}; there is nothing to stop.")


def resume(context: Context, name: str, *, by: Decider = COMMAND_LINE) -> Issue:
    """Let a stopped issue go on from where it was; return it. No reader gets it twice.

    After a restore from a stale backup this acknowledges the missing deliveries, for any issue
    that is not sent; those readers may get an issue twice. Raise NotReady if the issue is not
    stopped.
    """
    with context.lock(), transaction(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        is_acknowledged = issue.status in issues.OPEN and acknowledge(connection)
        if issue.status != "stopped":
            if is_acknowledged:
                return issue
            raise NotReady(f"Issue {issue.number} is not stopped: its status is {issue.status}.")
        status: IssueStatus = "draft"
        if issue.frozen_at is not None:
            status = "sending"
        elif issue.approved_hash:
            status = "approved"
        issues.set_status(connection, issue.id, status)
        log_decision(connection, issue, "resume", by, now=context.clock())
        return replace(issue, status=status)


def cancel(context: Context, name: str, *, by: Decider = COMMAND_LINE) -> Issue:
    """Cancel an issue and return it.

    The posts of a draft wait for the next issue. In an issue that is being delivered the pending
    deliveries fail; what was sent stays sent. Raise NotReady if it is sent or cancelled.
    """
    with transaction(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        if issue.status in ("sent", "cancelled"):
            raise NotReady(f"Issue {issue.number} is {issue.status} already.")
        if issue.frozen_at is None:
            issues.release_posts(connection, issue.id)
        else:
            deliveries.cancel_pending(connection, issue.id, context.clock())
        issues.set_status(connection, issue.id, "cancelled")
        log_decision(connection, issue, "cancel", by, now=context.clock())
        return replace(issue, status="cancelled")
