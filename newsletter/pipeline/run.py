"""What cron calls: collect, draft, send when due, and one line that says why."""

from __future__ import annotations

from dataclasses import dataclass, replace

from newsletter.errors import MailerError, NotReady
from newsletter.models import Figures, Issue
from newsletter.pipeline.audience import rhythms
from newsletter.pipeline.collect import FeedReport, collect, held_posts
from newsletter.pipeline.context import Context
from newsletter.pipeline.draft import Draft, drafts
from newsletter.pipeline.editions import editions_of
from newsletter.pipeline.envelope import require_sendable
from newsletter.pipeline.erasing import wipe_traces
from newsletter.pipeline.joining import shut_lately, work_off
from newsletter.pipeline.policy import Decision, decide
from newsletter.pipeline.progress import Progress
from newsletter.pipeline.requests_by_mail import Taken, take_what_comes, told
from newsletter.pipeline.send import Sent, deliver_frozen, send
from newsletter.pipeline.test_copy import send_copy
from newsletter.pipeline.tidying import tidy
from newsletter.pipeline.upcoming import upcoming
from newsletter.sender.mailers import NotNow
from newsletter.storage import deliveries, issues
from newsletter.storage.engine import reading, writing


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What a run did. `issue` is None when it sent nothing; `reason` is one line.

    `attention` says that a person should look, `held` that an issue was due and may not go
    out as it is, `failed` that nothing worked. `sent` holds every issue it delivered, of
    which `issue` is the first: the newsletter's own before the month's. `mailbox` is what
    came of the requests to unsubscribe by mail, None where no mailbox is set.
    """

    issue: Issue | None
    figures: Figures
    reason: str
    feeds: tuple[FeedReport, ...] = ()
    sent: tuple[Sent, ...] = ()
    attention: bool = False
    held: bool = False
    failed: bool = False
    mailbox: Taken | None = None


def run(context: Context, *, yes: bool = False, progress: Progress | None = None) -> RunReport:
    """One run, safe at any moment and any number of times. Holds the newsletter's lock."""
    require_sendable(context)
    _see_to_sign_ups(context)
    wipe_traces(context)
    # Before anything is frozen or goes on: who asked to leave gets no more of it.
    taken = take_what_comes(context)
    return _with_mailbox(_run(context, yes=yes, progress=progress), taken)


def _run(context: Context, *, yes: bool, progress: Progress | None) -> RunReport:
    with context.lock():
        interrupted = _resume(context, progress)
        if interrupted is not None:
            return interrupted
        with reading(context.engine) as connection:
            due = any(
                upcoming(context, connection, rhythm).due for rhythm in rhythms(context, connection)
            )
        feeds = collect(context, conditional=not due)
        report = _after_collecting(context, yes=yes, progress=progress)
    report = _with_feeds(report, feeds, held=held_posts(context))
    return _with_sign_ups(context, _with_doubts(context, report))


def _after_collecting(context: Context, *, yes: bool, progress: Progress | None) -> RunReport:
    made = drafts(context)
    alone = len(made) == 1
    report = _together(
        tuple(_with_draft(context, one, yes=yes, progress=progress, alone=alone) for one in made)
    )
    return replace(report, reason=f"{report.reason} {made[0].trouble}".strip())


def _with_draft(
    context: Context, made: Draft, *, yes: bool, progress: Progress | None, alone: bool
) -> RunReport:
    if made.issue is None:
        # Of the month's issue nobody need hear before there is one.
        silent = made.beside and not made.voided
        reason = "" if silent else _no_issue(context, made)
        return _nothing(reason, attention=bool(made.voided))
    noticed = _notice(context, made.issue)
    name = "next" if alone else str(noticed.number)
    decision = _decision(context, noticed, due=made.target.due, yes=yes, name=name)
    if decision.act == "wait":
        reason = f"{made.voided} {decision.reason}".strip()
        return _nothing(reason, attention=decision.attention or bool(made.voided))
    try:
        sent = send(context, str(noticed.number), progress=progress, letters_read=True)
    except NotReady as error:
        return replace(_nothing(str(error), attention=True), held=True)
    return _report(replace(sent, reason=f"{decision.reason} {sent.reason}"))


