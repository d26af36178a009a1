"""A blog's picture server, and a newsletter that copies its pictures."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from newsletter.app import open_newsletter
from newsletter.context import Context
from tests.support.newsletter_folder import NOW, create_newsletter

SITE = "http://127.0.0.1:8025"


@dataclass(slots=True)
class Photos:
    """The server: `files` by path, `acts` that answer otherwise, and the paths requested so far."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    acts: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)


@contextmanager
def run_photos() -> Iterator[Photos]:
    photos = Photos()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the base class's name
            photos.requests.append(self.path)
            try:
                if self.path in photos.acts:
                    photos.acts[self.path](self)
                    return
                body = photos.files.get(self.path)
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")
            except OSError:
                self.close_connection = True  # the client has seen enough

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    photos.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield photos
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def open_with_site(folder: Path) -> Context:
    """Create a newsletter whose site serves copies of the blog's pictures."""
    create_newsletter(folder)
    settings = folder / "newsletter.toml"
    text = settings.read_text("utf-8").replace("[site]", f'[site]\nurl = "{SITE}"')
    text += '[images]\nhost = "site"\n[fetch]\nallow_private_addresses = true\n'
    settings.write_text(text, "utf-8")
    return open_newsletter(folder, {"NEWSLETTER_NOW": NOW})
