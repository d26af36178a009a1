"""What holds for a whole import, and its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from subscribers.models import STATUSES, ImportReport, RejectedRow, Status, Subscriber
from subscribers.transfer.plan import ImportPlan

MAX_REPORTED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRun:
    """The options that apply to a whole import."""

    #: The highest id when it began. Who has a higher one was added by this file, or has signed up
    #: since.
    before: int
    now: datetime
    #: The source for the consent log.
    source: str
    secrets: tuple[str, ...]
    #: Whether the file says which links are whose.
    has_links: bool = False
    #: The hemispheres are guessed from places; they replace nobody's own.
    guesses_hemisphere: bool = False
    #: Up to which id those it added are in the consent log already.
    logged: int = 0

    def has_added(self, known: Subscriber) -> bool:
        """Whether an earlier row of this file added somebody who is on the list."""
        return known.id > self.before and known.created_at == self.now


@dataclass(slots=True)
class ImportTally:
    """The figures of an import while it runs."""

    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)
    rejected_total: int = 0
    #: People whose links are not proven to be theirs.
    unproven: int = 0
    format: str = ""
    unread_columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    statuses: Counter[Status] = field(default_factory=Counter)

    def describe(self, plan: ImportPlan) -> None:
        """Note what the file is."""
        self.format = plan.format.name
        self.unread_columns = plan.unread
        self.notes = plan.notes

    def count_added(self, statuses: Mapping[Status, int]) -> None:
        """Count the added people's statuses."""
        self.statuses.update(statuses)

    def reject(self, row: RejectedRow) -> None:
        """Count a rejected row; keep the first thousand."""
        self.rejected_total += 1
        if len(self.rejected) < MAX_REPORTED:
            self.rejected.append(row)

    def report(self) -> ImportReport:
        """Return the figures so far."""
        notes = self.notes
        if self.unproven:
            people = "1 person" if self.unproven == 1 else f"{self.unproven:,} people"
            note = (
                f"The link_id of {people} was not made for the address beside it by this "
                "newsletter: new people get another one, and links mailed before lead nowhere."
            )
            notes += (note,)
        return ImportReport(
            read=self.read,
            added=self.added,
            updated=self.updated,
            unchanged=self.unchanged,
            rejected=tuple(self.rejected),
            rejected_total=self.rejected_total,
            format=self.format,
            statuses=tuple(
                (status, self.statuses[status]) for status in STATUSES if self.statuses[status]
            ),
            unread_columns=self.unread_columns,
            notes=notes,
        )
