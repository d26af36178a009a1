"""One request of any method, whose redirect is an answer."""

from __future__ import annotations

import datetime as dt
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from newsletter.errors import FetchError, PrivateAddress
from newsletter.reader.http.call import Call, call
from tests.support.certificate import certificate
from tests.support.web_server import WebServer


class _Echo(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("X-Seen", self.headers["X-Mark"])
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def echo_server(tls: ssl.SSLContext | None = None) -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Echo) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        scheme = "https" if tls else "http"
        yield f"{scheme}://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def test_method_headers_and_body_arrive() -> None:
    with echo_server() as url:
        request = Call(url=url, method="POST", body=b"hello", headers={"X-Mark": "7"})
        answer = call(request, seconds=10, allow_private=True)

    assert (answer.status, answer.body, answer.headers["x-seen"]) == (201, b"hello", "7")
    assert answer.certificate_ends is None


def test_a_redirect_is_not_followed(web: WebServer) -> None:
    url = web.answer("/away", status=302, Location="/other")
    answer = call(Call(url=url), seconds=10, allow_private=True)

    assert (answer.status, answer.headers["location"]) == (302, "/other")
    assert web.paths() == ["/away"]


def test_a_certificate_of_nobody_is_told(tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate(tmp_path))
    with echo_server(tls) as url, pytest.raises(FetchError, match="certificate that does not hold"):
        call(Call(url=url), seconds=10, allow_private=True)


def test_the_end_of_a_trusted_certificate_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    trusting = ssl.create_default_context(cafile=str(pem))
    monkeypatch.setattr("newsletter.reader.http.call.trusted_certificates", lambda: trusting)
    with echo_server(tls) as url:
        request = Call(url=url, method="POST", body=b"hello", headers={"X-Mark": "7"})
        answer = call(request, seconds=10, allow_private=True)

    assert answer.certificate_ends is not None
    assert (answer.certificate_ends - dt.datetime.now(dt.UTC)).days == 1


def test_a_private_address_is_refused_unless_it_is_allowed(web: WebServer) -> None:
    with pytest.raises(PrivateAddress):
        call(Call(url=web.answer("/")), seconds=10)

    assert web.paths() == []


def test_a_server_that_stays_silent_ends_in_time() -> None:
    with HTTPServer(("127.0.0.1", 0), _Echo) as silent:
        request = Call(url=f"http://127.0.0.1:{silent.server_address[1]}/")
        with pytest.raises(FetchError, match="in time"):
            call(request, seconds=0.2, allow_private=True)
