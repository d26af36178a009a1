"""Write imported people to the list in batches: insert the new, update the known.

SQLite and PostgreSQL each have a writer, the fastest way into that database.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from sqlalchemy import Connection

from subscribers import lifecycle
from subscribers.lifecycle import GONE, merge_subscriber, status_by_author
from subscribers.models import (
    ImportRow,
    RowOutcome,
    Status,
    Subscriber,
)
from subscribers.storage import bulk, change, consent_log, import_log, suppressions
from subscribers.storage.rows import subscriber_from_import
from subscribers.transfer.import_run import ImportRun, ImportTally

Observe = Callable[[RowOutcome], None]
_MAX_STAGED = 50_000


class ImportWriter(Protocol):
    """Writes people to the list, and counts the outcomes in an ImportTally."""

    def write(self, people: list[ImportRow]) -> None:
        """Write a thousand people at most."""
        ...

    def flush(self) -> None:
        """Write what is buffered."""
        ...


def import_writer(
    connection: Connection, run: ImportRun, tally: ImportTally, observe: Observe | None = None
) -> ImportWriter:
    """Return the writer for the database of `connection`; one that tells, for `observe`."""
    if observe is not None:
        return _TellingWriter(connection, run, tally, observe)
    if connection.dialect.name == "postgresql":
        return _PostgresqlWriter(connection, run, tally)
    return _SqliteWriter(connection, run, tally)


@dataclass(slots=True)
class _SqliteWriter:
    """Write each batch at once: on SQLite a query costs next to nothing."""

    connection: Connection
    run: ImportRun
    tally: ImportTally
    _lacks_index: bool = False

    def __post_init__(self) -> None:
        # On an empty list the index of random ids is built faster at the end, in one sort.
        if bulk.max_id(self.connection) == 0 and not self.run.has_links:
            bulk.drop_link_index(self.connection)
            self._lacks_index = True

    def write(self, people: list[ImportRow]) -> None:
        connection, run, tally = self.connection, self.run, self.tally
        new = {person.key: person for person in people}
        known = bulk.find_by_keys(connection, new.keys())
        if known or len(new) < len(people):
            new = _select_new(connection, people, known, run, tally)
        suppressed = _suppressed_keys(connection, new.keys(), run.secrets)
        allowed = [person for key, person in new.items() if key not in suppressed]
        tally.added += len(allowed)
        tally.unchanged += len(new) - len(allowed)
        if allowed:
            bulk.insert_many(connection, allowed, at=run.now, source=run.source)

    def flush(self) -> None:
        if self._lacks_index:
            bulk.create_link_index(self.connection)
            self._lacks_index = False


@dataclass(slots=True)
class _PostgresqlWriter:
    """Stage people with COPY and insert them together; only known ones are read one by one."""

    connection: Connection
    run: ImportRun
    tally: ImportTally
    _staged: int = 0

    def __post_init__(self) -> None:
        bulk.create_stage(self.connection)

    def write(self, people: list[ImportRow]) -> None:
        suppressed = _suppressed_keys(
            self.connection, {person.key for person in people}, self.run.secrets
        )
        bulk.copy_rows(self.connection, people, suppressed)
        self._staged += len(people)
        if self._staged >= _MAX_STAGED:
            self.flush()

    def flush(self) -> None:
        connection, run, tally = self.connection, self.run, self.tally
        before = bulk.max_id(connection)
        added = bulk.insert_staged(connection, at=run.now, source=run.source)
        tally.added += added
        if added < self._staged:
            known = 0
            for people in bulk.known_pages(connection, before):
                known += len(people)
                _update_known(connection, people, run, tally)
            tally.unchanged += self._staged - added - known  # suppressed
        bulk.truncate_stage(connection)
        self._staged = 0


@dataclass(slots=True)
class _TellingWriter:
    """Write row by row, in the order of the file, and tell the outcome of each."""

    connection: Connection
    run: ImportRun
    tally: ImportTally
    observe: Observe

    def write(self, people: list[ImportRow]) -> None:
        connection, run = self.connection, self.run
        known = bulk.find_by_keys(connection, {person.key for person in people})
        suppressed = _suppressed_keys(connection, {row.key for row in people}, run.secrets)
        new: dict[str, ImportRow] = {}
        for row in people:
            if row.key in new:
                self._insert(new)
                known |= bulk.find_by_keys(connection, {row.key})
            if row.key in known:
                self._tell_known(row, known)
            elif row.key in suppressed:
                self.tally.unchanged += 1
                self._tell(row, "unchanged", "", "The address must never be written to again.")
            else:
                new[row.key] = row
                self.tally.added += 1
                self._tell(row, "added", row.status, "")
        self._insert(new)

    def _insert(self, new: dict[str, ImportRow]) -> None:
        """Insert new people, and forget that they are new."""
        connection, run = self.connection, self.run
        if connection.dialect.name == "sqlite":
            bulk.insert_many(connection, [*new.values()], at=run.now, source=run.source)
        else:
            for row in new.values():
                bulk.insert_person(connection, row, at=run.now, source=run.source)
        new.clear()

    def flush(self) -> None:
        pass

    def _tell_known(self, row: ImportRow, known: dict[str, Subscriber]) -> None:
        before = known[row.key]
        updates = self.tally.updated
        after = known[row.key] = _merge_row(self.connection, before, row, self.run, self.tally)
        if self.tally.updated > updates:
            self._tell(row, "updated", after.status, _change(before, after))
        elif self.run.has_added(before):
            self._tell(row, "unchanged", after.status, "An earlier line has the same address.")
        elif before.status in GONE or before.previous_status:
            reason = f"They are {before.previous_status or before.status}, and stay so."
            self._tell(row, "unchanged", after.status, reason)
        else:
            self._tell(row, "unchanged", after.status, "They are on the list already.")

    def _tell(
        self,
        row: ImportRow,
        outcome: Literal["added", "updated", "unchanged"],
        status: str,
        reason: str,
    ) -> None:
        self.observe(RowOutcome(row.line, row.address, outcome, status, reason))


def _change(before: Subscriber, after: Subscriber) -> str:
    if before.status != after.status:
        return f"They were {before.status}."
    return "The file says more about them."


def _update_known(
    connection: Connection, people: list[ImportRow], run: ImportRun, tally: ImportTally
) -> None:
    known = bulk.find_by_keys(connection, {person.key for person in people})
    for row in people:
        known[row.key] = _merge_row(connection, known[row.key], row, run, tally)


def _select_new(
    connection: Connection,
    people: list[ImportRow],
    known: dict[str, Subscriber],
    run: ImportRun,
    tally: ImportTally,
) -> dict[str, ImportRow]:
    """Return the people who are not on the list, each once; update the known ones."""
    new: dict[str, ImportRow] = {}
    for row in people:
        key = row.key
        subscriber = known.get(key)
        if subscriber is not None:
            known[key] = _merge_row(connection, subscriber, row, run, tally)
        elif key in new:
            tally.unchanged += 1
            first = new[key]
            new[key] = first._replace(status=_merge_duplicate(first.status, row.status))
        else:
            new[key] = row
    return new


def _merge_row(
    connection: Connection, known: Subscriber, row: ImportRow, run: ImportRun, tally: ImportTally
) -> Subscriber:
    person = subscriber_from_import(row)
    if run.guesses_hemisphere and known.hemisphere:
        person = replace(person, hemisphere="")
    added_by_this_file = run.has_added(known)
    if added_by_this_file:
        updated = replace(known, status=_merge_duplicate(known.status, person.status))
    else:
        updated = merge_subscriber(known, person)
    if updated != known:
        if not added_by_this_file:
            import_log.keep_before(connection, known, updated)
        change.update_subscriber(connection, updated)
    if updated == known or added_by_this_file:
        tally.unchanged += 1
    else:
        tally.updated += 1
        tally.statuses[updated.status] += 1
    # Who was added just now gets an entry with the status that the whole file gives them.
    has_entry = not added_by_this_file or known.id <= run.logged
    if updated.status != known.status and has_entry:
        entry = lifecycle.status_entry(
            known.id, updated.status, by="author", at=run.now, source=run.source
        )
        consent_log.append(connection, entry)
    return updated


def _merge_duplicate(first: Status, second: Status) -> Status:
    """Return the status after two rows for one person: the first, unless the second is gone."""
    return status_by_author(first, second) if second in GONE else first


def _suppressed_keys(
    connection: Connection, keys: Collection[str], secrets: tuple[str, ...]
) -> frozenset[str]:
    if not keys or not suppressions.has_suppressions(connection):
        return frozenset()
    return suppressions.suppressed_addresses(connection, keys, secrets)
