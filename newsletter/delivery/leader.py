"""The machine that leads a delivery: it invites the others, takes part, and sees it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection

from newsletter.context import Context
from newsletter.delivery.config_match import config_fingerprint
from newsletter.delivery.ledger.lease_holder import is_gone
from newsletter.errors import StorageError
from newsletter.models import Issue
from newsletter.sender.jobs.queue import JobQueue, is_installed, job_schema
from newsletter.storage import issues
from newsletter.storage.database.engine import retry_transaction, snapshot, transaction
from newsletter.storage.database.migrate import add_schema
from newsletter.storage.database.postgresql import connect_words, is_postgresql
from newsletter.storage.ledger import batches, delivery_leader, unknown_batches
from newsletter.storage.ledger.batches import EVERYTHING, Share

# A job is worth its way, and there are enough of them that all machines end together.
_MOST_IN_A_JOB = 32
_JOBS_AT_LEAST = 16
_LOOKS_EVERY = 0.5


def is_shared(context: Context) -> bool:
    """Whether other machines may take part. An outbox is a folder of this one's."""
    return (
        is_postgresql(context.engine)
        and context.settings.sender.mailer != "outbox"
        and is_installed()
    )


def open_queue(context: Context) -> JobQueue:
    """The engine, its tables made where they are not there yet."""
    add_schema(context.engine, *job_schema())
    return JobQueue(connect_words(context.engine))


@contextmanager
def share_batches(context: Context, issue: Issue) -> Iterator[Share]:
    """Invites the others for as long as this lasts; gives the share that is ours to take.

    It is all of it, from the other end: without any worker we do everything.
    """
    with transaction(context.engine) as connection:
        delivery_leader.save_fingerprint(connection, issue.id, config_fingerprint(context))
    if not is_shared(context):
        yield EVERYTHING
        return
    with snapshot(context.engine) as connection:
        planned = batches.planned_ids(connection, issue.id)
    if len(planned) < 2:  # noqa: PLR2004  # there is nothing to share
        yield EVERYTHING
        return
    work = open_queue(context)
    work.replace_jobs(issue.id, split_batches(planned), after=planned[-1])
    try:
        yield Share(newest_first=True)
    finally:
        with suppress(StorageError):  # jobs that stay lead to nothing
            work.cancel_jobs(issue.id)


def split_batches(planned: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Batches in groups: small enough for many machines, few enough to be handed out."""
    size = max(1, min(_MOST_IN_A_JOB, len(planned) // _JOBS_AT_LEAST))
    return tuple(planned[start : start + size] for start in range(0, len(planned), size))


def wait_for_others(context: Context, issue: Issue, leaving: Callable[[], bool]) -> bool:
    """Waits for what others have under way, until we are `leaving`; whether there may be
    something left for us.

    Whoever died is found out: on this machine at once, on another when its lease is over.
    """
    waited = False
    while is_postgresql(context.engine) and not leaving():
        left, in_flight, going = retry_transaction(
            context.engine, lambda connection: _look(context, issue, connection)
        )
        if left and going:
            return True
        if not in_flight:
            return waited and going
        waited = True
        context.wait(_LOOKS_EVERY)
    return False


def _look(context: Context, issue: Issue, connection: Connection) -> tuple[bool, int, bool]:
    """Whether batches wait, how many are under way, and whether the issue may go out."""
    now = context.real_clock()
    unknown_batches.expire_leases(connection, issue.id, at=now, gone=is_gone, now=context.clock())
    return (
        batches.is_planned(connection, issue.id),
        batches.count_in_flight(connection, issue.id),
        issues.status_of(connection, issue.id) in ("frozen", "sending"),
    )
