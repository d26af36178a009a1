"""`send`: bring one issue up to date, then have it frozen and delivered.

send ──▶ reminder of rehearsals ──▶ mailboxes ──▶ send_issue ──▶ draft ──▶ freeze_and_deliver
                                       `run` ───────┘
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from zoneinfo import ZoneInfo

from newsletter.addressing.envelope import require_sendable
from newsletter.context import Context
from newsletter.delivery.ledger.stale_backup import (
    detect_stale_database,
    require_current_database,
)
from newsletter.delivery.mailboxes import process_mail
from newsletter.delivery.send import freeze_and_deliver
from newsletter.delivery.status import IssueProgress, Progress, issue_progress, outbox_folder
from newsletter.editorial.checks.check import parse_rules
from newsletter.editorial.draft import draft_issue
from newsletter.editorial.find_issue import find_issue
from newsletter.errors import LeaversUnknown, NotReady, RehearsalsHoldPosts
from newsletter.models import Issue
from newsletter.pipeline.rehearsals import rehearsal_reminder, remember_reminder
from newsletter.sender.loop.rate_limit import WaitBudget
from newsletter.storage.database.engine import snapshot, transaction


def send(
    context: Context,
    name: str,
    *,
    progress: Progress | None = None,
    forced: Collection[str] = (),
    should_stop: Callable[[], bool] | None = None,
) -> IssueProgress:
    """Send the issue `name` now, or resume it; return its figures. Holds the newsletter's lock.

    `should_stop` ends the delivery as Ctrl-C does.
    What came by mail is processed first. Raise what `send_issue` raises; RehearsalsHoldPosts once
    before the first real issue; LeaversUnknown if the mailbox that alone tells who left could not
    be read; SettingsError if the settings do not allow sending.
    """
    parse_rules(forced)
    with context.lock():
        # A desk that runs for days must not reopen the database for each issue.
        detect_stale_database(
            context.engine, context.journal, machine=context.machine, now=context.real_clock()
        )
        with snapshot(context.engine) as connection:
            issue = find_issue(connection, context.settings, name)
            if issue.status == "sent":
                is_rehearsal = outbox_folder(connection, context.config, issue)
                comment = "It was written before." if is_rehearsal else "It was sent before."
                return issue_progress(connection, context.config, issue, comment)
        require_sendable(context.settings, context.secrets, context.mailer)
        if issue.frozen_at is None:
            remind_of_rehearsals(context)
        mail = process_mail(context)
        if issue.frozen_at is None and (unread := mail.explain_unread(context.settings)):
            raise LeaversUnknown(f"{unread} {mail.notice}".strip())
        sent = send_issue(context, issue, progress=progress, forced=forced, should_stop=should_stop)
        now, zone = context.clock(), context.zone
        remark = "" if issue.frozen_at else _remark_on_date(sent.issue, now, zone)
    return sent.with_remark(remark).with_mailbox_report(mail.notice)


def _remark_on_date(issue: Issue, now: dt.datetime, zone: ZoneInfo) -> str:
    """Return which date readers see on an issue that was sent ahead of its day, "" otherwise."""
    day = issue.planned_for.astimezone(zone).date()
    if day <= now.astimezone(zone).date():
        return ""
    return f"It is dated {day:%A %Y-%m-%d}, the day it was for."


def send_issue(
    context: Context,
    issue: Issue,
    *,
    progress: Progress | None = None,
    forced: Collection[str] = (),
    wait_budget: WaitBudget | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> IssueProgress:
    """Send an issue now, or resume it; return its figures. A draft is refreshed first.

    Errors of the checks named in `forced` are ignored. A run that delivers several issues gives
    each call the same `wait_budget`. `should_stop` ends the delivery as Ctrl-C does.

    Raise NotReady for an issue that is stopped, cancelled, empty, not approved though it must
    be, or that a check finds an error in; StaleBackup if the database lacks deliveries.
    """
    with snapshot(context.engine) as connection:
        require_current_database(connection)
    if issue.status == "draft":
        draft = draft_issue(context, issue.rhythm)
        if draft.issue is None or draft.issue.number != issue.number:
            raise NotReady(f"Issue {issue.number} has no posts left. {draft.reason}".strip())
    return freeze_and_deliver(
        context,
        issue,
        progress=progress,
        forced=forced,
        wait_budget=wait_budget,
        should_stop=should_stop,
    )


def remind_of_rehearsals(context: Context) -> None:
    """Raise RehearsalsHoldPosts, once, if posts would be lost with the first real issue."""
    with transaction(context.engine) as connection:
        reminder = rehearsal_reminder(connection, context.settings)
        if reminder:
            remember_reminder(connection, context.clock())
    if reminder:
        raise RehearsalsHoldPosts(reminder, cure="Send again to go on without them.")
