"""What a run says of itself: pure, from what its parts report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from newsletter.collecting.collect import FeedReport
from newsletter.delivery.status import IssueProgress
from newsletter.models import Figures, Issue
from newsletter.subscriptions.unsubscribe_mailbox import Taken, told


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What a run did. `issue` is None when it sent nothing; `reason` is one line.

    `attention` says that a person should look, `held` that an issue was due and may not go
    out as it is, or none may, `failed` that nothing worked. `sent` holds every issue it
    delivered, of which `issue` is the first: the newsletter's own before the month's. `mailbox`
    is what came of the requests to unsubscribe by mail, None where no mailbox is set.
    """

    issue: Issue | None
    figures: Figures
    reason: str
    feeds: tuple[FeedReport, ...] = ()
    sent: tuple[IssueProgress, ...] = ()
    attention: bool = False
    held: bool = False
    failed: bool = False
    mailbox: Taken | None = None


def nothing_sent(reason: str, *, attention: bool = False) -> RunReport:
    """Nothing was sent, for this reason."""
    return RunReport(issue=None, figures=Figures(), reason=reason, attention=attention)


def report_delivery(sent: IssueProgress) -> RunReport:
    """One issue went out, or some of it."""
    return RunReport(
        issue=sent.issue,
        figures=sent.figures,
        reason=sent.reason,
        sent=(sent,),
        attention=sent.attention,
        failed=not sent.complete,
    )


def merge_reports(reports: tuple[RunReport, ...]) -> RunReport:
    """Several issues' reports as one, under the first issue that was sent."""
    first = next((one for one in reports if one.issue is not None), reports[0])
    return replace(
        first,
        reason=" ".join(dict.fromkeys(one.reason for one in reports if one.reason)),
        sent=tuple(sent for one in reports for sent in one.sent),
        attention=any(one.attention for one in reports),
        held=any(one.held for one in reports),
        failed=any(one.failed for one in reports),
    )


def add_remark(report: RunReport, said: str) -> RunReport:
    """With one more thing a person should know, once; the same report where there is none."""
    if not said:
        return report
    reason = report.reason if said in report.reason else f"{report.reason} {said}".strip()
    return replace(report, reason=reason, attention=True)


def add_block(report: RunReport, said: str) -> RunReport:
    """With why no issue at all may go out, "" where they may."""
    return replace(add_remark(report, said), held=report.held or bool(said))


def add_mailbox(report: RunReport, taken: Taken | None) -> RunReport:
    """With what came of the requests to unsubscribe by mail."""
    return replace(add_remark(report, told(taken) if taken else ""), mailbox=taken)


def add_unknown(report: RunReport, doubtful: Iterable[tuple[int, int]]) -> RunReport:
    """Names the issues of which some deliveries are unknown, until somebody decides.

    `doubtful` are their numbers, each with how many.
    """
    told_of = {one.issue.number for one in report.sent}
    told = [
        f"Of issue {number}, {count} deliveries are unknown: `newsletter resolve {number}` "
        "decides about them."
        for number, count in doubtful
        if number not in told_of
    ]
    return add_remark(report, " ".join(told))


def add_feeds(report: RunReport, feeds: tuple[FeedReport, ...], *, held: int) -> RunReport:
    """With the feeds and pictures that could not be read and the number of posts held."""
    broken = [feed for feed in feeds if feed.status == "failed"]
    told = (report.reason, *(feed.error for feed in broken), *(feed.pictures for feed in feeds))
    reason = " ".join(filter(None, told))
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
