"""The mailer built in: a folder that holds one complete message file a recipient.

A file is there whole or not at all: it is written beside its place, forced to disk, and
renamed; the folder itself is forced to disk once a batch. So a run that was killed can be
settled by looking whether the file is there.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, unquote

from newsletter.errors import MailerError
from newsletter.models import Receipt, Recipient
from newsletter.sender.batch import Batch
from newsletter.sender.mime.message import MessageBuilder, message_builder

# Forcing files to disk from several threads lets the file system write them together:
# 10,000 messages take about half the time of one thread.
_WRITERS = 8
# Most file systems allow 255 bytes; room is left for the ending.
_LONGEST_NAME = 240
# Where the Message-ID stands: within the first few header lines.
_HEAD = 4096
_SAFE_IN_NAMES = "@+!#$&'=^`{}"


class Outbox:
    """Writes `<folder>/<issue>/<address>.eml`; tests go to `test/`, confirmations to `confirm/`,
    welcomes to `welcome/`.

    A message already there counts as accepted. Another message in an issue's place is
    never overwritten: that is a MailerError, before anything of the batch is written.
    """

    name = "outbox"
    connections = 1

    def __init__(self, folder: Path, batch_size: int = 100) -> None:
        self.folder = folder
        self.batch_size = batch_size

    def send(self, batch: Batch) -> tuple[Receipt, ...]:
        """Writes the batch's messages; what could not be written is not_sent."""
        builder = message_builder(batch)
        folder = self.folder_of(batch)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._refuse_strangers(batch, builder)
        except OSError as error:
            return tuple(_not_sent(one, folder, error) for one in batch.recipients)
        with ThreadPoolExecutor(_WRITERS) as pool:
            receipts = tuple(
                pool.map(lambda one: self._write(batch, builder, one), batch.recipients)
            )
        try:
            _sync_folder(folder)
        except OSError as error:
            # The names are there now, but a power cut could still lose them: `settle` looks.
            return tuple(_doubtful(receipt, folder, error) for receipt in receipts)
        return receipts

    def settle(self, batch: Batch) -> tuple[Receipt, ...]:
        """Looks for the batch's files; half-written ones of that attempt are removed."""
        builder = message_builder(batch)
        return tuple(self._look(batch, builder, one) for one in batch.recipients)

    def close(self) -> None:
        """An outbox keeps nothing open."""

    def folder_of(self, batch: Batch) -> Path:
        """The folder this batch's messages go to."""
        kind = batch.envelope.kind
        return self.folder / (str(batch.issue) if kind == "issue" else kind)

    def _write(self, batch: Batch, builder: MessageBuilder, one: Recipient) -> Receipt:
        folder = self.folder_of(batch)
        place = folder / file_name(one.address)
        message_id = builder.message_id(one)
        try:
            written = builder.build(one)
        except MailerError as error:
            return Receipt(subscriber_id=one.subscriber_id, outcome="refused", detail=str(error))
        try:
            if not _holds(place, message_id):
                _write_whole(place, _draft(folder, batch, one), written)
        except OSError as error:
            return _not_sent(one, folder, error)
        return Receipt(subscriber_id=one.subscriber_id, outcome="accepted", provider_id=message_id)

    def _look(self, batch: Batch, builder: MessageBuilder, one: Recipient) -> Receipt:
        folder = self.folder_of(batch)
        message_id = builder.message_id(one)
        try:
            _draft(folder, batch, one).unlink(missing_ok=True)
            found = _holds(folder / file_name(one.address), message_id)
        except OSError as error:
            return Receipt(
                subscriber_id=one.subscriber_id, outcome="unknown", detail=_sentence(folder, error)
            )
        if found:
            return Receipt(
                subscriber_id=one.subscriber_id, outcome="accepted", provider_id=message_id
            )
        return Receipt(
            subscriber_id=one.subscriber_id,
            outcome="not_sent",
            detail="its file is not in the outbox",
        )

    def _refuse_strangers(self, batch: Batch, builder: MessageBuilder) -> None:
        if batch.envelope.kind != "issue":
            return
        folder = self.folder_of(batch)
        for one in batch.recipients:
            place = folder / file_name(one.address)
            if place.exists() and not _holds(place, builder.message_id(one)):
                raise MailerError(
                    f"{place} already holds another message, so issue {batch.issue} was written "
                    "before: by a rehearsal, or before the database was put back.",
                    cure=f"Move the folder {folder} away, then send again.",
                )


def file_name(address: str) -> str:
    """The file for an address: itself and `.eml`, unsafe characters as %XX.

    Reversible with urllib.parse.unquote, but for an address too long for a file name,
    which ends in a digest instead.
    """
    name = quote(address, safe=_SAFE_IN_NAMES)
    if name.startswith("."):
        name = f"%2E{name[1:]}"
    if len(name) > _LONGEST_NAME:
        name = f"{name[:180]}~{hashlib.sha256(address.encode()).hexdigest()[:32]}"
    return f"{name}.eml"


def _draft(folder: Path, batch: Batch, one: Recipient) -> Path:
    return folder / f".{quote(batch.attempt_id, safe='')}.{one.subscriber_id}.part"


def _holds(place: Path, message_id: str) -> bool:
    try:
        with place.open("rb") as file:
            return message_id.encode() in file.read(_HEAD)
    except FileNotFoundError:
        return False


def _write_whole(place: Path, draft: Path, message: bytes) -> None:
    try:
        with draft.open("wb") as file:
            file.write(message)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError as error:
        # Some network file systems cannot do this for a folder; they need not.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(opened)


def _sentence(folder: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk that holds {folder} is full; make room and send again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{folder} may not be written to; check its owner and permissions"
    return f"{folder} cannot be used: {error.strerror or error}"


def _not_sent(one: Recipient, folder: Path, error: OSError) -> Receipt:
    return Receipt(
        subscriber_id=one.subscriber_id, outcome="not_sent", detail=_sentence(folder, error)
    )


def _doubtful(receipt: Receipt, folder: Path, error: OSError) -> Receipt:
    if receipt.outcome != "accepted":
        return receipt
    return Receipt(
        subscriber_id=receipt.subscriber_id, outcome="unknown", detail=_sentence(folder, error)
    )


def erase_messages(folder: Path, addresses: Collection[str], subscriber_id: int | None) -> int:
    """Deletes every message to one of these addresses, however capitalised; how many.

    Half-written ones to the subscriber count too.
    """
    wanted = {address.lower() for address in addresses}
    digests = {file_name(address) for address in addresses}
    half = f".{subscriber_id}.part"
    deleted = 0
    for where, _, names in os.walk(folder):
        for name in names:
            whole = name.endswith(".eml") and (
                name in digests or unquote(name.removesuffix(".eml")).lower() in wanted
            )
            if whole or (subscriber_id is not None and name.endswith(half)):
                (Path(where) / name).unlink(missing_ok=True)
                deleted += 1
    return deleted
