"""Freeze an issue, deliver it, and report. A second call resumes and repeats nothing.

freeze_and_deliver ──▶ require_leavers ──▶ rehearse ──▶ freeze ──▶ deliver_frozen
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from types import FrameType

from sqlalchemy import Connection, Engine

from newsletter.addressing.reader_links import require_working_links
from newsletter.context import Context, NewsletterConfig
from newsletter.delivery.control import recall_issue
from newsletter.delivery.freeze import freeze, rehearse
from newsletter.delivery.give_up import give_up_expired
from newsletter.delivery.leader import share_batches, wait_for_others
from newsletter.delivery.ledger.stale_backup import (
    remember_machine,
    require_current_database,
    stale_backup_warning,
)
from newsletter.delivery.ledger.stored_ledger import open_ledger
from newsletter.delivery.status import (
    IssueProgress,
    Progress,
    ProgressReporter,
    complete_issue,
    issue_progress,
)
from newsletter.delivery.suppressions import require_leavers
from newsletter.editorial.checks.check import parse_rules
from newsletter.editorial.editions import editions_of
from newsletter.errors import Interrupted, MailerError, SendingRefused
from newsletter.models import Figures, Issue, IssueStatus
from newsletter.models.delivery_state import IN_DELIVERY
from newsletter.sender.loop.deliver import DeliverySummary, deliver
from newsletter.sender.loop.rate_limit import WaitBudget
from newsletter.sender.mailers import Mailer, RehearsingMailer
from newsletter.storage import issues
from newsletter.storage.database.engine import retry_transaction, snapshot, transaction
from newsletter.storage.ledger.machines import shared_rate_limiter
from subscribers import storage as people

_ENDING = (
    b"Waiting until it is known who has the message. Ctrl-C again ends at once, and leaves that "
    b"unknown.\n"
)
# Seconds between two looks at the issue's status while waiting.
_POLL_INTERVAL = 2.0


def freeze_and_deliver(
    context: Context,
    issue: Issue,
    *,
    progress: Progress | None = None,
    forced: Collection[str] = (),
    wait_budget: WaitBudget | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> IssueProgress:
    """Freeze and deliver an issue as its draft stands, or resume it; return its figures.

    Errors of the checks named in `forced` are ignored. Raise NotReady for an issue that is
    stopped, cancelled, empty, not approved though it must be, or that a check finds an error in;
    LeaversUnknown if who unsubscribed at SendGrid could not be read; SendingRefused if the mailer
    refuses our account or the issue before anything is frozen.
    """
    rules = parse_rules(forced)
    need_approval = context.settings.issue.approval == "required"
    notes = ""
    try:
        if issue.frozen_at is None:
            with closing(context.mailer()) as mailer:
                notes = _ask_mailer(context.engine, mailer, context.config, issue, context.clock)
        frozen = freeze(
            context,
            issue.number,
            need_approval=need_approval,
            forced=rules,
            release_at=issue.release_at,
        )
    except MailerError as error:
        raise SendingRefused.because_of(error) from error
    sent = deliver_frozen(
        context, frozen, progress=progress, wait_budget=wait_budget, should_stop=should_stop
    )
    return replace(sent, reason=f"{sent.reason} {notes}".strip())


def _ask_mailer(
    engine: Engine,
    mailer: Mailer,
    config: NewsletterConfig,
    issue: Issue,
    clock: Callable[[], dt.datetime],
) -> str:
    """Have the mailer say whom it suppresses, and check the draft as it is stored now.

    Return what it could not do.
    """
    notes = require_leavers(engine, mailer, config.settings, issue, clock=clock)
    if not isinstance(mailer, RehearsingMailer):
        return notes
    with snapshot(engine) as connection:
        draft = issues.by_number(connection, issue.number) or issue
        editions = editions_of(connection, config, draft)
    return f"{notes} {rehearse(mailer, config, draft, editions, clock())}".strip()


def deliver_frozen(
    context: Context,
    issue: Issue,
    *,
    progress: Progress | None = None,
    wait_budget: WaitBudget | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> IssueProgress:
    """Deliver what is pending of a frozen issue; return its figures.

    A run that delivers several issues gives each call the same `wait_budget`. `should_stop` ends
    it as Ctrl-C does, for a thread that no signal reaches.

    On PostgreSQL, workers on other machines are invited. This process takes part as well, and
    returns when all of them are done. Raise StaleBackup if deliveries are missing, or the
    newsletter came to another machine; Interrupted on Ctrl-C or SIGTERM, once the batches in
    flight are recorded.
    """
    _record_beginning(context, issue)
    with defer_signals() as interrupt:

        def is_interrupted() -> bool:
            return interrupt.is_set() or (should_stop is not None and should_stop())

        try:
            with snapshot(context.engine) as connection:
                editions = editions_of(connection, context.config, issue)
            # A setting may have changed since the freeze.
            require_working_links(context.settings, editions)
            sent = _deliver_and_complete(
                context, issue, progress, wait_budget or WaitBudget(), is_interrupted
            )
        except MailerError as error:
            # There is no mailer at all with these settings, or none that can send these messages.
            with snapshot(context.engine) as connection:
                sent = issue_progress(connection, context.config, issue, str(error))
            sent = replace(sent, refused=error.fault)
    interrupted = is_interrupted()
    if interrupted and not sent.complete:
        raise Interrupted(
            f"{sent.reason} It was interrupted.",
            cure=f"`newsletter send {issue.number}` goes on, and so does the next run.",
        )
    return replace(sent, interrupted=interrupted)


def _record_beginning(context: Context, issue: Issue) -> None:
    """Record, where an older copy of the database cannot lose it, that the delivery begins."""
    mailer = context.settings.sender.mailer
    with transaction(context.engine) as connection:
        require_current_database(connection)
        if mailer != "outbox":
            remember_machine(connection, context.machine)
        up_to = people.highest_number(connection)
    context.journal.record_freeze(issue.key, mailer=mailer, up_to=up_to, at=context.real_clock())


def _deliver_and_complete(
    context: Context,
    issue: Issue,
    progress: Progress | None,
    wait_budget: WaitBudget,
    should_stop: Callable[[], bool],
) -> IssueProgress:
    engine, sender = context.engine, context.settings.sender
    reporter = ProgressReporter(engine, issue, progress, context.real_clock)

    def wait(seconds: float) -> None:
        # A stop by the author, or of this process, ends the wait early.
        while seconds > 0 and not should_stop() and _status(engine, issue) in IN_DELIVERY:
            context.wait(min(seconds, _POLL_INTERVAL))
            seconds -= _POLL_INTERVAL

    def deliver_pending(mailer: Mailer) -> DeliverySummary:
        rate_limiter = shared_rate_limiter(
            engine, rate_per_minute=sender.rate_per_minute, batch_size=sender.batch_size
        )
        try:
            return deliver(
                ledger,
                mailer,
                wait=wait,
                on_progress=reporter.report,
                rate_per_minute=sender.rate_per_minute,
                connections=_connections(mailer, reporter.start),
                rate_limiter=rate_limiter,
                wait_budget=wait_budget,
            )
        finally:
            if rate_limiter is not None:
                rate_limiter.close()

    with closing(context.mailer()) as mailer, share_batches(context, issue) as share:
        ledger = open_ledger(context, issue, share=share, should_stop=should_stop)
        summary = deliver_pending(mailer)
        while not summary.reason and wait_for_others(
            engine,
            issue,
            should_stop,
            clock=context.clock,
            real_clock=context.real_clock,
            wait=context.wait,
        ):
            reporter.restart()
            summary = deliver_pending(mailer)
    if _status(engine, issue) == "stopped":
        recall_issue(
            engine, context.mailer, issue, clock=context.clock, real_clock=context.real_clock
        )
    completed = retry_transaction(
        engine,
        lambda connection: _close(
            connection,
            issue,
            summary,
            give_up_hours=sender.give_up_hours,
            now=context.clock(),
            real_now=context.real_clock(),
        ),
    )
    alarm = ledger.alarm or ledger.alarm_of_others()
    elsewhere = _explain_unknown_elsewhere(issue) if ledger.has_unknown_elsewhere() else ""
    with snapshot(engine) as connection:
        alarm = alarm or _explain_status(connection, completed)
        comment = " ".join(filter(None, (summary.reason, alarm, elsewhere)))
        ended = issue_progress(connection, context.config, completed, comment)
    return replace(ended, refused=summary.fault, words=summary.words)


def _explain_unknown_elsewhere(issue: Issue) -> str:
    return (
        "Whether some lie in the outbox of another machine can be seen there alone: "
        f"`newsletter resolve {issue.number}` on that machine looks first."
    )


def _close(
    connection: Connection,
    issue: Issue,
    summary: DeliverySummary,
    *,
    give_up_hours: int,
    now: dt.datetime,
    real_now: dt.datetime,
) -> Issue:
    """Stop an issue whose message is refused, give up stragglers, complete it; return it."""
    if summary.fault == "message" and issues.status_of(connection, issue.id) in IN_DELIVERY:
        # So that the next issue can be sent. What is pending of this one waits for the author.
        issues.set_status(connection, issue.id, "stopped")
    give_up_expired(connection, issue, give_up_hours=give_up_hours, now=now)
    return complete_issue(connection, issue, at=real_now, now=now)


@contextmanager
def defer_signals() -> Iterator[threading.Event]:
    """Set an event on the first Ctrl-C or SIGTERM instead of ending the program.

    The batches in flight can then be recorded. A second signal does what Ctrl-C did before, or
    raises KeyboardInterrupt. Python delivers signals to the main thread only, so in any other the
    event is never set.
    """
    interrupt = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return

    def handle(number: int, frame: FrameType | None) -> None:
        if interrupt.is_set():
            earlier = previous[signal.SIGINT]
            if callable(earlier):
                earlier(number, frame)
            raise KeyboardInterrupt
        interrupt.set()
        # As bytes: a handler may run while the program itself writes to standard error.
        with suppress(OSError):
            os.write(2, _ENDING)

    previous = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupt
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _explain_status(connection: Connection, issue: Issue) -> str:
    """Return why a delivery ended early: the author stopped or cancelled the issue meanwhile."""
    if issue.status == "stopped":
        if warning := stale_backup_warning(connection):
            return f"It was stopped. {warning}"
        return f"It was stopped: `newsletter resume {issue.number}` lets it go on."
    return "It was cancelled meanwhile." if issue.status == "cancelled" else ""


def _connections(mailer: Mailer, start: Figures) -> int:
    """Return how many batches may be in flight at once.

    A crash leaves them all unknown, so a small list uses few.
    """
    return max(1, min(mailer.connections, start.pending // mailer.batch_size // 10))


def _status(engine: Engine, issue: Issue) -> IssueStatus | None:
    with snapshot(engine) as connection:
        return issues.status_of(connection, issue.id)
