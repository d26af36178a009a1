"""A real web server on loopback whose responses each test defines."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Serve = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class WebServer:
    """The server: `routes` maps a path with query to a response; `hits` are the requests so far."""

    url: str
    routes: dict[str, Serve] = field(default_factory=dict)
    hits: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def answer(
        self,
        path: str,
        body: bytes | str = b"",
        *,
        status: int = 200,
        kind: str = "application/rss+xml; charset=UTF-8",
        **headers: str,
    ) -> str:
        """Define the response for `path` and return its full URL."""
        raw = body.encode() if isinstance(body, str) else body

        def serve(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            handler.send_header("Content-Type", kind)
            handler.send_header("Content-Length", str(len(raw)))
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            handler.wfile.write(raw)

        self.routes[path] = serve
        return self.url + path

    def paths(self) -> list[str]:
        return [path for path, _ in self.hits]


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that disconnect early: many tests do."""
        del request, client_address


@contextmanager
def run_web_server() -> Iterator[WebServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.hits.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            serve = site.routes.get(self.path)
            try:
                if serve is None:
                    self.send_error(404)
                else:
                    serve(self)
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
            del format, args

    with _QuietServer(("127.0.0.1", 0), Handler) as server:
        site = WebServer(url=f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield site
        server.shutdown()
        thread.join()
