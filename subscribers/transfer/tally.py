"""What an import goes by, and its figures while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from subscribers.transfer.report import MAX_KEPT, ImportReport, Reject


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is the same for a whole import.

    `before` is the highest id there was when it began: whoever has a higher one came in by
    this file. `source` goes into the consent log.
    """

    before: int
    now: datetime
    source: str
    secrets: tuple[str, ...]


@dataclass(slots=True)
class ImportTally:
    """The figures of an import while it runs."""

    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Reject] = field(default_factory=list)
    rejected_total: int = 0
    format: str = ""

    def reject(self, row: Reject) -> None:
        """Count a bad row; only the first thousand are kept."""
        self.rejected_total += 1
        if len(self.rejected) < MAX_KEPT:
            self.rejected.append(row)

    def report(self) -> ImportReport:
        """The figures as they stand."""
        return ImportReport(
            read=self.read,
            added=self.added,
            updated=self.updated,
            unchanged=self.unchanged,
            rejected=tuple(self.rejected),
            rejected_total=self.rejected_total,
            format=self.format,
        )
