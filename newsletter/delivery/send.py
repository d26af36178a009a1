"""Sends an issue: freeze, deliver, report. Called again it resumes, and repeats nobody."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import replace

from newsletter.addressing.envelope import require_sendable
from newsletter.context import Context
from newsletter.delivery.complete_issue import complete_issue
from newsletter.delivery.freeze import freeze
from newsletter.delivery.leader import share_batches, wait_for_others
from newsletter.delivery.ledger.stale_backup import require_current_database, stale_backup_warning
from newsletter.delivery.ledger.stored_ledger import StoredLedger
from newsletter.delivery.preflight import rehearse
from newsletter.delivery.progress import Progress, ProgressReporter
from newsletter.delivery.recall import recall
from newsletter.delivery.shared_rate_limit import shared_rate_limiter
from newsletter.delivery.signals import defer_signals
from newsletter.delivery.status import IssueProgress, add_mailbox_report, issue_progress
from newsletter.delivery.suppression_sync import reconcile
from newsletter.editorial.checks.check import parse_rules
from newsletter.editorial.draft import draft_issue
from newsletter.editorial.find_issue import find_issue
from newsletter.errors import Interrupted, NotReady
from newsletter.models import Figures, Issue, IssueStatus
from newsletter.sender.loop.deliver import deliver
from newsletter.sender.mailers import Mailer
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot
from newsletter.subscriptions.unsubscribe_mailbox import process_before_send

# Seconds: so long a stop may take to be seen while nothing is under way.
_NAP = 2.0


def send(
    context: Context,
    name: str,
    *,
    progress: Progress | None = None,
    forced: Collection[str] = (),
    letters_read: bool = False,
) -> IssueProgress:
    """Freezes and delivers now, or resumes. On a finished issue: its full figures.

    `forced` names the rules of checks that shall not hold it back. Who asked by mail to
    leave is let go first, where that was not done just now (`letters_read`). Raises NotReady for an
    issue that is stopped, cancelled, empty, or not approved where the author asked for
    that, or in which a check finds an error; OlderBackup where the database lacks what was
    sent; SettingsError when the settings may not send.
    """
    rules = parse_rules(forced)
    with context.lock():
        return _send(context, name, progress, rules, letters_read=letters_read)


def _send(
    context: Context,
    name: str,
    progress: Progress | None,
    forced: Collection[str],
    *,
    letters_read: bool,
) -> IssueProgress:
    with snapshot(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        if issue.status != "sent":
            require_current_database(connection)
    if issue.status == "sent":
        return issue_progress(context, issue, "It was sent before.")
    require_sendable(context)
    letters = "" if letters_read else process_before_send(context)
    if issue.status == "draft":
        fresh = draft_issue(context, issue.rhythm)
        if fresh.issue is None or fresh.issue.number != issue.number:
            raise NotReady(f"Issue {issue.number} has no posts left. {fresh.reason}".strip())
    notes = _prepare(context, issue)
    frozen = freeze(
        context,
        issue.number,
        need_approval=context.settings.issue.approval == "required",
        forced=forced,
    )
    sent = deliver_frozen(context, frozen, progress=progress)
    return add_mailbox_report(replace(sent, reason=f"{sent.reason} {notes}".strip()), letters)


def _prepare(context: Context, issue: Issue) -> str:
    """Asks the mailer's other side before the point of no return; what went wrong, in words."""
    if issue.frozen_at is not None:
        return ""
    with snapshot(context.engine) as connection:
        fresh = issues.by_number(connection, issue.number) or issue
    with closing(context.mailer()) as mailer:
        return f"{reconcile(context, mailer)} {rehearse(context, mailer, fresh)}".strip()


def deliver_frozen(
    context: Context, issue: Issue, *, progress: Progress | None = None
) -> IssueProgress:
    """Delivers what is pending of a frozen issue and says how it stands.

    With PostgreSQL other machines' workers are invited; this one takes part, and comes back
    when they have all ended. Raises Interrupted on Ctrl-C or SIGTERM, when what was under
    way is recorded.
    """
    with defer_signals() as asked:
        sent = _deliver_frozen(context, issue, progress, leaving=asked.is_set)
    if asked.is_set() and not sent.complete:
        raise Interrupted(
            f"{sent.reason} It was interrupted.",
            cure=f"`newsletter send {issue.number}` goes on, and so does the next run.",
        )
    return replace(sent, interrupted=asked.is_set())


def _deliver_frozen(
    context: Context, issue: Issue, progress: Progress | None, *, leaving: Callable[[], bool]
) -> IssueProgress:
    shown = ProgressReporter(context, issue, progress)
    with closing(context.mailer()) as mailer, share_batches(context, issue) as share:
        ledger = StoredLedger(context, issue, share=share, leaving=leaving)
        wait = _waiting(context, issue, leaving)
        reason = _deliver(context, ledger, mailer, shown, wait)
        while not reason and wait_for_others(context, issue, leaving):
            shown.anew()
            reason = _deliver(context, ledger, mailer, shown, wait)
    if _status(context, issue) == "stopped":
        recall(context, issue)
    done = complete_issue(context, issue)
    alarm = ledger.alarm or ledger.alarm_elsewhere() or _word(context, done)
    if ledger.in_another_outbox():
        alarm += (
            " Whether some lie in the outbox of another machine can be seen there alone: "
            f"`newsletter resolve {issue.number}` on that machine looks first."
        )
    return issue_progress(context, done, f"{reason} {alarm.strip()}".strip())


def _word(context: Context, issue: Issue) -> str:
    """What the author decided meanwhile, so that a delivery that ends early says why."""
    if issue.status == "stopped":
        with snapshot(context.engine) as connection:
            if seen := stale_backup_warning(connection):
                return f"It was stopped. {seen}"
        return f"It was stopped: `newsletter resume {issue.number}` lets it go on."
    return "It was cancelled meanwhile." if issue.status == "cancelled" else ""


def _deliver(
    context: Context,
    ledger: StoredLedger,
    mailer: Mailer,
    shown: ProgressReporter,
    wait: Callable[[float], None],
) -> str:
    pace = shared_rate_limiter(context)
    try:
        return deliver(
            ledger,
            mailer,
            wait=wait,
            on_progress=shown.show,
            rate_per_minute=context.settings.sender.rate_per_minute,
            connections=_connections(mailer, shown.start),
            rate_limiter=pace,
        ).reason
    finally:
        if pace is not None:
            pace.close()


def _waiting(
    context: Context, issue: Issue, leaving: Callable[[], bool]
) -> Callable[[float], None]:
    """Waits, but not for long once the author has stopped or cancelled the issue, or us."""

    def wait(seconds: float) -> None:
        while seconds > 0 and not leaving() and _status(context, issue) in ("frozen", "sending"):
            context.wait(min(seconds, _NAP))
            seconds -= _NAP

    return wait


def _connections(mailer: Mailer, start: Figures) -> int:
    """How many at once: a crash leaves that many batches in doubt, so few for a small list."""
    return max(1, min(mailer.connections, start.pending // mailer.batch_size // 10))


def _status(context: Context, issue: Issue) -> IssueStatus | None:
    with snapshot(context.engine) as connection:
        return issues.status_of(connection, issue.id)
