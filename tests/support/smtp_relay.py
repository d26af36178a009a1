"""An SMTP relay on loopback whose every reply can be scripted; it keeps what it accepted.

`to_sender` is the reply to MAIL FROM, if it is to be refused. `to_recipient` and `to_data` hold
replies by address, such as "550 no such runner". For message contents there are also "hang up"
(accepted, but the reply is lost) and "cut" (not accepted, and the connection is lost).

The scripts `greet`, `auth`, `starttls`, `mail`, `rcpt`, `data`, `dot` and `after` are called with
the conversation and return a reply, or None for the usual one; `after` is asked once a message was
accepted and speaks unasked. A reply of 421 ends the connection, and so does "close", silently.
`latency` is the delay in seconds before each packet of replies.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Self


@dataclass(slots=True)
class Conversation:
    """The state of one connection, as a script sees it."""

    #: The number of the connection, from 1.
    number: int
    #: The messages that it accepted.
    taken: int = 0
    sender: str = ""
    recipient: str = ""
    #: The address of the last RCPT TO, whether it was accepted or not.
    asked_for: str = ""
    contents: bytes = b""


Script = Callable[[Conversation], str | None]


class _Server(ThreadingTCPServer):
    daemon_threads = False
    request_queue_size = 64


@dataclass(slots=True)
class Relay:
    """The relay: `with Relay() as relay: … relay.port`."""

    pipelining: bool = True
    latency: float = 0.0
    accepted: list[tuple[str, bytes]] = field(default_factory=list)
    #: The envelope sender of each accepted message, by its recipient.
    senders: dict[str, str] = field(default_factory=dict)
    count: int = 0
    keep: bool = True
    to_recipient: dict[str, str] = field(default_factory=dict)
    to_data: dict[str, str] = field(default_factory=dict)
    to_sender: str = ""
    data_anyway: bool = False
    #: The mechanisms of AUTH that it offers.
    auth_offered: str = ""
    #: Offers STARTTLS, or with `tls_from_start` speaks TLS at once.
    tls: ssl.SSLContext | None = None
    tls_from_start: bool = False
    greet: Script | None = None
    auth: Script | None = None
    starttls: Script | None = None
    mail: Script | None = None
    rcpt: Script | None = None
    data: Script | None = None
    dot: Script | None = None
    after: Script | None = None
    #: How often each address was asked for.
    asked: Counter[str] = field(default_factory=Counter)
    #: Who tried to log in: user name and password, as they were sent.
    logins: list[tuple[str, str]] = field(default_factory=list)
    #: The names given with EHLO.
    greeted_by: list[str] = field(default_factory=list)
    #: Messages of which the first byte arrived.
    begun: int = 0
    connections: int = 0
    packets: int = 0
    port: int = 0
    open: set[socket.socket] = field(default_factory=set)
    _server: _Server | None = None

    def __enter__(self) -> Self:
        truth: Relay = self

        class Handler(_Handler):
            relay = truth

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.02,)).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.shutdown()
        self.close_connections()
        self._server.server_close()

    def close_connections(self) -> None:
        """Close every connection, as a relay does when it restarts."""
        for connection in tuple(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    @property
    def addresses(self) -> list[str]:
        return [address for address, _ in self.accepted]


class _Disconnect(Exception):
    pass


class _Handler(StreamRequestHandler):
    relay: Relay

    def handle(self) -> None:
        raw = self.connection
        self.relay.open.add(raw)
        self.relay.connections += 1
        self._talk = Conversation(self.relay.connections)
        self._buffer = b""
        self._replies: list[str] = []
        with suppress(OSError, _Disconnect):
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.relay.tls_from_start:
                self._begin_tls()
            self._say(self._scripted_reply(self.relay.greet) or "220 relay")
            while True:
                self._say(self._answer(self._line()))
        self.relay.open.discard(raw)
        with suppress(OSError):
            self.connection.close()

    def _line(self) -> str:
        while b"\r\n" not in self._buffer:
            self._flush()
            self._read()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line.decode("utf-8")

    def _say(self, reply: str) -> None:
        if reply in ("cut", "hang up", "close"):
            self._flush()
            raise _Disconnect
        self._replies.append(reply)
        if reply.startswith("421"):
            self._flush()
            raise _Disconnect

    def _flush(self) -> None:
        if self._replies:
            time.sleep(self.relay.latency)
            self.connection.sendall("".join(f"{one}\r\n" for one in self._replies).encode())
            self._replies.clear()

    def _read(self) -> None:
        result = self.connection.recv(1 << 18)
        if not result:
            raise _Disconnect
        self.relay.packets += 1
        self._buffer += result

    def _scripted_reply(self, script: Script | None) -> str | None:
        return script(self._talk) if script is not None else None

    def _answer(self, line: str) -> str:
        verb, _, words = line.partition(" ")
        answer = getattr(self, f"_answer_{verb.lower().partition(':')[0]}", None)
        return str(answer(words)) if answer is not None else "250 ok"

    def _answer_ehlo(self, words: str) -> str:
        self.relay.greeted_by.append(words)
        lines = ["relay"]
        if self.relay.pipelining:
            lines.append("PIPELINING")
        if self.relay.auth_offered:
            lines.append(f"AUTH {self.relay.auth_offered}")
        if self.relay.tls is not None and not isinstance(self.connection, ssl.SSLSocket):
            lines.append("STARTTLS")
        return "\r\n".join([*(f"250-{one}" for one in lines[:-1]), f"250 {lines[-1]}"])

    def _answer_starttls(self, _words: str) -> str:
        if reply := self._scripted_reply(self.relay.starttls):
            return reply
        self._say("220 go on")
        self._flush()
        self._begin_tls()
        return self._answer(self._line())

    def _begin_tls(self) -> None:
        assert self.relay.tls is not None
        self.connection = self.relay.tls.wrap_socket(self.connection, server_side=True)

    def _answer_auth(self, words: str) -> str:
        mechanism, _, first = words.partition(" ")
        if mechanism == "PLAIN":
            _, user, password = _decode(first).split("\0")
        elif mechanism == "LOGIN":
            user, password = _decode(first), _decode(self._ask("Password:"))
        else:
            user, _, password = _decode(self._ask("<1896.697170952@relay>")).partition(" ")
        self.relay.logins.append((user, password))
        return self._scripted_reply(self.relay.auth) or "235 2.7.0 ok"

    def _ask(self, challenge: str) -> str:
        self._say(f"334 {b64encode(challenge.encode()).decode()}")
        return self._line()

    def _answer_mail(self, words: str) -> str:
        self._talk.recipient = ""
        self._talk.sender = words.partition("<")[2].partition(">")[0]
        return self._scripted_reply(self.relay.mail) or self.relay.to_sender or "250 ok"

    def _answer_rcpt(self, words: str) -> str:
        found = re.search(r"<(.*)>", words)
        assert found, words
        self._talk.asked_for = found[1]
        self.relay.asked[found[1]] += 1
        told = self._scripted_reply(self.relay.rcpt) or self.relay.to_recipient.get(
            found[1], "250 ok"
        )
        self._talk.recipient = found[1] if told.startswith("250") else ""
        return told

    def _answer_data(self, _words: str) -> str:
        if reply := self._scripted_reply(self.relay.data):
            return reply
        if not self._talk.recipient and not self.relay.data_anyway:
            return "503 for nobody"
        self._say("354 go on")
        self._flush()
        reply = self._contents()
        if reply.startswith("250") and (unasked := self._scripted_reply(self.relay.after)):
            self._say(reply)
            return unasked
        return reply

    def _answer_rset(self, _words: str) -> str:
        self._talk.recipient = ""
        return "250 ok"

    def _answer_quit(self, _words: str) -> str:
        return "221 bye"

    def _contents(self) -> str:
        talk = self._talk
        while len(self._buffer) < len(b".\r\n"):
            self._read()
        if self._buffer.startswith(b".\r\n"):
            self._buffer = self._buffer[3:]
            return "554 no recipients"
        self.relay.begun += 1
        # Continue where the last search ended: contents may arrive in many pieces.
        start = 0
        while (end := self._buffer.find(b"\r\n.\r\n", start)) < 0:
            start = max(0, len(self._buffer) - 4)
            self._read()
        talk.contents, self._buffer = self._buffer[: end + 2], self._buffer[end + 5 :]
        told = self._scripted_reply(self.relay.dot) or self.relay.to_data.get(
            talk.recipient, "250 queued as 4711"
        )
        if told.startswith("250") or told == "hang up":
            talk.taken += 1
            self.relay.senders[talk.recipient] = talk.sender
            self.relay.count += 1
            if self.relay.keep:
                contents = talk.contents.replace(b"\r\n..", b"\r\n.")
                self.relay.accepted.append((talk.recipient, contents))
        return told


def _decode(words: str) -> str:
    return b64decode(words).decode("utf-8")
