"""How an issue stands, in figures and in a sentence."""

from __future__ import annotations

from dataclasses import dataclass, replace

from newsletter.context import Context
from newsletter.models import Figures, Issue
from newsletter.storage.database.engine import snapshot
from newsletter.storage.ledger import deliveries


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueProgress:
    """An issue after an attempt to deliver it. `reason` is one line; `complete` is false
    while anything is pending. `letters` is what a person should hear of the requests to
    unsubscribe by mail, "" for nothing. `asked_to_leave` says that Ctrl-C or SIGTERM came.
    """

    issue: Issue
    figures: Figures
    reason: str
    mailbox_report: str = ""
    interrupted: bool = False

    @property
    def complete(self) -> bool:
        return self.figures.pending == 0

    @property
    def attention(self) -> bool:
        """Whether a person should look."""
        return self.figures.unknown > 0 or bool(self.mailbox_report)


def issue_progress(context: Context, issue: Issue, why: str = "") -> IssueProgress:
    """How an issue stands, in figures and in a sentence that ends with `why`."""
    with snapshot(context.engine) as connection:
        figures = deliveries.figures(connection, issue.id)
    return IssueProgress(issue=issue, figures=figures, reason=_line(issue, figures, why))


def add_mailbox_report(sent: IssueProgress, letters: str) -> IssueProgress:
    """The same, with what is to be said of the requests to unsubscribe by mail."""
    return replace(sent, reason=f"{sent.reason} {letters}".strip(), mailbox_report=letters)


def _line(issue: Issue, figures: Figures, why: str) -> str:
    done = f"Issue {issue.number}: {figures.accepted} of {figures.planned} accepted"
    for count, words in (
        (figures.suppressed, "left before it went out"),
        (figures.failed, "failed"),
        (figures.unknown, "unknown"),
        (figures.pending, "still pending"),
    ):
        if count:
            done += f", {count} {words}"
    if issue.passed_over:
        readers = "reader gets" if issue.passed_over == 1 else "readers get"
        done += f"; {issue.passed_over} {readers} nothing of it, for no post is of their topics"
    if figures.unknown and issue.status in ("sent", "cancelled"):
        why = f"`newsletter resolve {issue.number}` decides about the unknown. {why}"
    return f"{done}. {why}".strip()
