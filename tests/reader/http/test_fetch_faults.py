from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from newsletter.errors import FetchError
from newsletter.reader.http.fetch import FetchLimits, fetch
from newsletter.reader.http.http_errors import parse_retry_after
from tests.support.certificate import certificate
from tests.support.web_server import WebServer


def _refusal(url: str, limits: FetchLimits | None = None) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(url, allow_private=True, limits=limits or FetchLimits())
    assert caught.value.cure
    assert caught.value.url == url
    return caught.value


@pytest.mark.parametrize("status", [401, 402, 403, 404, 406, 418, 429, 451, 500, 503, 226, 204])
def test_a_status_without_a_feed_is_an_error_that_names_it(web: WebServer, status: int) -> None:
    error = _refusal(web.answer("/feed/", status=status))
    assert str(status) in error.message
    assert not error.gone


def test_410_says_the_feed_is_gone(web: WebServer) -> None:
    assert _refusal(web.answer("/feed/", status=410)).gone


def test_retry_after_is_handed_on(web: WebServer) -> None:
    assert _refusal(web.answer("/feed/", status=429, Retry_After="120")).retry_after == 120


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        ("120", 120),
        ("Sun, 22 Nov 2026 08:00:00 GMT", 3600),
        ("Sun, 22 Nov 2026 06:00:00 GMT", 0),
        ("999999999999", 7 * 86400),
        ("-5", 0),
        ("soon", 0),
        ("", 0),
        ("²", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(raw: str, seconds: int) -> None:
    assert parse_retry_after(raw, date="Sun, 22 Nov 2026 07:00:00 GMT") == seconds


def test_a_loop_of_redirects_ends(web: WebServer) -> None:
    error = _refusal(web.answer("/feed/", status=302, Location="/feed/"))
    assert "more than 5 times" in error.message
    assert len(web.hits) == 6


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://x.example/", "javascript:alert(1)"])
def test_a_redirect_to_another_scheme_is_refused(web: WebServer, place: str) -> None:
    error = _refusal(web.answer("/feed/", status=302, Location=place))
    assert "not a web address" in error.message


def test_a_body_beyond_the_limit_is_refused_while_it_streams(web: WebServer) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 65536)

    web.routes["/feed/"] = endless
    assert "larger than 5 MB" in _refusal(web.url + "/feed/").message


def test_a_decompression_bomb_is_refused(web: WebServer) -> None:
    bomb = gzip.compress(b"\0" * (64 * 1024**2))
    error = _refusal(web.answer("/feed/", bomb, Content_Encoding="gzip"))
    assert "larger than 5 MB" in error.message


def test_a_body_of_exactly_the_limit_is_read(web: WebServer) -> None:
    url = web.answer("/feed/", b"x" * 1000)
    assert len(fetch(url, allow_private=True, limits=FetchLimits(body_bytes=1000)).body) == 1000
    assert "larger" in _refusal(url, FetchLimits(body_bytes=999)).message


def test_a_wrong_content_encoding_is_reported(web: WebServer) -> None:
    error = _refusal(web.answer("/feed/", b"plain text", Content_Encoding="gzip"))
    assert "packed wrongly" in error.message


def test_a_broken_transfer_is_reported(web: WebServer) -> None:
    def reset(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"<rss>")
        linger = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        handler.close_connection = True

    web.routes["/feed/"] = reset
    assert "broke off" in _refusal(web.url + "/feed/").message


def test_noise_instead_of_http_is_reported(web: WebServer) -> None:
    def noise(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(bytes(range(256)))
        handler.close_connection = True

    web.routes["/feed/"] = noise
    assert "broke off" in _refusal(web.url + "/feed/").message


def test_a_closed_port_is_reported() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    assert "could not be connected" in _refusal(f"http://127.0.0.1:{port}/feed/").message


@pytest.mark.parametrize(
    "url", ["http://exa mple.com/", "https://ex\x00ample.com/", "http://xn--/", "http://a..b/"]
)
def test_impossible_urls_are_reported(url: str) -> None:
    assert _refusal(url).message


@pytest.fixture
def insecure_port(tmp_path: Path) -> Iterator[int]:
    """A TLS server with a self-signed certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            plain, _ = listener.accept()
            with plain:
                try:
                    context.wrap_socket(plain, server_side=True).close()
                except OSError:
                    return

        thread = threading.Thread(target=greet)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_an_untrusted_certificate_is_refused(insecure_port: int) -> None:
    error = _refusal(f"https://127.0.0.1:{insecure_port}/feed/")
    assert "certificate" in error.message
