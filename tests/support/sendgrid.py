"""A stand-in for SendGrid on loopback that records whom it would really have mailed.

`mailed` lists every recipient of every request that it accepted, whether or not the sender received
the response; `addresses` leaves out those that were cancelled. `script` holds one fault for each
request to send, `other_script` one for each other call, such as a dry run. Without a fault the
stand-in judges the request by its own rules.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlsplit

from tests.support.unsubscribing.sendgrid_groups import (
    answer_suppressions,
    count_links,
    follow_link,
    suppressed_addresses,
    unsubscribe_fault,
)

Fault = Literal["reset", "lost", "silence", "torn", "half_a_line", "garbage", "trickle", "hang_up"]
KEY = "SG.made-up-for-tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A response to give instead of judging the request; nothing is accepted."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: Any = None


@dataclass(slots=True)
class SendGridStandIn:
    """The stand-in: `with SendGridStandIn() as sendgrid: … sendgrid.url`."""

    mailed: list[dict[str, Any]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    script: deque[Reply | Fault | None] = field(default_factory=deque)
    other_script: deque[Reply | Fault | None] = field(default_factory=deque)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    cancelled: set[str] = field(default_factory=set)
    batch_ids: int = 0
    lists: dict[str, list[str]] = field(default_factory=dict)
    #: The unsubscribe groups by id, each with the addresses that left it.
    groups: dict[int, list[str]] = field(default_factory=dict)
    #: What a key may read of its account, by path: `scopes`, `whitelabel/domains` …
    account: dict[str, Reply] = field(default_factory=dict)
    refused_addresses: set[str] = field(default_factory=set)
    silently_refused: set[str] = field(default_factory=set)
    most_recipients: int = 1000
    connections: int = 0
    #: The port of the client that connected last.
    newest_port: int = 0
    #: Requests of which the first line arrived.
    begun: int = 0
    clock: Callable[[], float] = time.time
    url: str = ""
    _server: ThreadingHTTPServer | None = None
    _open: set[socket.socket] = field(default_factory=set)
    _closing: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        truth: SendGridStandIn = self

        class Handler(_Handler):
            standin = truth

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.standin = self
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,)).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        if self._server is not None:
            self._server.shutdown()
            for connection in tuple(self._open):
                # A client that keeps its connection open would keep the server's thread alive.
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._server.server_close()

    @property
    def addresses(self) -> list[str]:
        """Return who would be mailed, once for each message."""
        generator = (
            document for document in self.mailed if document["batch_id"] not in self.cancelled
        )
        return [str(document["to"]) for document in generator]

    def other(self, method: str, path: str, body: Any) -> Reply:
        """Answer a call that sends nothing."""
        self.calls.append((method, path, body))
        name = path.partition("?")[0].removeprefix("/v3/")
        match method, name.split("/"):
            case "POST", ["mail", "send"]:
                return self.judge(body) or Reply(status=200)
            case "POST", ["mail", "batch"]:
                self.batch_ids += 1
                return Reply(status=201, body={"batch_id": f"hold-{self.batch_ids}"})
            case "POST", ["user", "scheduled_sends"] if body["batch_id"] in self.cancelled:
                return Reply(status=400, body=_errors(None, "a status exists already"))
            case "POST", ["user", "scheduled_sends"]:
                self.cancelled.add(body["batch_id"])
                return Reply(status=201, body=body)
            case "PATCH", ["user", "scheduled_sends", held]:
                self.cancelled.add(held)
                return Reply(status=204)
            case "GET", ["user", "scheduled_sends", held]:
                there = [{"batch_id": held, "status": "cancel"}] if held in self.cancelled else []
                return Reply(status=200, body=there)
            case "GET", ["suppression", listed]:
                offset = int(parse_qs(urlsplit(path).query)["offset"][0])
                page = self.lists.get(listed, [])[offset : offset + 500]
                return Reply(status=200, body=[{"created": 1, "email": item} for item in page])
            case _, ["asm", *rest]:
                answer = answer_suppressions(method, rest, body, self.lists, self.groups)
                return Reply(status=answer[0], body=answer[1])
        return self.account.get(name, Reply(status=404, body=_errors(None, "not found")))

    def unsubscribe(self, address: str) -> None:
        """Follow SendGrid's link in the newest message to an address, as a reader would."""
        message = next(each for each in reversed(self.mailed) if each["to"] == address)
        follow_link(message, self.lists, self.groups)

    def add_connection(self, connection: socket.socket) -> None:
        """Remember a connection, to close it with the stand-in."""
        self._open.add(connection)

    def remove_connection(self, connection: socket.socket) -> None:
        """Forget a connection that has ended."""
        self._open.discard(connection)

    def accept_waiting(self) -> None:
        """Wait until every connection that was made before is accepted."""
        port = int(self.url.rpartition(":")[2])
        # Connections are accepted in their order.
        with socket.create_connection(("127.0.0.1", port)) as probe:
            while self.newest_port != probe.getsockname()[1]:
                time.sleep(0.0005)

    @property
    def is_idle(self) -> bool:
        """Whether no connection is open."""
        return not self._open

    def wait_for_close(self, seconds: float) -> bool:
        """Wait, at most until the stand-in is closed; return whether it was."""
        return self._closing.wait(seconds)

    def judge(self, payload: dict[str, Any]) -> Reply | None:
        """Return SendGrid's refusal of a request, or None if it accepts it."""
        people = payload["personalizations"]
        if len(people) > self.most_recipients:
            return Reply(status=413, body=_errors(None, "too large"))
        if fault := unsubscribe_fault(payload, self.groups):
            return Reply(status=400, body=_errors(*fault))
        addresses = [person["to"][0]["email"] for person in people]
        for at, address in enumerate(addresses):
            if address in self.refused_addresses:
                field_ = f"personalizations.{at}.to.0.email"
                return Reply(status=400, body=_errors(field_, "Does not contain a valid address."))
        if self.silently_refused & set(addresses):
            return Reply(status=400, body=_errors(None, "Bad Request"))
        return None

    def take(self, payload: dict[str, Any]) -> None:
        """Queue the messages of a request, but for the addresses that are suppressed."""
        gone = suppressed_addresses(payload, self.lists, self.groups)
        link = {
            "group": payload.get("asm", {}).get("group_id", 0),
            "unsubscribe_links": count_links(payload),
        }
        self.mailed += (
            {
                "to": personalization["to"][0]["email"],
                "substitutions": personalization["substitutions"],
                "headers": payload["headers"] | personalization.get("headers", {}),
                "custom_args": personalization["custom_args"],
                "batch_id": payload.get("batch_id", ""),
                **link,
            }
            for personalization in payload["personalizations"]
            if personalization["to"][0]["email"] not in gone
        )


