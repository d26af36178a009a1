"""An IMAP server over TLS that keeps its messages in memory.

It implements the commands of RFC 3501 that the program uses, and can be made to misbehave.
"""

from __future__ import annotations

import base64
import email.policy
import re
import shlex
import socketserver
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from email.parser import BytesParser
from pathlib import Path
from typing import Any

_WITHOUT = {"UNSEEN": r"\Seen", "UNFLAGGED": r"\Flagged", "UNDELETED": r"\Deleted"}
_CONTENTS = re.compile(r"BODY\.PEEK\[\]<0\.(\d+)>")
_FIELDS = re.compile(r"BODY\.PEEK\[HEADER\.FIELDS \(([^)]*)\)\]<0\.(\d+)>")


@dataclass(slots=True)
class StoredMessage:
    """A message in the mailbox: its bytes and its flags."""

    raw: bytes
    flags: set[str] = field(default_factory=set)

    def matches(self, keys: list[str]) -> bool:
        """Whether all search keys match (RFC 3501, 6.4.4): flags, SUBJECT, HEADER and OR."""
        while keys:
            if not self._matches_next(keys):
                return False
        return True

    def _matches_next(self, keys: list[str]) -> bool:
        key = keys.pop(0)
        if key == "OR":
            # Both are read, whatever the first says.
            first, second = self._matches_next(keys), self._matches_next(keys)
            return first or second
        if key in _WITHOUT:
            return _WITHOUT[key] not in self.flags
        field = keys.pop(0) if key == "HEADER" else "Subject"
        assert key in ("HEADER", "SUBJECT"), key
        wanted = keys.pop(0).lower()
        return any(wanted in value.lower() for value in self._values(field))

    def _values(self, field: str) -> list[str]:
        """Return a field's values as a server decodes them for SEARCH."""
        message = BytesParser(policy=email.policy.default).parsebytes(self.raw, headersonly=True)
        return [str(value) for value in message.get_all(field, [])]


class ImapServer(socketserver.ThreadingTCPServer):
    """The server. `letters` are the messages of INBOX; `spoken` are all commands received, without
    tags.

    With `dribbles` it answers each SEARCH one byte at a time, without end. `refuses` names a
    command that it answers with NO.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, path: Path, password: str) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.trust.load_cert_chain(path)
        self.password = password
        self.letters: list[StoredMessage] = []
        self.commands: list[str] = []
        self.sent = 0
        self.dribbles = False
        self.refuses = ""
        self.leaving = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def add(self, raw: bytes) -> StoredMessage:
        self.letters.append(StoredMessage(raw))
        return self.letters[-1]

    def handle_error(self, *_: Any) -> None:
        """Ignore clients that disconnect early: some tests do."""


class _Session(socketserver.BaseRequestHandler):
    server: ImapServer

    def handle(self) -> None:
        try:
            stream = self.server.trust.wrap_socket(self.request, server_side=True)
        except OSError:
            return  # The client does not trust the certificate.
        with stream, stream.makefile("rb") as self.file, suppress(OSError):
            self.stream = stream
            self._talk()

    def _talk(self) -> None:
        self._say("* OK ready")
        for line in self.file:
            tag, _, rest = line.decode("ascii").strip().partition(" ")
            self.server.commands.append(rest)
            command = rest.split(" ")[1] if rest.startswith("UID") else rest.split(" ")[0]
            if self.server.refuses == command:
                self._say(f"{tag} NO not today")
                continue
            answer = getattr(self, f"_{command.lower()}")(rest)
            self._say(f"{tag} {answer}")
            if command == "LOGOUT":
                return

    def _say(self, line: str, literal: bytes = b"") -> None:
        sent = line.encode("ascii") + literal + (b"" if literal else b"\r\n")
        self.server.sent += len(sent)
        self.stream.sendall(sent)

    def _capability(self, _: str) -> str:
        self._say("* CAPABILITY IMAP4rev1 AUTH=PLAIN")
        return "OK done"

    def _login(self, rest: str) -> str:
        _, user, password = shlex.split(rest)
        return self._let_in(user, password)

    def _authenticate(self, _: str) -> str:
        self._say("+ ")
        _, user, password = base64.b64decode(self.file.readline()).decode().split("\0")
        return self._let_in(user, password)

    def _let_in(self, user: str, password: str) -> str:
        known = (user, password) == ("leave+us@example.com", self.server.password)
        return "OK in" if known else "NO [AUTHENTICATIONFAILED] wrong password"

    def _select(self, rest: str) -> str:
        if rest != 'SELECT "INBOX"':
            return "NO no such folder"
        self._say(f"* {len(self.server.letters)} EXISTS")
        return "OK [READ-WRITE] open"

    def _search(self, rest: str) -> str:
        while self.server.dribbles and not self.server.leaving.is_set():
            self._say("*", b" ")
            time.sleep(0.02)
        keys = shlex.split(rest)[2:]
        found = [
            str(number)
            for number, letter in enumerate(self.server.letters, start=1)
            if letter.matches(list(keys))
        ]
        self._say(" ".join(("* SEARCH", *found)))
        return "OK done"

    def _fetch(self, rest: str) -> str:
        numbers = rest.split(" ")[2].split(",")
        if contents := _CONTENTS.search(rest):
            for number in map(int, numbers):
                literal = self.server.letters[number - 1].raw[: int(contents[1])]
                self._say(
                    f"* {number} FETCH (UID {number} BODY[]<0> {{{len(literal)}}}\r\n", literal
                )
                self._say(")")
            return "OK done"
        wanted = _FIELDS.search(rest)
        assert wanted is not None
        names = {name.lower() for name in wanted[1].split()}
        for number in map(int, numbers):
            head = self.server.letters[number - 1].raw.partition(b"\r\n\r\n")[0] + b"\r\n"
            lines = re.findall(rb"[^\r\n]+\r\n(?:[ \t][^\r\n]*\r\n)*", head)
            kept = [line for line in lines if line.partition(b":")[0].decode().lower() in names]
            literal = (b"".join(kept) + b"\r\n")[: int(wanted[2])]
            shown = f"* {number} FETCH (BODY[HEADER.FIELDS ({wanted[1]})]<0> {{{len(literal)}}}\r\n"
            self._say(shown, literal)
            self._say(f" UID {number})")
        return "OK done"

    def _store(self, rest: str) -> str:
        _, _, numbers, _, flags = rest.split(" ")
        for number in map(int, numbers.split(",")):
            self.server.letters[number - 1].flags.add(flags.strip("()"))
        return "OK done"

    def _logout(self, _: str) -> str:
        self._say("* BYE")
        return "OK done"
