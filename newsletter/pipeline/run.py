"""What cron calls: collect, draft, send when due, and one line that says why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from newsletter.addressing.audience import active_rhythms
from newsletter.addressing.envelope import require_sendable
from newsletter.collecting.collect import collect, held_posts
from newsletter.context import Context
from newsletter.delivery.ledger.stale_backup import warning
from newsletter.delivery.progress import Progress
from newsletter.delivery.send import deliver_frozen, send
from newsletter.editorial.draft import Draft, draft_issues
from newsletter.editorial.editions import editions_of
from newsletter.editorial.proof_copy import mail_edition
from newsletter.errors import MailerError, NotReady
from newsletter.models import Issue
from newsletter.pipeline.run_report import (
    RunReport,
    add_block,
    add_feeds,
    add_mailbox,
    add_remark,
    add_unknown,
    merge_reports,
    nothing_sent,
    report_delivery,
)
from newsletter.scheduling.next_slot import choose_next_slot
from newsletter.scheduling.send_policy import Decision, decide
from newsletter.sender.mailers import NotNow
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import deliveries
from newsletter.subscriptions.erase import wipe_traces
from newsletter.subscriptions.expiry import tidy
from newsletter.subscriptions.sign_up import shut_lately, work_off
from newsletter.subscriptions.unsubscribe_mailbox import take_what_comes

_Kind = TypeVar("_Kind")


def run(context: Context, *, yes: bool = False, progress: Progress | None = None) -> RunReport:
    """One run, safe at any moment and any number of times. Holds the newsletter's lock."""
    require_sendable(context)
    _see_to_sign_ups(context)
    wipe_traces(context)
    # Before anything is frozen or goes on: who asked to leave gets no more of it.
    taken = take_what_comes(context)
    return add_mailbox(_run(context, yes=yes, progress=progress), taken)


def _run(context: Context, *, yes: bool, progress: Progress | None) -> RunReport:
    with context.lock():
        interrupted = _resume(context, progress)
        if interrupted is not None:
            return interrupted
        with snapshot(context.engine) as connection:
            due = any(
                choose_next_slot(connection, context.config, rhythm, context.clock()).due
                for rhythm in active_rhythms(connection, context.settings)
            )
        feeds = collect(context, conditional=not due)
        report = _after_collecting(context, yes=yes, progress=progress)
    report = add_feeds(report, feeds, held=held_posts(context))
    return _with_sign_ups(context, _with_doubts(context, _with_hold(context, report)))


def _after_collecting(context: Context, *, yes: bool, progress: Progress | None) -> RunReport:
    made = draft_issues(context)
    alone = len(made) == 1
    report = _one_by_one(
        made, lambda one: _with_draft(context, one, yes=yes, progress=progress, alone=alone)
    )
    return replace(report, reason=f"{report.reason} {made[0].greeting_warning}".strip())


def _with_draft(
    context: Context, made: Draft, *, yes: bool, progress: Progress | None, alone: bool
) -> RunReport:
    if made.issue is None:
        # Of the month's issue nobody need hear before there is one.
        silent = made.is_second and not made.voided
        reason = "" if silent else _no_issue(context, made)
        return nothing_sent(reason, attention=bool(made.voided))
    noticed = _notice(context, made.issue)
    name = "next" if alone else str(noticed.number)
    decision = _decision(context, noticed, due=made.target.due, yes=yes, name=name)
    if decision.act == "wait":
        reason = f"{made.voided} {decision.reason}".strip()
        return nothing_sent(reason, attention=decision.attention or bool(made.voided))
    try:
        sent = send(context, str(noticed.number), progress=progress, letters_read=True)
    except NotReady as error:
        return replace(nothing_sent(str(error), attention=True), held=True)
    return report_delivery(replace(sent, reason=f"{decision.reason} {sent.reason}"))


def _resume(context: Context, progress: Progress | None) -> RunReport | None:
    """Ends the delivery of an issue that an earlier run began."""
    with snapshot(context.engine) as connection:
        unfinished = issues.unfinished(connection)
    if not unfinished:
        return None
    return _one_by_one(unfinished, lambda issue: _resumed(context, issue, progress))


def _resumed(context: Context, issue: Issue, progress: Progress | None) -> RunReport:
    sent = deliver_frozen(context, issue, progress=progress)
    return report_delivery(replace(sent, reason=f"An interrupted delivery went on. {sent.reason}"))


def _one_by_one(what: Sequence[_Kind], deliver: Callable[[_Kind], RunReport]) -> RunReport:
    """All of them together; none is begun any more once a delivery was asked to leave."""
    reports: list[RunReport] = []
    for one in what:
        if any(sent.asked_to_leave for report in reports for sent in report.sent):
            return add_remark(
                merge_reports(tuple(reports)), "It was interrupted before the next issue."
            )
        reports.append(deliver(one))
    return merge_reports(tuple(reports))


def _decision(context: Context, issue: Issue, *, due: bool, yes: bool, name: str) -> Decision:
    settings = context.settings.issue
    with snapshot(context.engine) as connection:
        newest = issues.newest_frozen(connection, issue.rhythm)
    return decide(
        issue,
        due=due,
        approval=settings.approval,
        veto_hours=settings.veto_hours,
        now=context.clock(),
        newest_sent=newest.frozen_at if newest else None,
        yes=yes,
        zone=context.zone,
        name=name,
    )


def _notice(context: Context, issue: Issue) -> Issue:
    """Sends the author a copy of the draft, once, where approval is theirs to give."""
    author = context.settings.newsletter.author_email
    settings = context.settings.issue
    if issue.noticed_at is not None or settings.approval == "auto" or issue.status != "draft":
        return issue
    if author:
        with snapshot(context.engine) as connection:
            edition = editions_of(connection, context.config, issue)[0]
        mail_edition(context, issue, edition, (author,))
    noticed = replace(issue, noticed_at=context.clock())
    with transaction(context.engine) as connection:
        issues.set_status(connection, issue.id, issue.status, noticed_at=noticed.noticed_at)
    return noticed


def _no_issue(context: Context, made: Draft) -> str:
    with snapshot(context.engine) as connection:
        newest = issues.newest_frozen(connection, made.rhythm)
    when = (
        f"The next issue is due {made.target.slot.at.astimezone(context.zone):%A %Y-%m-%d %H:%M}."
    )
    if made.target.due:
        return f"An issue is due, but nothing is sent. {made.reason}"
    if newest is not None:
        return f"{made.reason} Issue {newest.number} ({newest.key}) is out. {when}"
    return f"{made.reason} {when}"


def _see_to_sign_ups(context: Context) -> None:
    """What the public site does as well, for the times nobody serves it."""
    tidy(context)
    try:
        work_off(context)
    except (MailerError, NotNow):
        # They are tried again; sending the issue will say what is wrong with the mailer.
        return


def _with_hold(context: Context, report: RunReport) -> RunReport:
    with snapshot(context.engine) as connection:
        return add_block(report, warning(connection))


def _with_doubts(context: Context, report: RunReport) -> RunReport:
    with snapshot(context.engine) as connection:
        return add_unknown(report, deliveries.unknown_by_issue(connection))


def _with_sign_ups(context: Context, report: RunReport) -> RunReport:
    return add_remark(report, shut_lately(context))
