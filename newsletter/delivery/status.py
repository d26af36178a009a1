"""The status of an issue: figures, the sentence about them, progress, and completion."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from newsletter.context import NewsletterConfig
from newsletter.delivery.ledger.lease_holder import is_dead
from newsletter.models import Figures, Issue
from newsletter.models.delivery_state import IN_DELIVERY, OutcomeCounts, give_up_at
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot
from newsletter.storage.database.postgresql import is_postgresql
from newsletter.storage.ledger import (
    batches,
    deliveries,
    rehearsals,
    stragglers,
    unknown_batches,
)
from newsletter.storage.ledger.stragglers import WaitingStragglers

#: Receives the figures of an issue while it is delivered.
Progress = Callable[[Figures], None]

#: The words for messages that were written to the outbox.
NOBODY_MAILED = 'nobody was mailed (mailer = "outbox")'

# Counting a million deliveries takes a while.
_RECOUNT_INTERVAL = dt.timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueProgress:
    """An issue after an attempt to deliver it."""

    issue: Issue
    figures: Figures
    #: The figures and what else matters, in one line.
    reason: str
    #: A notice for the author about unsubscribe requests by mail, "" for none.
    mailbox_report: str = ""
    #: Whether Ctrl-C or SIGTERM ended the attempt.
    interrupted: bool = False
    #: The stragglers among the pending, and when the first of them is given up.
    waiting: int = 0
    waiting_until: dt.datetime | None = None
    #: What the relay refuses for every reader: our account or the message. "" for neither.
    refused: Literal["account", "message", ""] = ""
    #: The relay's own words about that.
    words: str = ""
    #: The folder that a rehearsal's messages were written to, "" if people are mailed.
    outbox_folder: str = ""

    @property
    def complete(self) -> bool:
        """Whether no delivery is pending but those of stragglers, who hold nobody up."""
        return self.figures.pending <= self.waiting

    @property
    def reached_nobody(self) -> bool:
        """Whether the issue is over, and nobody at all was accepted of those who failed."""
        return self.complete and self.figures.failed > 0 and self.figures.accepted == 0

    @property
    def failed(self) -> bool:
        """Whether something is left that another run has to do, and may do by itself."""
        return not self.complete and not self.refused

    @property
    def attention(self) -> bool:
        """Whether the author should look."""
        return (
            self.figures.unknown > 0
            or bool(self.mailbox_report)
            or bool(self.refused)
            or self.reached_nobody
        )

    def with_remark(self, remark: str) -> IssueProgress:
        """Return the same with one more sentence about it."""
        return replace(self, reason=f"{self.reason} {remark}".strip())

    def with_mailbox_report(self, report: str) -> IssueProgress:
        """Return the same with a report about unsubscribe requests by mail."""
        return replace(self.with_remark(report), mailbox_report=report)


def issue_progress(
    connection: Connection, config: NewsletterConfig, issue: Issue, comment: str = ""
) -> IssueProgress:
    """Return the issue's figures, and a sentence about them that ends with `comment`."""
    figures = deliveries.figures_of(connection, issue.id, issue.status)
    waiting = WaitingStragglers()
    if figures.pending and issue.status in IN_DELIVERY:
        waiting = stragglers.count_waiting(connection, issue.id)
    until = None
    if waiting.deferred_at is not None:
        until = give_up_at(waiting.deferred_at, config.settings.sender.give_up_hours)
    progress = IssueProgress(
        issue=issue,
        figures=figures,
        reason="",
        waiting=waiting.count,
        waiting_until=until,
        outbox_folder=outbox_folder(connection, config, issue),
    )
    return replace(progress, reason=_sentence(progress, config.zone, comment))


def outbox_folder(connection: Connection, config: NewsletterConfig, issue: Issue) -> str:
    """Return the folder that the issue's messages were written to, "" if none were."""
    if not rehearsals.is_rehearsed(connection, issue.id):
        return ""
    return f"{config.settings.sender.outbox.folder}/{issue.number}"


