"""Call back what a mailer holds back: the stop that works for a while after the sending."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from contextlib import closing

from newsletter.context import Context
from newsletter.delivery.ledger.lease_holder import is_gone
from newsletter.models import Issue
from newsletter.sender.batch import RECALL_MARGIN, Hold
from newsletter.sender.mailers import HoldingMailer, Mailer, NotNow
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import unknown_batches


def recall(context: Context, issue: Issue) -> int:
    """Calls back every batch of the issue that is still held; returns how many were.

    Their deliveries are pending again. Whatever the mailer does not confirm is in doubt.
    """
    if not was_held(context, issue):
        return 0
    with closing(context.mailer()) as mailer:
        return call_back(context, mailer, recallable_now(context, mailer, issue))


def was_held(context: Context, issue: Issue) -> bool:
    """Whether anything of the issue was handed over to be held back for a while."""
    with snapshot(context.engine) as connection:
        return unknown_batches.was_held(connection, issue.id)


def recallable_now(context: Context, mailer: Mailer, issue: Issue) -> tuple[int, ...]:
    """The ids of the issue's batches that the mailer can still call back, by its own time."""
    if not isinstance(mailer, HoldingMailer):
        return ()
    try:
        now = mailer.server_time()
    except NotNow:
        now = context.real_clock()
    return recallable(context, issue, now)


def call_back(context: Context, mailer: Mailer, batch_ids: Iterable[int]) -> int:
    """Calls these batches back; returns how many were, for sure."""
    if not isinstance(mailer, HoldingMailer):
        return 0
    return sum(_recall(context, mailer, batch_id) for batch_id in batch_ids)


def _recall(context: Context, mailer: HoldingMailer, batch_id: int) -> bool:
    with transaction(context.engine) as connection:
        attempt = unknown_batches.load_batch(connection, batch_id)
        attempt = unknown_batches.mark_unknown(connection, attempt, context.clock())
    if attempt.send_at is None or not attempt.deliveries:
        # Nobody's is in doubt: it went out while we looked for what is held.
        return False
    if not mailer.recall(Hold(id=attempt.hold_id, send_at=attempt.send_at)):
        return False
    with transaction(context.engine) as connection:
        return unknown_batches.void_batch(connection, batch_id, attempt.fence, context.clock())


def recallable(context: Context, issue: Issue, now: dt.datetime | None = None) -> tuple[int, ...]:
    """The ids of the issue's batches that can still be called back at `now`."""
    real = context.real_clock()
    with transaction(context.engine) as connection:
        unknown_batches.expire_leases(
            connection, issue.id, at=real, gone=is_gone, now=context.clock()
        )
        return unknown_batches.recallable_ids(connection, issue.id, (now or real) + RECALL_MARGIN)
