"""The author's work on the list, each call one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from newsletter.pipeline.context import Context
from newsletter.storage.engine import reading, writing
from subscribers import storage
from subscribers.models import Addition, Subscriber
from subscribers.transfer import exporting, importing
from subscribers.transfer.report import ImportReport

SOURCE = "the author, by command"


def everybody(context: Context, status: str | None) -> Iterator[Subscriber]:
    """All subscribers, or those of one status, in flat memory."""
    with reading(context.engine) as connection:
        for page in storage.all_pages(connection):
            yield from (one for one in page if status is None or one.status == status)


def add(context: Context, address: str, *, name: str, hemisphere: str) -> Addition:
    """Puts a person on the list on the author's word. Raises InvalidAddress."""
    person = Subscriber(address=address, name=name, hemisphere=hemisphere)
    with writing(context.engine) as connection:
        return storage.add(
            connection,
            person,
            at=context.clock(),
            source=SOURCE,
            secrets=context.secrets.require_signing(),
        )


def import_csv(context: Context, stream: BinaryIO, *, skip_bad: bool) -> ImportReport:
    """Everybody in the file, or nobody (unless `skip_bad`). Raises ImportRejected."""
    name = Path(str(getattr(stream, "name", "standard input"))).name
    with writing(context.engine) as connection:
        return importing.import_csv(
            connection,
            stream,
            skip_bad=skip_bad,
            source=f"imported from {name}",
            now=context.clock(),
            secrets=context.secrets.require_signing(),
        )


def export_csv(context: Context, stream: BinaryIO, *, raw: bool) -> int:
    """Writes everybody; returns how many."""
    with reading(context.engine) as connection:
        return exporting.export_csv(connection, stream, raw=raw)


def remove(context: Context, address: str) -> bool:
    """Unsubscribes a person; false when they had left already. Raises NoSuchSubscriber."""
    with writing(context.engine) as connection:
        return storage.remove(connection, address, at=context.clock(), source=SOURCE)
