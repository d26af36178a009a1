"""A worker: takes part in deliveries that another machine leads, until it is told to leave."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing

from newsletter.addressing.envelope import require_sendable
from newsletter.context import Context
from newsletter.delivery.complete_issue import complete_issue
from newsletter.delivery.config_match import require_known_secret, require_same_config
from newsletter.delivery.leader import open_queue
from newsletter.delivery.ledger.stored_ledger import StoredLedger
from newsletter.delivery.shared_rate_limit import shared_rate_limiter
from newsletter.errors import MailerError, SettingsError
from newsletter.models import Issue
from newsletter.models.delivery_state import OutcomeCounts
from newsletter.sender.jobs.queue import JobQueue, is_installed
from newsletter.sender.jobs.worker import Job
from newsletter.sender.loop.deliver import deliver
from newsletter.sender.mailers import Mailer
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot
from newsletter.storage.database.postgresql import is_postgresql
from newsletter.storage.ledger import batches, delivery_leader
from newsletter.storage.ledger.batches import Share

Say = Callable[[str], None]

# So many batches for each connection: they are seldom idle, and who dies leaves few in doubt.
_EACH = 4


def run_worker(
    context: Context,
    *,
    say: Say,
    once: bool = False,
    engine: Callable[[Context], JobQueue] = open_queue,
) -> None:
    """Takes batches as they are handed out; with `once`, until none is left.

    `say` gets a line when it is ready, and one for each share of an issue done. On Ctrl-C
    or SIGTERM what is under way is ended and recorded first. Raises SettingsError where
    there is nothing to take part in, and what ends the mailer's work.
    """
    require_workable(context)
    leaving = threading.Event()
    with closing(context.mailer()) as mailer:
        engine(context).run_worker(
            _Worker(context, mailer, leaving, say).follow,
            leaving,
            once=once,
            ready=lambda: say("Ready to take part; Ctrl-C ends it."),
        )


def require_workable(context: Context) -> None:
    """Raises SettingsError where a worker would have nothing to do, or could not do it."""
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
            cure='Install it, here and where `run` is called: pip install "happy-trails[scale]"',
        )
    require_sendable(context)
    with snapshot(context.engine) as connection:
        require_known_secret(context, delivery_leader.newest_fingerprint(connection))


class _Worker:
    """Follows jobs with one mailer, whose connections stay open between them."""

    def __init__(
        self, context: Context, mailer: Mailer, leaving: threading.Event, say: Say
    ) -> None:
        self._context, self._mailer = context, mailer
        self._leaving, self._say = leaving, say
        self._pace = shared_rate_limiter(context)

    def follow(self, job: Job) -> bool:
        """Delivers what of the job nobody else has taken; false where some is left.

        Raises SettingsError where this machine is set up otherwise than the leading one.
        """
        with snapshot(self._context.engine) as connection:
            issue = issues.by_id(connection, job.issue)
            leader = delivery_leader.fingerprint_of(connection, job.issue)
        if issue is None or issue.status not in ("frozen", "sending"):
            return True
        require_same_config(self._context, leader)
        share = Share(ids=job.batches, after=job.after)
        self._deliver(issue, share)
        complete_issue(self._context, issue)
        if not self._leaving.is_set():
            return True
        with snapshot(self._context.engine) as connection:
            return not batches.is_planned(connection, issue.id, share)

    def _deliver(self, issue: Issue, share: Share) -> None:
        ledger = StoredLedger(self._context, issue, share=share, leaving=self._leaving.is_set)
        try:
            outcome = deliver(
                ledger,
                self._mailer,
                wait=self._wait,
                connections=max(1, min(self._mailer.connections, len(share.ids) // _EACH)),
                rate_limiter=self._pace,
            )
        finally:
            # Each job has threads of its own, and they connections of their own.
            self._mailer.close()
        if outcome.counts != OutcomeCounts():
            self._say(f"Issue {issue.number}: {_told(outcome.counts)}. {ledger.alarm}".strip())
        if outcome.reason:
            raise MailerError(outcome.reason)

    def _wait(self, seconds: float) -> None:
        self._leaving.wait(seconds)


def _told(tally: OutcomeCounts) -> str:
    counts = (
        (tally.accepted, "accepted"),
        (tally.refused, "refused"),
        (tally.unknown, "unknown"),
        (tally.not_sent, "to be tried again"),
    )
    return ", ".join(f"{count} {words}" for count, words in counts if count)
