"""Give the people of an export of ours the links that they had.

    rows ──believe──▶ links with a proof ──▶ whose are they here? ──▶ rows for the writer

A link goes to the person beside it in the file, unless it is somebody else's here: then an id
says that both are one person, whose address changed, and a number says nothing, since another
newsletter may have given it too. What people wished by a link while they were not on the list
is done.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from subscribers.lifecycle import stricter_status
from subscribers.link_ids import make_link_id, number_of, seal_links
from subscribers.models import ImportRow, RowOutcome, Subscriber, Suppression
from subscribers.storage import bulk
from subscribers.storage.links import (
    LinkOwner,
    add_former_links,
    add_former_links_of_id,
    owners_of,
    wishes_of,
)
from subscribers.transfer.batches import ImportWriter, Observe
from subscribers.transfer.import_run import ImportRun, ImportTally

# So many links of people may wait in the writer, who are not in the database yet.
_MOST_GIVEN = 20_000


class LinkingWriter:
    """Gives each person their links, and passes them on to another writer."""

    def __init__(
        self,
        connection: Connection,
        writer: ImportWriter,
        run: ImportRun,
        tally: ImportTally,
        *,
        is_sealed: bool,
        observe: Observe | None,
    ) -> None:
        self._connection, self._writer, self._tally = connection, writer, tally
        self._secrets, self._is_sealed, self._observe = run.secrets, is_sealed, observe
        self._given: dict[str, LinkOwner] = {}
        self._further: list[tuple[str, Sequence[str]]] = []

    def write(self, people: list[ImportRow]) -> None:
        if rows := self._resolve(people):
            self._writer.write(rows)
        if len(self._given) > _MOST_GIVEN:
            self._writer.flush()
            self._store()

    def flush(self) -> None:
        self._writer.flush()
        self._store()

    def _store(self) -> None:
        """Store the further links of people who have several; all of them are written by now."""
        for link_id, links in self._further:
            add_former_links_of_id(self._connection, link_id, links)
        self._further.clear()
        self._given.clear()

    def _resolve(self, people: list[ImportRow]) -> list[ImportRow]:
        """Return the people to write, with the links that are theirs."""
        rows = [self._believe(row) if row.links else row for row in people]
        links = list({link: None for row in rows for link in row.links})
        if not links:
            return rows
        wishes = wishes_of(self._connection, links, self._secrets)
        known = bulk.find_by_keys(self._connection, {row.key for row in rows})
        owners = owners_of(self._connection, links)
        owners |= {link: self._given[link] for link in links if link in self._given}
        candidates = (self._resolve_row(row, wishes, owners, known) for row in rows)
        return [row for row in candidates if row is not None]

    def _believe(self, row: ImportRow) -> ImportRow:
        if not self._is_sealed:
            return row
        seals = (seal_links(row.key, row.links, secret) for secret in self._secrets)
        if any(hmac.compare_digest(seal.encode(), row.seal.encode()) for seal in seals):
            return row
        self._tally.unproven += 1
        return row._replace(links=())

    def _resolve_row(
        self,
        row: ImportRow,
        wishes: dict[str, Suppression],
        owners: dict[str, LinkOwner],
        known: dict[str, Subscriber],
    ) -> ImportRow | None:
        """Return the row with its links; None for a person who wished to be erased."""
        if not row.links or (
            row.key not in known and not wishes and owners.keys().isdisjoint(row.links)
        ):
            return self._give(row, owners)
        is_erased = any(wish.reason == "erased" for wish in _of(row, wishes))
        if row.key not in known:
            if is_erased:
                self._tally.unchanged += 1
                if self._observe is not None:
                    reason = "They wished to be erased."
                    self._observe(RowOutcome(row.line, row.address, "unchanged", reason=reason))
                return None
            row = self._as_owner(row, owners, known)
        person = known.get(row.key)
        if any(_counts(wish, person) for wish in _of(row, wishes)):
            row = row._replace(status=stricter_status(row.status, "unsubscribed"))
        links = tuple(
            link
            for link in row.links
            if owners.get(link, LinkOwner(row.key, "")).address_key == row.key
            and not (link in wishes and wishes[link].reason == "erased")
        )
        if person is not None:
            add_former_links(self._connection, person, links)
            return row._replace(links=())
        return self._give(row._replace(links=links), owners)

    def _as_owner(
        self, row: ImportRow, owners: dict[str, LinkOwner], known: dict[str, Subscriber]
    ) -> ImportRow:
        """Return the row with the address of the person whose id it has, if there is one."""
        ids = (link for link in row.links if number_of(link) is None)
        owner = next((owners[link] for link in ids if link in owners), None)
        if owner is None or owner.address_key == row.key:
            return row
        known.update(bulk.find_by_keys(self._connection, {owner.address_key}))
        return row._replace(key=owner.address_key, address=owner.address)

    def _give(self, row: ImportRow, owners: dict[str, LinkOwner]) -> ImportRow:
        """Give a new person their links: one id, one number, and the others as further ones."""
        links = row.links
        number = str(row.old_link_number)
        if any(link != number for link in links[1:]):
            link_id = row.link_id or make_link_id()
            self._further.append(
                (link_id, [link for link in links if link not in (link_id, number)])
            )
            row = row._replace(links=(link_id, *links))
        if links:
            owner = LinkOwner(row.key, row.address)
            for link in links:
                self._given[link] = owners[link] = owner
        return row


def _of(row: ImportRow, wishes: dict[str, Suppression]) -> list[Suppression]:
    return [wishes[link] for link in row.links if link in wishes]


def _counts(wish: Suppression, person: Subscriber | None) -> bool:
    """Whether a wish to leave is newer than the last confirmation."""
    confirmed_at: datetime | None = person.confirmed_at if person else None
    return wish.reason == "left" and (confirmed_at is None or wish.at > confirmed_at)
