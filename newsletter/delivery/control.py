"""Stop, resume or cancel an issue, also while it is being delivered.

A stop recalls the batches that a mailer still holds, so it works for a while after sending.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace

from sqlalchemy import Connection, Engine

from newsletter.context import Context
from newsletter.delivery.ledger.lease_holder import is_dead
from newsletter.delivery.ledger.stale_backup import acknowledge
from newsletter.editorial.approval import log_decision
from newsletter.editorial.find_issue import find_issue
from newsletter.errors import NotReady
from newsletter.models import COMMAND_LINE, Decider, Issue, IssueStatus
from newsletter.models.delivery_state import IN_DELIVERY
from newsletter.sender.batch import RECALL_MARGIN, Hold
from newsletter.sender.mailers import HoldingMailer, Mailer, NotNow
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot, transaction
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
        may_go_on = issue.status in (*issues.OPEN, *IN_DELIVERY)
        is_acknowledged = may_go_on and acknowledge(connection)
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


def recall_issue(
    engine: Engine,
    open_mailer: Callable[[], Mailer],
    issue: Issue,
    *,
    clock: Callable[[], dt.datetime],
    real_clock: Callable[[], dt.datetime],
) -> int:
    """Recall every batch of the issue that is still held; return how many were confirmed.

    Their deliveries are pending again. A batch whose recall is not confirmed stays unknown.
    """
    with snapshot(engine) as connection:
        if not unknown_batches.was_held(connection, issue.id):
            return 0
    with closing(open_mailer()) as mailer:
        recallable = find_recallable(engine, mailer, issue, clock=clock, real_clock=real_clock)
        return recall_batches(engine, mailer, recallable, clock=clock)


def find_recallable(
    engine: Engine,
    mailer: Mailer,
    issue: Issue,
    *,
    clock: Callable[[], dt.datetime],
    real_clock: Callable[[], dt.datetime],
) -> tuple[int, ...]:
    """Return the ids of the issue's batches that the mailer can still recall, by its own clock."""
    if not isinstance(mailer, HoldingMailer):
        return ()
    real_time = real_clock()
    try:
        server_time = mailer.server_time()
    except NotNow:
        server_time = real_time
    with transaction(engine) as connection:
        return recallable_at(connection, issue, server_time, real_time=real_time, now=clock())


def recallable_at(
    connection: Connection,
    issue: Issue,
    server_time: dt.datetime,
    *,
    real_time: dt.datetime,
    now: dt.datetime,
) -> tuple[int, ...]:
    """Return the ids of the batches that can still be recalled at `server_time`.

    A batch in flight can be recalled once its lease has expired.
    """
    unknown_batches.expire_leases(connection, issue.id, at=real_time, is_dead=is_dead, now=now)
    return unknown_batches.recallable_ids(connection, issue.id, server_time + RECALL_MARGIN)


def recall_batches(
    engine: Engine,
    mailer: Mailer,
    batch_ids: Iterable[int],
    *,
    clock: Callable[[], dt.datetime],
) -> int:
    """Recall batches; return how many the mailer confirmed."""
    if not isinstance(mailer, HoldingMailer):
        return 0
    return sum(_recall_batch(engine, mailer, batch_id, clock) for batch_id in batch_ids)


def _recall_batch(
    engine: Engine, mailer: HoldingMailer, batch_id: int, clock: Callable[[], dt.datetime]
) -> bool:
    # Unknown before the mailer is asked: if the process dies then, the ledger tells the truth.
    with transaction(engine) as connection:
        accepted = unknown_batches.load_batch(connection, batch_id)
        claimed = unknown_batches.mark_unknown(connection, accepted, clock())
    if claimed.send_at is None or not claimed.deliveries:
        # Events have proven meanwhile that every message was sent.
        return False
    if not mailer.recall(Hold(id=claimed.hold_id, send_at=claimed.send_at)):
        return False
    with transaction(engine) as connection:
        return unknown_batches.void_batch(connection, batch_id, claimed.fence, clock())
