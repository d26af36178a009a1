"""Find the person whom a link names, and remember the wishes of those who are not on the list.

A database can lose people whose links were mailed: an older copy is put back, or a list is
moved without them. What they wish by such a link changes nobody. It is kept as an HMAC of the
link, so that an import that brings the person back brings them back as unsubscribed, and one
whom they had erase everything does not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, get_args

from sqlalchemy import Connection, bindparam, delete, literal, select, text, update

from subscribers.link_ids import link_digest, number_of
from subscribers.models import Subscriber, Suppression
from subscribers.storage.change import unsubscribe
from subscribers.storage.find import find_by_id
from subscribers.storage.rows import in_list, insert_new
from subscribers.storage.suppressions import has_suppressions
from subscribers.storage.tables import former_links, subscribers, suppressions

#: What a person who is not on the list wished: to leave it, or to have everything erased.
Wish = Literal["left", "erased"]
WISHES: tuple[Wish, ...] = get_args(Wish)
#: Called with the HMAC of a link and the wish, or None once it is forgotten, before the commit:
#: so that a wish can be kept outside the database too.
NoteWish = Callable[[str, Wish | None], None]


# As the condition of the index says it, so that it is used.
_HAS_NUMBER = text("old_link_number <> 0")


# Compiled once: after an issue many mail programs unsubscribe at the same time.
_BY_ID = select(subscribers.c.id).where(subscribers.c.link_id == bindparam("link"))
_BY_NUMBER = select(subscribers.c.id).where(
    _HAS_NUMBER, subscribers.c.old_link_number == bindparam("number")
)
_BY_FORMER = select(former_links.c.subscriber_id).where(former_links.c.link == bindparam("link"))


class LinkOwner(NamedTuple):
    """The person on the list whose link one is."""

    address_key: str
    address: str


def find_by_link(connection: Connection, link: str) -> Subscriber | None:
    """Return the person whom a link names, whatever the status; None if not on the list."""
    subscriber_id = _find_id(connection, link)
    return find_by_id(connection, subscriber_id) if subscriber_id is not None else None


def unsubscribe_by_link(
    connection: Connection,
    link: str,
    *,
    at: datetime,
    source: str,
    secrets: tuple[str, ...],
    note_wish: NoteWish | None = None,
) -> bool:
    """Unsubscribe the person whom a link names. Return True if this call changed it.

    The wish of somebody who is not on the list is remembered. Idempotent.
    """
    subscriber_id = _find_id(connection, link)
    if subscriber_id is None:
        remember_wish(connection, (link,), "left", at=at, secrets=secrets, note_wish=note_wish)
        return False
    return unsubscribe(connection, subscriber_id, at=at, source=source)


def remember_wish(
    connection: Connection,
    links: Iterable[str],
    wish: Wish,
    *,
    at: datetime,
    secrets: tuple[str, ...],
    note_wish: NoteWish | None = None,
) -> None:
    """Remember what somebody with these links wished; to be erased is the stronger wish."""
    for link in links:
        stored = _wishes(connection, (link,), secrets).get(link)
        if stored is not None and stored.reason in (wish, "erased"):
            continue
        _forget(connection, (link,), secrets)
        mark = link_digest(link, secrets[0])
        if note_wish is not None:
            note_wish(mark, wish)
        row = {"mark": mark, "reason": wish, "at": at}
        connection.execute(insert_new(connection, suppressions, "mark"), row)


def restore_wishes(connection: Connection, wishes: Mapping[str, Suppression]) -> None:
    """Store the wishes, by their HMACs, that an older copy of the database does not know."""
    rows = [{"mark": mark, "reason": wish.reason, "at": wish.at} for mark, wish in wishes.items()]
    if rows:
        connection.execute(insert_new(connection, suppressions, "mark"), rows)
    for mark, wish in wishes.items():
        if wish.reason == "erased":
            milder = (suppressions.c.mark == mark) & (suppressions.c.reason == "left")
            connection.execute(update(suppressions).where(milder).values(reason="erased"))


def forget_wishes(
    connection: Connection,
    person: Subscriber,
    secrets: tuple[str, ...],
    note_wish: NoteWish | None = None,
) -> None:
    """Forget what a person wished by their links, once they confirmed a new sign-up."""
    if not has_suppressions(connection):
        return
    for mark in _forget(connection, links_of(connection, person), secrets):
        if note_wish is not None:
            note_wish(mark, None)


def wishes_of(
    connection: Connection, links: Collection[str], secrets: tuple[str, ...]
) -> dict[str, Suppression]:
    """Return the remembered wish of each of `links` that has one."""
    if not links or not has_suppressions(connection):
        return {}
    return _wishes(connection, links, secrets)


def links_of(connection: Connection, person: Subscriber) -> tuple[str, ...]:
    """Return all links of a person, the one of today first."""
    return (*person.links, *former_links_of(connection, (person.id,)).get(person.id, ()))


def former_links_of(connection: Connection, ids: Collection[int]) -> dict[int, list[str]]:
    """Return the further links of those of these people, a thousand at most, who have some."""
    links: dict[int, list[str]] = {}
    query = select(former_links).where(former_links.c.subscriber_id.in_(list(ids)))
    for row in connection.execute(query.order_by(former_links.c.link)):
        links.setdefault(row.subscriber_id, []).append(row.link)
    return links


def add_former_links(connection: Connection, person: Subscriber, links: Iterable[str]) -> None:
    """Let these links, which name nobody else, name a person as well."""
    rows = [
        {"link": link, "subscriber_id": person.id} for link in links if link not in person.links
    ]
    if rows:
        connection.execute(insert_new(connection, former_links, "link"), rows)


def add_former_links_of_id(connection: Connection, link_id: str, links: Iterable[str]) -> None:
    """Do the same for the person with this id, if there is one."""
    for link in links:
        owner = select(literal(link), subscribers.c.id).where(subscribers.c.link_id == link_id)
        new = insert_new(connection, former_links, "link")
        connection.execute(new.from_select(["link", "subscriber_id"], owner))


def owners_of(connection: Connection, links: Sequence[str]) -> dict[str, LinkOwner]:
    """Return the person on the list whose link each of `links` is, where there is one."""
    person = subscribers.c
    owner = (person.address_key, person.address)
    numbers = [number for link in links if (number := number_of(link)) is not None]
    by_id = select(person.link_id, *owner).where(in_list(connection, person.link_id, links))
    by_former = (
        select(former_links.c.link, *owner)
        .join(subscribers, person.id == former_links.c.subscriber_id)
        .where(in_list(connection, former_links.c.link, links))
    )
    owners = {row[0]: LinkOwner(row[1], row[2]) for row in connection.execute(by_former)}
    owners |= {row[0]: LinkOwner(row[1], row[2]) for row in connection.execute(by_id)}
    if numbers:
        by_number = select(person.old_link_number, *owner).where(
            _HAS_NUMBER, person.old_link_number.in_(numbers)
        )
        owners |= {str(row[0]): LinkOwner(row[1], row[2]) for row in connection.execute(by_number)}
    return owners


def delete_former_links(connection: Connection, subscriber_id: int) -> None:
    """Delete the further links of a person who is erased."""
    connection.execute(delete(former_links).where(former_links.c.subscriber_id == subscriber_id))


def _find_id(connection: Connection, link: str) -> int | None:
    number = number_of(link)
    if number is None:
        own = connection.scalar(_BY_ID, {"link": link})
    else:
        own = connection.scalar(_BY_NUMBER, {"number": number})
    return own if own is not None else connection.scalar(_BY_FORMER, {"link": link})


def _wishes(
    connection: Connection, links: Collection[str], secrets: tuple[str, ...]
) -> dict[str, Suppression]:
    by_digest = {link_digest(link, secret): link for link in links for secret in secrets}
    query = select(suppressions).where(in_list(connection, suppressions.c.mark, by_digest))
    wishes: dict[str, Suppression] = {}
    for row in connection.execute(query):
        link = by_digest[row.mark]
        if link not in wishes or row.reason == "erased":
            wishes[link] = Suppression(reason=row.reason, at=row.at)
    return wishes


def _forget(
    connection: Connection, links: Collection[str], secrets: tuple[str, ...]
) -> Sequence[str]:
    """Delete the wishes of these links, and return their HMACs."""
    digests = [link_digest(link, secret) for link in links for secret in secrets]
    stored = suppressions.c.mark.in_(digests)
    marks = connection.scalars(select(suppressions.c.mark).where(stored)).all()
    if marks:
        connection.execute(delete(suppressions).where(stored))
    return marks
