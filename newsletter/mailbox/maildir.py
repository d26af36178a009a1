"""A Maildir on this machine: what the mail server puts there, file by file.

The standard library's Maildir reads whole messages to tell their flags; here the name
tells them, and only the head of a file is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from newsletter.errors import MailboxError
from newsletter.mailbox import MAX_REQUESTS
from newsletter.mailbox.unsubscribe_request import (
    LONGEST_HEAD,
    MailboxMessage,
    mentions_unsubscribe,
    parse_request,
)

_LOOKED_AT = 20_000  # letters whose subject is looked at in one run, newest first
_PORTION = 50


class MaildirMailbox:
    """A Maildir is open as long as it is there; nothing is kept between calls."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not all((path / name).is_dir() for name in ("new", "cur", "tmp")):
            raise MailboxError(
                f"There is no Maildir at {path}: it has the folders new, cur and tmp.",
                cure="Check [mailbox] path.",
            )

    def requests(self) -> Iterator[Sequence[MailboxMessage]]:
        found: list[MailboxMessage] = []
        read = 0
        for path in self._unseen():
            head = _head(path)
            if not mentions_unsubscribe(head):
                continue
            found.append(parse_request(str(path.relative_to(self._path)), head))
            read += 1
            if len(found) == _PORTION:
                yield found
                found = []
            if read == MAX_REQUESTS:
                break
        if found:
            yield found

    def mark_seen(self, letters: Sequence[MailboxMessage]) -> None:
        self._mark(letters, "S")

    def flag(self, letters: Sequence[MailboxMessage]) -> None:
        self._mark(letters, "F")

    def close(self) -> None:
        """Nothing is open."""

    def _unseen(self) -> list[Path]:
        found: list[tuple[float, Path]] = []
        try:
            for name in ("new", "cur"):
                with os.scandir(self._path / name) as entries:
                    found += [
                        (entry.stat(follow_symlinks=False).st_mtime, Path(entry.path))
                        for entry in entries
                        if not _flags(entry.name) & {"S", "F", "T"}
                        and not entry.name.startswith(".")
                        and entry.is_file(follow_symlinks=False)
                    ]
        except OSError as error:
            raise _unreadable(self._path, error) from error
        return [path for _, path in sorted(found, reverse=True)[:_LOOKED_AT]]

    def _mark(self, letters: Sequence[MailboxMessage], flag: str) -> None:
        for letter in letters:
            path = self._path / letter.key
            base = path.name.partition(":2,")[0]
            flags = "".join(sorted(_flags(path.name) | {flag}))
            try:
                path.rename(self._path / "cur" / f"{base}:2,{flags}")
            except FileNotFoundError:
                continue  # a mail program has moved it meanwhile: it is read again
            except OSError as error:
                raise _unreadable(self._path, error) from error


def _flags(name: str) -> set[str]:
    return set(name.partition(":2,")[2])


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            start = file.read(LONGEST_HEAD).replace(b"\r\n", b"\n")
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
