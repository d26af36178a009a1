"""The author's work on the list, each call one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from newsletter.pipeline.context import Context
from newsletter.pipeline.letters import send_letters
from newsletter.storage.engine import reading, writing
from subscribers import storage
from subscribers.models import Addition, Subscriber
from subscribers.storage import bulk, letters
from subscribers.transfer import exporting, importing
from subscribers.transfer.report import ImportReport

SOURCE = "the author, by command"


def everybody(context: Context, status: str | None) -> Iterator[Subscriber]:
    """All subscribers, or those of one status, in flat memory."""
    with reading(context.engine) as connection:
        for page in storage.all_pages(connection):
            yield from (one for one in page if status is None or one.status == status)


def add(
    context: Context, address: str, *, name: str, hemisphere: str, confirm: bool = False
) -> Addition:
    """Puts a person on the list on the author's word. Raises InvalidAddress.

    With `confirm` they are asked first: pending, until they say yes.
    """
    person = Subscriber(
        address=address,
        name=name,
        hemisphere=hemisphere,
        status="pending" if confirm else "active",
    )
    with writing(context.engine) as connection:
        addition = storage.add(
            connection,
            person,
            at=context.clock(),
            source=SOURCE,
            secrets=context.secrets.require_signing(),
        )
        added = addition.subscriber
        if confirm and added is not None and added.status == "pending" and not added.was:
            letters.ask(connection, added.id, at=context.clock(), now=context.real_clock())
    if confirm:
        send_letters(context)
    return addition


def import_csv(
    context: Context, stream: BinaryIO, *, skip_bad: bool, confirm: bool = False
) -> ImportReport:
    """Everybody in the file, or nobody (unless `skip_bad`). Raises ImportRejected.

    With `confirm` who is new is asked first: pending, until they say yes.
    """
    name = Path(str(getattr(stream, "name", "standard input"))).name
    at = context.clock()
    with writing(context.engine) as connection:
        before = bulk.last_id(connection)
        report = importing.import_csv(
            connection,
            stream,
            skip_bad=skip_bad,
            confirm=confirm,
            source=f"imported from {name}",
            now=at,
            secrets=context.secrets.require_signing(),
        )
        if confirm:
            letters.ask_new(connection, after=before, at=at, now=context.real_clock())
    if confirm:
        send_letters(context)
    return report


def export_csv(context: Context, stream: BinaryIO, *, raw: bool) -> int:
    """Writes everybody; returns how many."""
    with reading(context.engine) as connection:
        return exporting.export_csv(connection, stream, raw=raw)


def remove(context: Context, address: str) -> bool:
    """Unsubscribes a person; false when they had left already. Raises NoSuchSubscriber."""
    with writing(context.engine) as connection:
        return storage.remove(connection, address, at=context.clock(), source=SOURCE)
