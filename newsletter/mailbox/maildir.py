"""A mailbox in a local Maildir, into which a mail server delivers file by file.

The standard library's Maildir reads whole messages to learn their flags. Here the file name
tells them, and only the head of a file is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from newsletter.errors import MailboxError
from newsletter.mailbox import MAX_REQUESTS
from newsletter.mailbox.unsubscribe_request import (
    MAX_HEAD,
    MailboxMessage,
    mentions_unsubscribe,
    parse_request,
)

# Messages whose subject is read in one run, newest first.
_MAX_READ = 20_000
_CHUNK = 50


class MaildirMailbox:
    """A Maildir; nothing is kept open between calls."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not all((path / name).is_dir() for name in ("new", "cur", "tmp")):
            raise MailboxError(
                f"There is no Maildir at {path}: it has the folders new, cur and tmp.",
                cure="Check [mailbox] path.",
            )

    def requests(self) -> Iterator[Sequence[MailboxMessage]]:
        """Yield the unseen, unflagged messages whose subject mentions unsubscribing."""
        chunk: list[MailboxMessage] = []
        count = 0
        for path in self._unseen():
            head = _read_head(path)
            if not mentions_unsubscribe(head):
                continue
            chunk.append(parse_request(str(path.relative_to(self._path)), head))
            count += 1
            if len(chunk) == _CHUNK:
                yield chunk
                chunk = []
            if count == MAX_REQUESTS:
                break
        if chunk:
            yield chunk

    def mark_seen(self, messages: Sequence[MailboxMessage]) -> None:
        """Set the flag S (seen)."""
        self._add_flag(messages, "S")

    def flag(self, messages: Sequence[MailboxMessage]) -> None:
        """Set the flag F (flagged)."""
        self._add_flag(messages, "F")

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def _unseen(self) -> list[Path]:
        files: list[tuple[float, Path]] = []
        try:
            for name in ("new", "cur"):
                with os.scandir(self._path / name) as entries:
                    files += [
                        (entry.stat(follow_symlinks=False).st_mtime, Path(entry.path))
                        for entry in entries
                        if not _flags(entry.name) & {"S", "F", "T"}
                        and not entry.name.startswith(".")
                        and entry.is_file(follow_symlinks=False)
                    ]
        except OSError as error:
            raise _unreadable(self._path, error) from error
        return [path for _, path in sorted(files, reverse=True)[:_MAX_READ]]

    def _add_flag(self, messages: Sequence[MailboxMessage], flag: str) -> None:
        for message in messages:
            path = self._path / message.key
            base = path.name.partition(":2,")[0]
            flags = "".join(sorted(_flags(path.name) | {flag}))
            try:
                path.rename(self._path / "cur" / f"{base}:2,{flags}")
            except FileNotFoundError:
                continue  # a mail program has moved it meanwhile: the next run reads it again
            except OSError as error:
                raise _unreadable(self._path, error) from error


def _flags(name: str) -> set[str]:
    return set(name.partition(":2,")[2])


def _read_head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            start = file.read(MAX_HEAD).replace(b"\r\n", b"\n")
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise _unreadable(path, error) from error
    return start.partition(b"\n\n")[0] + b"\n\n"


def _unreadable(path: Path, error: OSError) -> MailboxError:
    return MailboxError(
        f"The Maildir at {path} cannot be used: {error.strerror or error}.",
        cure="Let the user who runs `newsletter` read and write it.",
    )
