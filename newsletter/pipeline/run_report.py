"""The report of a run, assembled from what its parts report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from newsletter.collecting.collect import FeedReport
from newsletter.delivery.mailboxes import MailResult
from newsletter.delivery.status import IssueProgress
from newsletter.models import Figures, Issue
from newsletter.notices.notice import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """The result of a run."""

    #: The first issue it sent, the newsletter's own before the month's; None if it sent none.
    issue: Issue | None
    figures: Figures
    #: One line for the author.
    reason: str
    feeds: tuple[FeedReport, ...] = ()
    #: Every issue it delivered.
    sent: tuple[IssueProgress, ...] = ()
    #: Whether a person should look (exit code 3).
    attention: bool = False
    #: Whether an issue was due and may not be sent as it is, or no issue may be sent at all.
    held: bool = False
    #: Whether nothing worked.
    failed: bool = False
    #: Older issues that the run went on with, as they stood at its end.
    also: tuple[IssueProgress, ...] = ()
    #: What came by mail: unsubscribe requests, bounces and complaints.
    mail: MailResult | None = None
    #: What a quiet run says: the states that need a person and were not said before.
    notices: tuple[Notice, ...] = ()


def report_nothing(reason: str, *, attention: bool = False) -> RunReport:
    """Return the report of a run that sent nothing."""
    return RunReport(issue=None, figures=Figures(), reason=reason, attention=attention)


def report_delivery(sent: IssueProgress) -> RunReport:
    """Return the report of one issue that was sent, in full or in part."""
    return RunReport(
        issue=sent.issue,
        figures=sent.figures,
        reason=sent.reason,
        sent=(sent,),
        attention=sent.attention,
        failed=sent.failed,
    )


def add_resumed(report: RunReport, resumed: tuple[IssueProgress, ...]) -> RunReport:
    """Add the older issues that the run went on with, oldest first.

    The newest of them is what the report is about if the run sent no issue.
    """
    if not resumed:
        return report
    reasons = dict.fromkeys((*(progress.reason for progress in resumed), report.reason))
    newest = resumed[-1]
    is_about_resumed = report.issue is None
    return replace(
        report,
        issue=newest.issue if is_about_resumed else report.issue,
        figures=newest.figures if is_about_resumed else report.figures,
        reason=" ".join(filter(None, reasons)),
        sent=(*resumed, *report.sent),
        also=resumed[:-1] if is_about_resumed else resumed,
        attention=report.attention or any(progress.attention for progress in resumed),
        failed=report.failed or any(progress.failed for progress in resumed),
    )


def merge_reports(reports: tuple[RunReport, ...]) -> RunReport:
    """Merge the reports of several issues into one, about the first issue that was sent."""
    first = next((report for report in reports if report.issue is not None), reports[0])
    return replace(
        first,
        reason=" ".join(dict.fromkeys(report.reason for report in reports if report.reason)),
        sent=tuple(sent for report in reports for sent in report.sent),
        attention=any(report.attention for report in reports),
        held=any(report.held for report in reports),
        failed=any(report.failed for report in reports),
    )


def add_remark(report: RunReport, remark: str) -> RunReport:
    """Add a remark that a person should read. "" adds nothing, nor does a repetition."""
    if not remark:
        return report
    reason = report.reason if remark in report.reason else f"{report.reason} {remark}".strip()
    return replace(report, reason=reason, attention=True)


def add_block(report: RunReport, remark: str) -> RunReport:
    """Add why no issue at all may be sent, "" if issues may be."""
    return replace(add_remark(report, remark), held=report.held or bool(remark))


def add_mail(report: RunReport, mail: MailResult) -> RunReport:
    """Add the unsubscribe requests, bounces and complaints that came by mail."""
    return replace(add_remark(report, mail.notice), mail=mail)


def add_unknown(report: RunReport, unknown: Iterable[tuple[int, int]]) -> RunReport:
    """Add the issues that have unknown deliveries, each as (number, count).

    They are repeated at each run until a person resolves them.
    """
    reported = {sent.issue.number for sent in report.sent}
    sentences = [
        f"Of issue {number}, {count} deliveries are unknown: `newsletter resolve {number}` "
        "decides about them."
        for number, count in unknown
        if number not in reported
    ]
    return add_remark(report, " ".join(sentences))


def add_feeds(report: RunReport, feeds: tuple[FeedReport, ...], *, held: int) -> RunReport:
    """Add the feeds and pictures that could not be read, and the number of held posts."""
    broken = [feed for feed in feeds if feed.status == "failed"]
    parts = (
        report.reason,
        *(feed.error for feed in broken),
        *(feed.note for feed in feeds if feed.older),
        *(feed.pictures for feed in feeds),
    )
    reason = " ".join(filter(None, parts))
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
