"""A real reverse proxy before the public site, as nginx or Caddy stands before it."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "host", "content-length"}


@dataclass(slots=True)
class ReverseProxy:
    """A proxy that serves the site below `prefix`, and nothing elsewhere."""

    port: int
    prefix: str
    scheme: str = "http"
    #: Whether it takes the prefix off the path before it passes a request on.
    strips: bool = True
    #: Headers it adds to each request.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: The port of the site.
    target: int = 0
    #: The paths of requests that were not below the prefix.
    elsewhere: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{self.prefix}"

    def target_path(self, path: str) -> str:
        """Return the path to pass on, "" for one that is not below the prefix."""
        if not f"{path}/".startswith((f"{self.prefix}/", f"{self.prefix}?")):
            self.elsewhere.append(path)
            return ""
        rest = path.removeprefix(self.prefix) if self.strips else path
        return rest if rest.startswith("/") else f"/{rest}"


@contextmanager
def run_reverse_proxy(
    prefix: str,
    *,
    strips: bool = True,
    headers: Mapping[str, str] | None = None,
    pem: Path | None = None,
) -> Iterator[ReverseProxy]:
    """Run a proxy until the block ends, by HTTPS with the certificate and key in `pem`.

    Its target may be set later.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = proxy.target_path(self.path)
            if not path:
                self._answer(404, {"Content-Type": "text/plain"}, b"Another site.")
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            own = {k: v for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP}
            site = http.client.HTTPConnection("127.0.0.1", proxy.target, timeout=60)
            site.request(self.command, path, body, {**own, **proxy.headers})
            response = site.getresponse()
            kept = {k: v for k, v in response.getheaders() if k.lower() not in _HOP_BY_HOP}
            self._answer(response.status, kept, response.read())
            site.close()

        do_POST = do_HEAD = do_GET  # noqa: N815  # the names that http.server calls

        def _answer(self, status: int, found: Mapping[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in found.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if pem is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pem)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    proxy = ReverseProxy(
        port=server.server_port,
        prefix=prefix,
        scheme="https" if pem else "http",
        strips=strips,
        headers=headers or {},
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