def _resume(context: Context, progress: Progress | None) -> RunReport | None:
    """Ends the delivery of an issue that an earlier run began."""
    with reading(context.engine) as connection:
        unfinished = issues.unfinished(connection)
    reports = []
    for issue in unfinished:
        sent = deliver_frozen(context, issue, progress=progress)
        told = replace(sent, reason=f"An interrupted delivery went on. {sent.reason}")
        reports.append(_report(told))
    return _together(tuple(reports)) if reports else None


def _together(reports: tuple[RunReport, ...]) -> RunReport:
    """Several issues' reports as one, under the first issue that was sent."""
    first = next((one for one in reports if one.issue is not None), reports[0])
    return replace(
        first,
        reason=" ".join(one.reason for one in reports if one.reason),
        sent=tuple(sent for one in reports for sent in one.sent),
        attention=any(one.attention for one in reports),
        held=any(one.held for one in reports),
        failed=any(one.failed for one in reports),
    )


def _decision(context: Context, issue: Issue, *, due: bool, yes: bool, name: str) -> Decision:
    settings = context.settings.issue
    with reading(context.engine) as connection:
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
        with reading(context.engine) as connection:
            edition = editions_of(context, connection, issue)[0]
        send_copy(context, issue, edition, (author,))
    noticed = replace(issue, noticed_at=context.clock())
    with writing(context.engine) as connection:
        issues.set_status(connection, issue.id, issue.status, noticed_at=noticed.noticed_at)
    return noticed


def _no_issue(context: Context, made: Draft) -> str:
    with reading(context.engine) as connection:
        newest = issues.newest_frozen(connection, made.rhythm)
    when = (
        f"The next issue is due {made.target.slot.at.astimezone(context.zone):%A %Y-%m-%d %H:%M}."
    )
    if made.target.due:
        return f"An issue is due, but nothing is sent. {made.reason}"
    if newest is not None:
        return f"{made.reason} Issue {newest.number} ({newest.key}) is out. {when}"
    return f"{made.reason} {when}"


def _nothing(reason: str, *, attention: bool = False) -> RunReport:
    return RunReport(issue=None, figures=Figures(), reason=reason, attention=attention)


def _report(sent: Sent) -> RunReport:
    return RunReport(
        issue=sent.issue,
        figures=sent.figures,
        reason=sent.reason,
        sent=(sent,),
        attention=sent.attention,
        failed=not sent.complete,
    )


def _see_to_sign_ups(context: Context) -> None:
    """What the public site does as well, for the times nobody serves it."""
    tidy(context)
    try:
        work_off(context)
    except (MailerError, NotNow):
        # They are tried again; sending the issue will say what is wrong with the mailer.
        return


def _with_sign_ups(context: Context, report: RunReport) -> RunReport:
    told = shut_lately(context)
    if not told:
        return report
    return replace(report, reason=f"{report.reason} {told}", attention=True)


def _with_mailbox(report: RunReport, taken: Taken | None) -> RunReport:
    said = told(taken) if taken else ""
    if not said:
        return replace(report, mailbox=taken)
    reason = f"{report.reason} {said}".strip()
    return replace(report, reason=reason, attention=True, mailbox=taken)


def _with_doubts(context: Context, report: RunReport) -> RunReport:
    """Names the issues of which some deliveries are still unknown, until somebody decides."""
    with reading(context.engine) as connection:
        doubtful = deliveries.unknown_by_issue(connection)
    told_of = {one.issue.number for one in report.sent}
    told = [
        f"Of issue {number}, {count} deliveries are unknown: `newsletter resolve {number}` "
        "decides about them."
        for number, count in doubtful
        if number not in told_of
    ]
    if not told:
        return report
    return replace(report, reason=" ".join((report.reason, *told)), attention=True)


def _with_feeds(report: RunReport, feeds: tuple[FeedReport, ...], *, held: int) -> RunReport:
    broken = [feed for feed in feeds if feed.status == "failed"]
    reason = report.reason
    if broken:
        reason += " " + " ".join(feed.error for feed in broken)
    if held:
        many = "1 post is" if held == 1 else f"{held} posts are"
        reason += (
            f" {many} held until you decide: `newsletter posts` says why, "
            "`newsletter posts release ID` lets one in, `newsletter posts skip ID` leaves it out."
        )
    return replace(
        report,
        reason=reason,
        feeds=feeds,
        attention=report.attention or bool(broken) or held > 0,
        failed=report.failed or (report.issue is None and len(broken) == len(feeds)),
    )
