"""People of an import against the list: who is new, who changes, who stays."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Protocol

from sqlalchemy import Connection

from subscribers import consent
from subscribers.lifecycle import GONE, on_authors_word
from subscribers.merge import merged
from subscribers.models import Arrival, Status, Subscriber
from subscribers.storage import bulk, change, consent_log, staging, suppressions
from subscribers.storage.rows import arrived
from subscribers.transfer.tally import ImportTally, Run

_ON_STAGE = 50_000


class Store(Protocol):
    """Puts people on the list, and counts what came of each in a Tally."""

    def take(self, people: list[Arrival]) -> None:
        """A thousand people at most."""
        ...

    def finish(self) -> None:
        """Puts in whoever still waits."""
        ...


def store(conn: Connection, run: Run, tally: ImportTally) -> Store:
    """The way into this database that costs least."""
    if conn.dialect.name == "postgresql":
        return _Staged(conn, run, tally)
    return _AtOnce(conn, run, tally)


@dataclass(slots=True)
class _AtOnce:
    """On SQLite a look at the list costs hardly anything: each thousand goes in as it comes."""

    conn: Connection
    run: Run
    tally: ImportTally

    def take(self, people: list[Arrival]) -> None:
        conn, run, tally = self.conn, self.run, self.tally
        new = {person.key: person for person in people}
        known = bulk.known_by_key(conn, new.keys())
        if known or len(new) < len(people):
            new = _strangers(conn, people, known, run, tally)
        barred = _barred(conn, new.keys(), run.secrets)
        kept = [person for key, person in new.items() if key not in barred]
        tally.added += len(kept)
        tally.unchanged += len(new) - len(kept)
        if kept:
            bulk.add_many(conn, kept, at=run.now, source=run.source)

    def finish(self) -> None:
        pass


@dataclass(slots=True)
class _Staged:
    """On PostgreSQL people are put on a stage by COPY, and from there on the list together.

    Only those who were known are looked at one by one.
    """

    conn: Connection
    run: Run
    tally: ImportTally
    _waiting: int = 0

    def __post_init__(self) -> None:
        staging.open_stage(self.conn)

    def take(self, people: list[Arrival]) -> None:
        barred = _barred(self.conn, {person.key for person in people}, self.run.secrets)
        staging.stage(self.conn, people, barred)
        self._waiting += len(people)
        if self._waiting >= _ON_STAGE:
            self.finish()

    def finish(self) -> None:
        conn, run, tally = self.conn, self.run, self.tally
        before = bulk.last_id(conn)
        added = staging.take_in(conn, at=run.now, source=run.source)
        tally.added += added
        if added < self._waiting:
            again = 0
            for people in staging.known_among(conn, before):
                again += len(people)
                _bring_up_to_date(conn, people, run, tally)
            tally.unchanged += self._waiting - added - again  # barred
        staging.clear_stage(conn)
        self._waiting = 0


def _bring_up_to_date(
    conn: Connection, people: list[Arrival], run: Run, tally: ImportTally
) -> None:
    known = bulk.known_by_key(conn, {person.key for person in people})
    for person in people:
        known[person.key] = _again(conn, known[person.key], arrived(person), run, tally)


def _strangers(
    conn: Connection,
    people: list[Arrival],
    known: dict[str, Subscriber],
    run: Run,
    tally: ImportTally,
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
    conn: Connection, known: Subscriber, person: Subscriber, run: Run, tally: ImportTally
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
        consent_log.append(conn, line)
    return after


def _second_mention(first: Status, second: Status) -> Status:
    """Of two rows for one person the first counts, unless the second says they are gone."""
    return on_authors_word(first, second) if second in GONE else first


def _barred(conn: Connection, keys: Collection[str], secrets: tuple[str, ...]) -> frozenset[str]:
    if not keys or not suppressions.any_suppressed(conn):
        return frozenset()
    return suppressions.suppressed_among(conn, keys, secrets)
