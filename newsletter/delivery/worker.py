"""The worker: deliver batches of issues that another machine leads, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing

from sqlalchemy import Engine

from newsletter.addressing.envelope import require_sendable
from newsletter.context import Context
from newsletter.delivery.known_secret import require_known_secret
from newsletter.delivery.leader import open_queue, require_same_config
from newsletter.delivery.ledger.stale_backup import detect_stale_database
from newsletter.delivery.ledger.stored_ledger import open_ledger
from newsletter.delivery.status import complete_issue
from newsletter.errors import MailerError, SendingRefused, SettingsError
from newsletter.models import Issue
from newsletter.models.delivery_state import IN_DELIVERY, OutcomeCounts
from newsletter.sender.job_queue import Job, JobQueue, is_installed
from newsletter.sender.loop.deliver import deliver
from newsletter.sender.loop.rate_limit import WaitBudget
from newsletter.sender.mailers import Mailer
from newsletter.storage import issues
from newsletter.storage.database.engine import retry_transaction, snapshot, transaction
from newsletter.storage.database.postgresql import is_postgresql, require_writable
from newsletter.storage.ledger import batches, machines
from newsletter.storage.ledger.batches import BatchShare
from newsletter.storage.ledger.machines import shared_rate_limiter

Say = Callable[[str], None]

# Enough for a connection to be seldom idle; few, because a crash leaves those in flight unknown.
_BATCHES_PER_CONNECTION = 4


def run_worker(
    context: Context,
    *,
    say: Say,
    once: bool = False,
    open_queue: Callable[[Engine], JobQueue] = open_queue,
) -> None:
    """Deliver the batches of jobs as they come; with `once`, until no job is left.

    `say` gets a line when the worker is ready, and one for each job it delivered. Ctrl-C or
    SIGTERM ends the worker after the batches in flight are recorded. Raise SettingsError if
    there is nothing to take part in, SendingRefused if our account or the message is refused, and
    MailerError if nothing could be sent for another reason.
    """
    require_workable(context)
    stop = threading.Event()
    with closing(context.mailer()) as mailer:
        open_queue(context.engine).run_worker(
            _Worker(context, mailer, stop, say).deliver_job,
            stop,
            once=once,
            ready=lambda: say("Ready to take part; Ctrl-C ends it."),
        )


def require_workable(context: Context) -> None:
    """Raise SettingsError if a worker would have nothing to do, or could not do it.

    Raise StorageError if the database server takes no writes.
    """
    if not is_postgresql(context.engine):
        raise SettingsError(
            "The database is SQLite, which is one machine's: `newsletter run` delivers by "
            "itself there, over several connections, and needs no worker.",
            cure="For several machines use PostgreSQL: [database] url in newsletter.toml.",
        )
    if context.settings.sender.mailer == "outbox":
        raise SettingsError(
            "The outbox is a folder of the machine that sends, so there is nothing to share.",
            cure='Choose mailer = "sendgrid" or "smtp", or go without a worker.',
        )
    if not is_installed():
        raise SettingsError(
            "Workers need the package procrastinate, which is not installed.",
            cure='Install it, here and where `run` is called: pip install "procrastinate>=3.10,<4"',
        )
    require_sendable(context.settings, context.secrets, context.mailer)
    with transaction(context.engine, shared=True) as connection:
        require_writable(connection)
        fingerprint = machines.newest_fingerprint(connection)
    require_known_secret(context.secrets, fingerprint)


class _Worker:
    """Delivers jobs with one mailer."""

    def __init__(self, context: Context, mailer: Mailer, stop: threading.Event, say: Say) -> None:
        self._context, self._mailer = context, mailer
        self._stop, self._say = stop, say
        sender = context.settings.sender
        self._rate_limiter = shared_rate_limiter(
            context.engine, rate_per_minute=sender.rate_per_minute, batch_size=sender.batch_size
        )

    def deliver_job(self, job: Job) -> bool:
        """Deliver the batches of a job that can be claimed; return whether none is left.

        Raise SettingsError if the settings differ from those of the leading machine.
        """
        context = self._context
        # The database may be another one since the worker began.
        detect_stale_database(
            context.engine, context.journal, machine=context.machine, now=context.real_clock()
        )
        with snapshot(context.engine) as connection:
            issue = issues.by_id(connection, job.issue)
            fingerprint = machines.fingerprint_of(connection, job.issue)
        if issue is None or issue.status not in IN_DELIVERY:
            return True
        require_same_config(context.config, context.secrets, fingerprint)
        share = BatchShare(ids=job.batches, after=job.after)
        self._deliver(issue, share)
        retry_transaction(
            context.engine,
            lambda connection: complete_issue(
                connection, issue, at=context.real_clock(), now=context.clock()
            ),
        )
        if not self._stop.is_set():
            return True
        with snapshot(context.engine) as connection:
            return not batches.is_planned(connection, issue.id, context.clock(), share)

    def _deliver(self, issue: Issue, share: BatchShare) -> None:
        ledger = open_ledger(self._context, issue, share=share, should_stop=self._stop.is_set)
        connections = min(self._mailer.connections, len(share.ids) // _BATCHES_PER_CONNECTION)
        try:
            summary = deliver(
                ledger,
                self._mailer,
                wait=self._wait,
                connections=max(1, connections),
                rate_limiter=self._rate_limiter,
                # The leader waits for stragglers, once everybody else has the issue.
                wait_budget=WaitBudget(0),
            )
        finally:
            # Each job starts its own threads, and their connections end with them.
            self._mailer.close()
        if summary.counts != OutcomeCounts():
            line = f"Issue {issue.number}: {_describe(summary.counts)}. {ledger.alarm}"
            self._say(line.strip())
        if summary.fault:
            raise SendingRefused(summary.reason, fault=summary.fault, words=summary.words)
        if summary.reason:
            raise MailerError(summary.reason)

    def _wait(self, seconds: float) -> None:
        self._stop.wait(seconds)


def _describe(counts: OutcomeCounts) -> str:
    words = (
        (counts.accepted, "accepted"),
        (counts.refused, "refused"),
        (counts.unknown, "unknown"),
        (counts.not_sent, "to be tried again"),
    )
    return ", ".join(f"{count} {word}" for count, word in words if count)
