"""A mailbox in a local Maildir, into which a mail server delivers file by file.

The standard library's Maildir reads whole messages to learn their flags. Here the file name
tells them, and only the head of a file is read.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from newsletter.errors import MailboxError
from newsletter.mailbox import REPORTS_AT_ONCE, requests_first
from newsletter.mailbox.token_addresses import MAX_HEAD, MailboxMessage, parse_head

_CHUNK = 50


class MaildirMailbox:
    """A Maildir; nothing is kept open between calls."""

    def __init__(
        self,
        path: Path,
        *,
        name: str = "[mailbox]",
        limit: float = 20,
        envelope_from: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`limit` is in seconds for reading the heads. `name` is the table of the settings."""
        self._path, self._envelope_from = path, envelope_from
        self._clock, self._begun, self._limit = clock, clock(), limit
        self.has_more = False
        if not all((path / folder).is_dir() for folder in ("new", "cur", "tmp")):
            raise MailboxError(
                f"There is no Maildir at {path}: it has the folders new, cur and tmp.",
                cure=f"Check {name} path; some mail servers make it with the first message.",
            )

    def requests(self) -> Iterator[Sequence[MailboxMessage]]:
        """Yield the messages whose subject mentions unsubscribing, those with a token first."""
        asks = self._select(lambda m: m.mentions_unsubscribe and not m.return_path_tokens, _CHUNK)
        return requests_first(asks, _CHUNK)

    def reports(self) -> Iterator[Sequence[MailboxMessage]]:
        """Yield the messages that were delivered to a return path."""
        return self._select(lambda message: bool(message.return_path_tokens), REPORTS_AT_ONCE)

    def read(self, messages: Sequence[MailboxMessage], size: int) -> Sequence[bytes]:
        """Return the first bytes of each message, b"" if it is not there any more."""
        return [_read_start(self._path / message.key, size) for message in messages]

    def mark_seen(self, messages: Sequence[MailboxMessage]) -> None:
        """Set the flag S (seen)."""
        self._add_flag(messages, "S")

    def flag(self, messages: Sequence[MailboxMessage]) -> None:
        """Set the flag F (flagged)."""
        self._add_flag(messages, "F")

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def _select(
        self, is_wanted: Callable[[MailboxMessage], bool], size: int
    ) -> Iterator[Sequence[MailboxMessage]]:
        chunk: list[MailboxMessage] = []
        for path in self._in_time(self._unseen()):
            head = _read_start(path, MAX_HEAD).replace(b"\r\n", b"\n").partition(b"\n\n")[0]
            key = str(path.relative_to(self._path))
            message = parse_head(key, head + b"\n\n", self._envelope_from)
            if is_wanted(message):
                chunk.append(message)
            if len(chunk) == size:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    def _in_time(self, paths: list[Path]) -> Iterator[Path]:
        """Yield paths while there is time, newest first.

        From the middle of the time on they are drawn at random: what does not fit into one run
        is read by one of the next, though all other mail stays unseen.
        """
        is_drawn = False
        while paths:
            passed = self._clock() - self._begun
            if passed >= self._limit:
                self.has_more = True
                return
            if not is_drawn and passed >= self._limit / 2:
                random.shuffle(paths)  # no secret depends on it
                is_drawn = True
            yield paths.pop()

    def _unseen(self) -> list[Path]:
        """Return the files of the unseen, unflagged messages, the newest last."""
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
        return [path for _, path in sorted(files)]

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


def _read_start(path: Path, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(size)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> MailboxError:
    return MailboxError(
        f"The Maildir at {path} cannot be used: {error.strerror or error}.",
        cure="Let the user who runs `newsletter` read and write it.",
    )
