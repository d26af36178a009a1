"""Ctrl-C ends a command at once, whatever a server does."""

from __future__ import annotations

import signal
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from newsletter.models import Feed
from newsletter.reader.opml import write_opml
from tests.support.newsletter_folder import NOW, create_newsletter
from tests.support.program import Program
from tests.support.web_server import WebServer


@pytest.mark.parametrize(
    "words",
    [("feeds", "add"), ("init", "new", "--yes", "--blog"), ("feeds", "import"), ("collect",)],
)
def test_a_server_that_never_answers_does_not_hold_ctrl_c_up(
    tmp_path: Path, web: WebServer, words: tuple[str, ...]
) -> None:
    asked, ended = threading.Event(), threading.Event()

    def stall(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        asked.set()
        # A byte now and then, so that the connection never looks dead.
        while not ended.wait(0.5):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    web.routes["/feed"] = stall
    context = create_newsletter(tmp_path / "newsletter")
    context.engine.dispose()
    settings = context.folder / "newsletter.toml"
    text = settings.read_text("utf-8")
    addresses = [web.url + "/feed"]
    if words == ("collect",):
        text = text.replace("https://blog.example.com/feed/", addresses.pop())
    if words == ("feeds", "import"):
        opml = tmp_path / "feeds.opml"
        opml.write_text(write_opml("Blogs", [Feed(url=addresses[0])]), "utf-8")
        addresses = [str(opml)]
    settings.write_text(f"{text}\n[fetch]\nallow_private_addresses = true\n", "utf-8")
    more = (
        (
            "--allow-private-addresses",
            "--from",
            "news@example.com",
            "--postal-address",
            "1 Hill Road",
        )
        if words[0] == "init"
        else ()
    )
    command = Program(context.folder, now=NOW).start(*words, *addresses, *more)
    try:
        assert asked.wait(60)
        command.send_signal(signal.SIGINT)
        assert command.wait(timeout=20) != 0
        assert command.stderr is not None
        assert "Traceback" not in command.stderr.read()
    finally:
        ended.set()
        command.kill()
        command.communicate()
