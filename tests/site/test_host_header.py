"""The Host header is the sender's choice: no answer and no message follows it."""

from __future__ import annotations

import re
import socket
from itertools import product

from newsletter.context import Context
from tests.support.newsletter_folder import subscribe
from tests.support.sign_up import form_token_aged, message_to
from tests.support.visitor import Visitor

HOSTS = [
    b"evil.example",
    b"evil.example:8025",
    b"127.0.0.1.evil.example",
    b".0.1",
    b"",
    b"[::1",
    b"a b",
    b"evil.example/path?x#",
    b'evil.example"><script>alert(1)</script>',
    b"\xff\xfe",
    b"evil.example:99999999",
]


def _answer_to(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(request)
        return line.makefile("rb").read()


def test_no_answer_holds_the_host_of_the_request(context: Context, visitor: Visitor) -> None:
    link = subscribe(context, "ada@example.com")
    paths = ("/", "/archive", "/archive/", "/subscribe", "/nowhere", link, "/healthz")
    for host, path in product(HOSTS, paths):
        lines = (
            f"GET {path} HTTP/1.1".encode(),
            b"Host: " + host,
            b"X-Forwarded-Host: " + host,
            b"Connection: close",
        )
        answer = _answer_to(visitor.port, b"\r\n".join((*lines, b"", b"")))
        assert int(answer.split(b" ", 2)[1]) in {200, 308, 400, 404}, (host, path)
        assert b"evil" not in answer, (host, path)


def test_the_links_of_a_message_lead_to_the_site_itself(context: Context, visitor: Visitor) -> None:
    body = f"form_token={form_token_aged(context, 10)}&email=bo%40example.com"
    lines = (
        "POST /subscribe HTTP/1.1",
        "Host: evil.example",
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Proto: https",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        "Connection: close",
        "",
        body,
    )
    assert _answer_to(visitor.port, "\r\n".join(lines).encode()).startswith(b"HTTP/1.1 200")
    letter = message_to(context, "bo@example.com")
    assert "evil" not in letter.as_string()
    part = letter.get_body(("plain",))
    assert part is not None
    assert re.search(r"http://localhost:\d+/confirm/", part.get_content())