def complete_issue(
    connection: Connection, issue: Issue, *, at: dt.datetime, now: dt.datetime
) -> Issue:
    """Mark the issue as sent if no delivery is pending and no batch in flight; return it.

    Leases of dead processes expire first, so they hold up no issue. `at` is the time by the real
    clock.
    """
    stored = issues.by_number(connection, issue.number) or issue
    if stored.status not in IN_DELIVERY:
        return stored
    unknown_batches.expire_leases(connection, issue.id, at=at, is_dead=is_dead, now=now)
    in_flight = batches.count_in_flight(connection, issue.id)
    if in_flight or batches.is_any_planned(connection, issue.id):
        return stored
    if deliveries.figures(connection, issue.id).pending:
        return stored
    issues.set_status(connection, issue.id, "sent", sent_at=now)
    return replace(stored, status="sent", sent_at=now)


class ProgressReporter:
    """Reports figures while an issue is delivered: those in the database, plus counts since.

    `real_clock` limits how often they are read from the database, which is necessary only where
    other machines deliver as well.
    """

    def __init__(
        self,
        engine: Engine,
        issue: Issue,
        progress: Progress | None,
        real_clock: Callable[[], dt.datetime],
    ) -> None:
        self._engine, self._issue, self._progress = engine, issue, progress
        self._real_clock = real_clock
        # `_counted` is what the figures in `_figures` contain of the counts reported so far.
        self._counted = self._last = OutcomeCounts()
        #: The figures before the first batch.
        self.start = self._figures = self._read()

    def report(self, counts: OutcomeCounts) -> None:
        """Report after a batch; `counts` are those of this delivery so far."""
        if self._progress is None:
            return
        is_shared = is_postgresql(self._engine)
        if is_shared and self._real_clock() - self._read_at > _RECOUNT_INTERVAL:
            # The batch reported now is not recorded yet, but those before it are.
            self._figures, self._counted = self._read(), self._last
        self._last = counts
        self._progress(_add_counts(self._figures, counts, self._counted))

    def restart(self) -> None:
        """Begin another delivery of the same issue, whose counts start at zero."""
        self._counted = self._last = OutcomeCounts()
        self._figures = self._read()
        if self._progress is not None:
            self._progress(self._figures)

    def _read(self) -> Figures:
        self._read_at = self._real_clock()
        with snapshot(self._engine) as connection:
            return deliveries.figures(connection, self._issue.id)


def _add_counts(figures: Figures, counts: OutcomeCounts, counted: OutcomeCounts) -> Figures:
    accepted = counts.accepted - counted.accepted
    failed = counts.refused - counted.refused
    unknown = counts.unknown - counted.unknown
    return replace(
        figures,
        accepted=figures.accepted + accepted,
        failed=figures.failed + failed,
        unknown=figures.unknown + unknown,
        pending=figures.pending - accepted - failed - unknown,
    )


def _sentence(progress: IssueProgress, zone: ZoneInfo, comment: str) -> str:
    issue, figures = progress.issue, progress.figures
    sentence = f"Issue {issue.number}: {_format_accepted(figures, progress.outbox_folder)}"
    for count, words in (
        (figures.suppressed, "left before it went out"),
        (figures.failed, "failed"),
        (figures.unknown, "unknown"),
        (figures.pending - progress.waiting, "still pending"),
    ):
        if count:
            sentence += f", {count} {words}"
    if progress.waiting_until is not None:
        until = f"{progress.waiting_until.astimezone(zone):%A %H:%M}"
        sentence += f", {progress.waiting} put off and tried again until {until}"
    if progress.outbox_folder:
        sentence += f"; {NOBODY_MAILED}"
    if issue.passed_over:
        readers = "reader gets" if issue.passed_over == 1 else "readers get"
        sentence += f"; {issue.passed_over} {readers} nothing of it, for no post is of their topics"
    if figures.unknown and issue.status in ("sent", "cancelled"):
        comment = f"`newsletter resolve {issue.number}` decides about the unknown. {comment}"
    if progress.reached_nobody:
        comment = f"Nobody got it: `newsletter issues {issue.number}` says why. {comment}"
    return f"{sentence}. {comment}".strip()


def _format_accepted(figures: Figures, folder: str) -> str:
    """Return how many messages a mailer accepted, or the outbox wrote to `folder`."""
    if not folder:
        return f"{figures.accepted} of {figures.planned} accepted"
    of_planned = "" if figures.accepted == figures.planned else f" of {figures.planned}"
    messages = "message" if figures.planned == 1 else "messages"
    return f"{figures.accepted}{of_planned} {messages} written to {folder}"
