"""Erase a reader from every table and file; only an HMAC of the address stays (GDPR Art. 17)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from newsletter.context import Context
from newsletter.sender.mailers.outbox import erase_messages
from newsletter.storage import reader_records
from newsletter.storage.database import vacuum
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.database.sqlite_file import sqlite_path
from newsletter.storage.kept_copies import KeptCopy, delete_kept_copies
from newsletter.subscriptions.unsubscribe import verify_link
from subscribers import storage as people
from subscribers.address import normalise
from subscribers.errors import NoSuchSubscriber
from subscribers.models import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """The result of an erasure."""

    #: Whether a subscriber had the address.
    person: bool
    #: Whether deliveries held it.
    deliveries: bool
    #: How many message files were deleted from the outbox.
    files: int

    @property
    def erased_anything(self) -> bool:
        """Whether this call erased anything."""
        return self.person or self.deliveries or self.files > 0


def erase(context: Context, address: str, *, by: Actor) -> Erasure:
    """Erase the reader with an address, at once. Idempotent.

    It takes no lock, so a run at work may still write a message that it has claimed; another
    call erases that. The database's files hold deleted rows until `vacuum_erased`, which
    every run calls. Raise InvalidAddress, and NoSuchSubscriber if nothing is stored under
    the address, not even an erasure.
    """
    plain = normalise(address)
    secrets = context.secrets.require_signing()
    with snapshot(context.engine) as connection:
        person = people.find_by_address(connection, plain)
        # Years of deliveries are read before the transaction, in which readers would wait for it.
        mentions = reader_records.find_mentions(connection, person.id if person else None, plain)
    with transaction(context.engine) as connection:
        at = context.clock()
        erased = people.erase(connection, plain, by=by, at=at, secrets=secrets)
        spellings = reader_records.erase_reader(connection, erased.subscriber_id, plain, mentions)
        vacuum.request(connection, at)
        is_known = people.find_suppression(connection, plain, secrets) is not None
    files = erase_messages(
        context.folder / context.settings.sender.outbox.folder,
        {plain, *spellings},
        erased.subscriber_id,
    )
    result = Erasure(
        person=erased.subscriber_id is not None, deliveries=bool(spellings), files=files
    )
    if not result.erased_anything and not is_known:
        raise NoSuchSubscriber(
            f"Nothing is kept under {plain}.", cure="See `newsletter subscribers list`."
        )
    return result


def erase_reader(context: Context, token: str) -> None:
    """Erase the reader whose preferences page this is. Idempotent. Raise BadToken.

    The wish of somebody who is not on the list is remembered: no import brings them back.
    """
    secrets = context.secrets.require_signing()
    link = verify_link("preferences", token, secrets)
    if link is None:
        return
    with snapshot(context.engine) as connection:
        person = people.find_by_link(connection, link)
    if person is not None:
        erase(context, person.address, by="subscriber")
        return
    with transaction(context.engine) as connection:
        at = context.clock()
        people.remember_wish(
            connection,
            (link,),
            "erased",
            at=at,
            secrets=secrets,
            note_wish=partial(context.journal.record_wish, at=at),
        )


def delete_erased_copies(context: Context) -> tuple[KeptCopy, ...]:
    """Delete the copies in the folder that held an erased person long enough.

    Return those that hold one for now, which the author may want to delete sooner.
    """
    with snapshot(context.engine) as connection:
        erased_at = people.last_erasure(connection)
    return delete_kept_copies(
        context.folder, sqlite_path(context.engine), erased_at=erased_at, now=context.clock()
    )


def vacuum_erased(context: Context) -> bool:
    """Vacuum the database if anybody was erased since the last time.

    Return whether its files are free of erased data. False while another process reads
    them; the next run tries again.
    """
    with snapshot(context.engine) as connection:
        request = vacuum.find_request(connection)
    if request is None:
        return True
    vacuum.delete_kept_copies(context.folder)
    result = vacuum.vacuum(context.engine, rewritten=request.rewritten)
    if result != "busy":
        with transaction(context.engine) as connection:
            vacuum.settle(connection, request, result)
    return result == "clean"
