"""The built-in mailer: a folder with one complete message file for each recipient.

A file is there whole or not at all: it is written under another name, forced to disk and
renamed, and the folder is forced to disk once a batch. So `settle` finds out what a killed run
has done by looking for the files.
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
from newsletter.sender.batch import Batch, receipt_for_each
from newsletter.sender.mime.message import MessageBuilder, message_builder

# Several threads let the file system flush many files together: 10,000 messages take about
# half the time of one thread.
_WRITERS = 8
_ENDING = ".eml"
# Most file systems allow 255 bytes in a name; the ending needs some of them.
_MAX_NAME = 240
# The Message-ID is within the first few header lines.
_HEAD_SIZE = 4096
_SAFE_IN_NAMES = "@+!#$&'=^`{}"


class Outbox:
    """Write `<folder>/<issue>/<address>.eml`; messages of other kinds go to `test/`, `confirm/`,
    `welcome/` and `notice/`. Notices are numbered (`<issue>-<n>-<address>.eml`), so that all stay.

    A message that is there already counts as accepted. Another message in an issue's place is
    never overwritten: it raises MailerError before anything of the batch is written.
    """

    name = "outbox"
    connections = 1

    def __init__(self, folder: Path, batch_size: int = 100) -> None:
        self.folder = folder
        self.batch_size = batch_size

    def send(self, batch: Batch) -> tuple[Receipt, ...]:
        """Write the batch's messages; what cannot be written is not_sent."""
        builder = message_builder(batch)
        folder = self.folder_of(batch)
        try:
            folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            self._require_no_other_messages(batch, builder)
        except OSError as error:
            return receipt_for_each(batch.recipients, "not_sent", _sentence(folder, error))
        with ThreadPoolExecutor(_WRITERS) as pool:
            receipts = tuple(
                pool.map(lambda recipient: self._write(batch, builder, recipient), batch.recipients)
            )
        try:
            _sync_folder(folder)
        except OSError as error:
            # The names are there now, but a power cut could still lose them: `settle` looks.
            return tuple(_unknown_if_accepted(receipt, folder, error) for receipt in receipts)
        return receipts

    def settle(self, batch: Batch) -> tuple[Receipt, ...]:
        """Look for the batch's files; delete half-written ones of that attempt."""
        builder = message_builder(batch)
        return tuple(self._look_up(batch, builder, recipient) for recipient in batch.recipients)

    def close(self) -> None:
        """Do nothing: an outbox keeps nothing open."""

    def folder_of(self, batch: Batch) -> Path:
        """Return the folder of this batch's messages."""
        kind = batch.envelope.kind
        return self.folder / (str(batch.issue_number) if kind == "issue" else kind)

    def _write(self, batch: Batch, builder: MessageBuilder, recipient: Recipient) -> Receipt:
        folder = self.folder_of(batch)
        path = folder / self._name_of(batch, recipient)
        message_id = builder.message_id(recipient)
        try:
            message = builder.build(recipient)
        except MailerError as error:
            return Receipt(
                subscriber_id=recipient.subscriber_id, outcome="refused", detail=str(error)
            )
        try:
            if not _holds(path, message_id):
                _write_whole(path, _part_path(folder, batch, recipient), message)
        except OSError as error:
            return Receipt(
                subscriber_id=recipient.subscriber_id,
                outcome="not_sent",
                detail=_sentence(folder, error),
            )
        return Receipt(
            subscriber_id=recipient.subscriber_id, outcome="accepted", provider_id=message_id
        )

    def _name_of(self, batch: Batch, recipient: Recipient) -> str:
        name = file_name(recipient.address)
        if batch.envelope.kind != "notice":
            return name
        number = 1
        while any(self.folder_of(batch).glob(f"{batch.issue_number}-{number}-*")):
            number += 1
        return f"{batch.issue_number}-{number}-{name}"

    def _look_up(self, batch: Batch, builder: MessageBuilder, recipient: Recipient) -> Receipt:
        folder = self.folder_of(batch)
        message_id = builder.message_id(recipient)
        try:
            _part_path(folder, batch, recipient).unlink(missing_ok=True)
            is_there = _holds(folder / file_name(recipient.address), message_id)
        except OSError as error:
            return Receipt(
                subscriber_id=recipient.subscriber_id,
                outcome="unknown",
                detail=_sentence(folder, error),
            )
        if is_there:
            return Receipt(
                subscriber_id=recipient.subscriber_id, outcome="accepted", provider_id=message_id
            )
        return Receipt(
            subscriber_id=recipient.subscriber_id,
            outcome="not_sent",
            detail="its file is not in the outbox",
        )

    def _require_no_other_messages(self, batch: Batch, builder: MessageBuilder) -> None:
        if batch.envelope.kind != "issue":
            return
        folder = self.folder_of(batch)
        for recipient in batch.recipients:
            path = folder / file_name(recipient.address)
            if path.exists() and not _holds(path, builder.message_id(recipient)):
                raise MailerError(
                    f"{path} already holds another message, so issue {batch.issue_number} was "
                    "written before: by a rehearsal, or before the database was put back.",
                    cure=f"Move the folder {folder} away, then send again.",
                )


def erase_messages(folder: Path, addresses: Collection[str], subscriber_id: int | None) -> int:
    """Delete every message to these addresses, in any capitalisation; return how many.

    Half-written files of the subscriber are deleted as well.
    """
    lowered = {address.lower() for address in addresses}
    names = {file_name(address) for address in addresses}
    part_ending = f".{subscriber_id}.part"
    deleted = 0
    for parent, _, files in os.walk(folder):
        for file in files:
            is_message = file.endswith(_ENDING) and (
                file in names or unquote(file.removesuffix(_ENDING)).lower() in lowered
            )
            if is_message or (subscriber_id is not None and file.endswith(part_ending)):
                (Path(parent) / file).unlink(missing_ok=True)
                deleted += 1
    return deleted


def file_name(address: str) -> str:
    """Return the file name for an address: the address and `.eml`, unsafe characters as %XX.

    `urllib.parse.unquote` reverses it, unless the address is too long for a file name: then
    the name ends in a digest.
    """
    name = quote(address, safe=_SAFE_IN_NAMES)
    if name.startswith("."):
        name = f"%2E{name[1:]}"
    if len(name) > _MAX_NAME:
        name = f"{name[:180]}~{hashlib.sha256(address.encode()).hexdigest()[:32]}"
    return f"{name}{_ENDING}"


def _part_path(folder: Path, batch: Batch, recipient: Recipient) -> Path:
    return folder / f".{quote(batch.attempt_id, safe='')}.{recipient.subscriber_id}.part"


def _holds(path: Path, message_id: str) -> bool:
    try:
        with path.open("rb") as file:
            return message_id.encode() in file.read(_HEAD_SIZE)
    except FileNotFoundError:
        return False


def _write_whole(path: Path, part: Path, message: bytes) -> None:
    try:
        # A message holds its reader's address and token.
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(message)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems cannot flush a folder, and need not.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _sentence(folder: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk that holds {folder} is full; make room and send again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{folder} may not be written to; check its owner and permissions"
    return f"{folder} cannot be used: {error.strerror or error}"


def _unknown_if_accepted(receipt: Receipt, folder: Path, error: OSError) -> Receipt:
    if receipt.outcome != "accepted":
        return receipt
    return Receipt(
        subscriber_id=receipt.subscriber_id, outcome="unknown", detail=_sentence(folder, error)
    )
