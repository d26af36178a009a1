"""An SMTP relay on loopback that offers pipelining and keeps the messages it accepted.

`to_sender` is the reply to MAIL FROM, if it is to be refused. `to_recipient` and `to_data` hold
replies by address, such as "550 no such runner". For message contents there are also "hang up"
(accepted, but the reply is lost) and "cut" (not accepted, and the connection is lost). `latency` is
the delay in seconds before each packet of replies.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Self


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
        for one in tuple(self.open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    @property
    def addresses(self) -> list[str]:
        return [address for address, _ in self.accepted]


class _Disconnect(Exception):
    pass


class _Handler(StreamRequestHandler):
    relay: Relay

    def handle(self) -> None:
        self.relay.open.add(self.connection)
        self.relay.connections += 1
        self._buffer = b""
        self._recipient = self._sender = ""
        with suppress(OSError, _Disconnect):
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connection.sendall(b"220 relay\r\n")
            self._converse()
        self.relay.open.discard(self.connection)

    def _converse(self) -> None:
        replies: list[str] = []
        while True:
            line, end, rest = self._buffer.partition(b"\r\n")
            if not end:
                if replies:
                    time.sleep(self.relay.latency)
                    self.connection.sendall("".join(f"{one}\r\n" for one in replies).encode())
                    replies.clear()
                self._read()
                continue
            self._buffer = rest
            replies.append(self._answer(line.decode()))
            if replies[-1].startswith("354"):
                time.sleep(self.relay.latency)
                self.connection.sendall("".join(f"{one}\r\n" for one in replies).encode())
                replies = [self._contents()]

    def _read(self) -> None:
        found = self.connection.recv(1 << 18)
        if not found:
            raise _Disconnect
        self.relay.packets += 1
        self._buffer += found

    def _answer(self, line: str) -> str:
        verb = line[:4].upper()
        if verb == "EHLO":
            return "250-relay\r\n250 PIPELINING" if self.relay.pipelining else "250 relay"
        if verb == "RCPT":
            found = re.search(r"<(.*)>", line)
            assert found, line
            told = self.relay.to_recipient.get(found[1], "250 ok")
            self._recipient = found[1] if told.startswith("250") else ""
            return told
        if verb == "DATA":
            return "354 go on" if self._recipient or self.relay.data_anyway else "503 for nobody"
        if verb in ("MAIL", "RSET"):
            self._recipient = ""
        if verb == "MAIL":
            self._sender = line.partition("<")[2].partition(">")[0]
        if verb == "MAIL" and self.relay.to_sender:
            return self.relay.to_sender
        return "221 bye" if verb == "QUIT" else "250 ok"

    def _contents(self) -> str:
        # Continue where the last search ended: contents may arrive in many pieces.
        start = 0
        if self._buffer.startswith(b".\r\n"):
            self._buffer = self._buffer[3:]
            return "554 no recipients"
        while (end := self._buffer.find(b"\r\n.\r\n", start)) < 0:
            if self._buffer == b".\r\n":
                self._buffer = b""
                return "554 no recipients"
            start = max(0, len(self._buffer) - 4)
            self._read()
        contents, self._buffer = self._buffer[: end + 2], self._buffer[end + 5 :]
        told = self.relay.to_data.get(self._recipient, "250 queued as 4711")
        if told == "cut":
            raise _Disconnect
        if told.startswith("250") or told == "hang up":
            self.relay.senders[self._recipient] = self._sender
            self.relay.count += 1
            if self.relay.keep:
                self.relay.accepted.append((self._recipient, contents.replace(b"\r\n..", b"\r\n.")))
        if told == "hang up":
            raise _Disconnect
        return told
