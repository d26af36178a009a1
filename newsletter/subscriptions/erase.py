"""Forget a reader: out of every table and file, but for the mark that keeps them out."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.context import Context
from newsletter.sender.mailers.outbox import erase_messages
from newsletter.storage import erasure
from newsletter.storage.database import vacuum
from newsletter.storage.database.engine import snapshot, transaction
from subscribers import storage as people
from subscribers.address import normalise
from subscribers.errors import NoSuchSubscriber
from subscribers.models import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was erased: `person` whether somebody was kept under the address; how many
    deliveries' spellings of it and message `files`.
    """

    person: bool
    deliveries: bool
    files: int

    @property
    def anything(self) -> bool:
        return self.person or self.deliveries or self.files > 0


def erase(context: Context, address: str, *, by: Actor) -> Erasure:
    """Forgets the reader at an address; safe to repeat, and at once.

    It takes no lock, so a run that is at work may yet write a message it had in hand:
    erasing again finds it. The database's files still hold traces until `wipe_traces`,
    which every run calls. Raises InvalidAddress, and NoSuchSubscriber where nothing is
    kept under the address, not even that it was erased.
    """
    plain = normalise(address)
    secrets = context.secrets.require_signing()
    with transaction(context.engine) as connection:
        at = context.clock()
        erased = people.erase(connection, plain, by=by, at=at, secrets=secrets)
        spelled = erasure.erase_reader(connection, erased.subscriber_id, plain)
        vacuum.request(connection, at)
        known = people.find_suppression(connection, plain, secrets) is not None
    files = erase_messages(
        context.folder / context.settings.sender.outbox.folder,
        {plain, *spelled},
        erased.subscriber_id,
    )
    found = Erasure(person=erased.subscriber_id is not None, deliveries=bool(spelled), files=files)
    if not found.anything and not known:
        raise NoSuchSubscriber(
            f"Nothing is kept under {plain}.", cure="See `newsletter subscribers list`."
        )
    return found


def wipe_traces(context: Context) -> bool:
    """Writes the database's files anew, if anybody was erased since; true if none are left.

    False while somebody is reading them: the next run tries again.
    """
    with snapshot(context.engine) as connection:
        if not vacuum.is_pending(connection):
            return True
    if not vacuum.vacuum(context.engine):
        return False
    with transaction(context.engine) as connection:
        vacuum.clear_request(connection)
    return True