class _Server(ThreadingHTTPServer):
    standin: SendGridStandIn

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self.standin.add_connection(connection)
        self.standin.newest_port = address[1]
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A killed client resets its connection, which some tests provoke.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    standin: SendGridStandIn

    def setup(self) -> None:
        super().setup()
        self.standin.connections += 1

    def log_message(self, *_: object) -> None: ...

    def parse_request(self) -> bool:
        self.standin.begun += 1
        return super().parse_request()

    def do_GET(self) -> None:
        self._other("GET")

    def do_PATCH(self) -> None:
        self._other("PATCH")

    def do_DELETE(self) -> None:
        self._other("DELETE")

    def _other(self, method: str, payload: Any = None) -> None:
        if payload is None and (length := int(self.headers["Content-Length"] or 0)):
            payload = json.loads(self.rfile.read(length))
        fault = self.standin.other_script.popleft() if self.standin.other_script else None
        if self.headers["Authorization"] != f"Bearer {KEY}":
            self._give(Reply(status=401, body=_errors(None, "The authorization is invalid")))
        elif isinstance(fault, Reply):
            self._give(fault)
        elif fault == "reset":
            self._reset()
        else:
            reply = self.standin.other(method, self.path, payload)
            if fault == "lost":
                self._reset()
            else:
                self._give(reply)

    def do_POST(self) -> None:
        if self.path != "/v3/mail/send":
            self._other("POST")
            return
        fault = self.standin.script.popleft() if self.standin.script else None
        if fault == "hang_up":
            self._reset()
            return
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True  # the client hung up in the midst of it
            return
        if self.headers["Authorization"] != f"Bearer {KEY}":
            self._give(Reply(status=401, body=_errors(None, "The authorization is invalid")))
            return
        payload = json.loads(body)
        if payload["mail_settings"]["sandbox_mode"]["enable"]:
            if fault is not None:
                self.standin.script.appendleft(fault)
            self._other("POST", payload)
            return
        self.standin.requests.append(payload)
        if isinstance(fault, Reply):
            self._give(fault)
        elif fault == "reset":
            self._reset()
        elif reply := self.standin.judge(payload):
            self._give(reply)
        else:
            self.standin.take(payload)
            self._accept(fault)

    def _accept(self, fault: Fault | None) -> None:
        match fault:
            case None:
                self._give(Reply(status=202, headers=(("X-Message-Id", "made-up-id"),)))
            case "silence":
                self.standin.wait_for_close(5)
                self._reset()
            case "trickle":
                for byte in b"HTTP/1.1 202 Accepted\r\n\r\n":
                    self.wfile.write(bytes([byte]))
                    if self.standin.wait_for_close(0.05):
                        break
                self._reset()
            case "torn":
                self.wfile.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 50\r\n\r\nhalf")
                self._reset()
            case "half_a_line":
                self.wfile.write(b"HTTP/1.1 2")
                self._reset()
            case "garbage":
                self.wfile.write(b"\x00\xff no HTTP at all\r\n\r\n")
                self._reset()
            case _:
                self._reset()

    def _give(self, reply: Reply) -> None:
        body = json.dumps(reply.body).encode() if reply.body is not None else b""
        self.send_response_only(reply.status)
        self.send_header("Date", formatdate(self.standin.clock(), usegmt=True))
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _reset(self) -> None:
        """Close the connection so that the client sees a reset instead of an end of file."""
        self.wfile.flush()
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def finish(self) -> None:
        self.standin.remove_connection(self.connection)
        # Closing a connection that was reset on purpose has no more data to flush.
        self.rfile.close()


def _errors(field_: str | None, message: str) -> dict[str, Any]:
    return {"errors": [{"field": field_, "message": message, "help": None}]}
