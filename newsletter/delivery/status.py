"""How an issue stands, in figures and in a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

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


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueStatus:
    """The status of an issue that is not frozen yet, in words."""

    #: One word, such as "Approved".
    word: str
    #: When the issue is sent, or what it waits for.
    sentence: str
    #: "good" if the author approved it, "look" if it waits for the author past its date.
    tone: Literal["calm", "good", "look"]


def describe_status(
    issue: Issue,
    *,
    due: bool,
    approval: Literal["required", "veto", "auto"],
    veto_hours: int,
    format_time: Callable[[dt.datetime], str],
) -> IssueStatus:
    """Return the one description of an unfrozen issue that the desk and `draft` print.

    `due` says that its date has come. `format_time` writes a moment in the author's zone.
    """
    planned_for = format_time(issue.planned_for)
    if issue.status == "stopped":
        return IssueStatus(
            word="Stopped", sentence="You stopped it. It waits until you let it go on.", tone="look"
        )
    if issue.status == "approved":
        sentence = (
            f"You approved it. It was due {planned_for} and goes out with the next run."
            if due
            else f"You approved it. It goes out {planned_for}."
        )
        return IssueStatus(word="Approved", sentence=sentence, tone="good")
    if approval == "required":
        if due:
            sentence = (
                f"It was due {planned_for} and is held: it waits for your approval, and nobody "
                "gets it before."
            )
            return IssueStatus(word="Held", sentence=sentence, tone="look")
        sentence = f"It is planned for {planned_for}. Nobody gets it until you approve it."
        return IssueStatus(word="Draft", sentence=sentence, tone="calm")
    goes_out = issue.planned_for
    if approval == "veto" and issue.noticed_at is not None:
        goes_out = max(goes_out, issue.noticed_at + dt.timedelta(hours=veto_hours))
    sentence = f"It goes out by itself {format_time(goes_out)}, unless you stop it."
    return IssueStatus(word="Draft", sentence=sentence, tone="calm")
