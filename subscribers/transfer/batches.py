"""A thousand people of an import against the list: who is new, who changes, who stays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from subscribers import consent
from subscribers.lifecycle import GONE, on_authors_word
from subscribers.merging import merged
from subscribers.models import Arrival, Status, Subscriber
from subscribers.storage import bulk, change, log, suppressions
from subscribers.storage.rows import arrived
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
class Tally:
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


def store_batch(conn: Connection, people: list[Arrival], run: Run, tally: Tally) -> None:
    """Store a thousand people at most, and count what came of each."""
    new = {person.key: person for person in people}
    known = bulk.known_by_key(conn, new.keys())
    if known or len(new) < len(people):
        new = _strangers(conn, people, known, run, tally)
    kept = _not_suppressed(conn, new, run.secrets)
    tally.added += len(kept)
    tally.unchanged += len(new) - len(kept)
    if kept:
        bulk.add_many(conn, tuple(kept.values()), at=run.now, source=run.source)


def _strangers(
    conn: Connection,
    people: list[Arrival],
    known: dict[str, Subscriber],
    run: Run,
    tally: Tally,
) -> dict[str, Arrival]:
    """Those who are not on the list, each once; whoever is known is brought up to date."""
    new: dict[str, Arrival] = {}
    for person in people:
        key = person.key
        there = known.get(key)
        if there is not None:
            known[key] = _again(conn, there, arrived(person), run, tally)
        elif key in new:
            tally.unchanged += 1
            first = new[key]
            new[key] = first._replace(status=_second_mention(first.status, person.status))
        else:
            new[key] = person
    return new


def _again(
    conn: Connection, known: Subscriber, person: Subscriber, run: Run, tally: Tally
) -> Subscriber:
    came_by_this_file = known.id > run.before
    if came_by_this_file:
        after = replace(known, status=_second_mention(known.status, person.status))
    else:
        after = merged(known, person)
    if after != known:
        change.store(conn, after)
    if after == known or came_by_this_file:
        tally.unchanged += 1
        return after
    tally.updated += 1
    if after.status != known.status:
        line = consent.change(known.id, after.status, by="author", at=run.now, source=run.source)
        log.append(conn, line)
    return after


def _second_mention(first: Status, second: Status) -> Status:
    """Of two rows for one person the first counts, unless the second says they are gone."""
    return on_authors_word(first, second) if second in GONE else first


def _not_suppressed(
    conn: Connection, new: dict[str, Arrival], secrets: tuple[str, ...]
) -> dict[str, Arrival]:
    if not new or not suppressions.any_suppressed(conn):
        return new
    barred = suppressions.suppressed_among(conn, new.keys(), secrets)
    return {key: person for key, person in new.items() if key not in barred}
