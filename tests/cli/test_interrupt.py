"""Ctrl-C ends a command at once, whatever it waits for."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from newsletter.context import Context
from newsletter.editorial.draft import draft_issue
from newsletter.models import Feed
from newsletter.reader.opml import write_opml
from tests.support.newsletter_folder import NOW, create_newsletter, publish, subscribe
from tests.support.program import Program
from tests.support.smtp_relay import Conversation, Relay
from tests.support.web_server import WebServer

_INIT = ("--allow-private-addresses", "--from", "news@example.com", "--postal-address", "1 Hill")


@contextmanager
def started(context: Context, *words: str) -> Iterator[subprocess.Popen[str]]:
    program = Program(context.folder, now=NOW, env={"NEWSLETTER_MAILBOX_PASSWORD": "made-up"})
    command = program.start(*words)
    try:
        yield command
    finally:
        command.kill()
        command.communicate()


def assert_ends_by_ctrl_c(command: subprocess.Popen[str], *codes: int) -> None:
    command.send_signal(signal.SIGINT)
    assert command.wait(timeout=20) in codes
    assert command.stderr is not None
    assert "Traceback" not in command.stderr.read()


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    newsletter = create_newsletter(
        tmp_path / "newsletter", approval="auto", site_url="https://news.example.com"
    )
    yield newsletter
    newsletter.engine.dispose()


def add_settings(context: Context, text: str) -> None:
    settings = context.folder / "newsletter.toml"
    settings.write_text(f"{settings.read_text('utf-8')}\n{text}\n", "utf-8")


@pytest.mark.parametrize(
    "words",
    [
        ("feeds", "add"),
        ("init", "new", "--yes", "--blog"),
        ("feeds", "import"),
        ("collect",),
        ("run",),
        ("check", "next"),
    ],
    ids=" ".join,
)
def test_a_web_server_that_never_answers_does_not_hold_ctrl_c_up(
    tmp_path: Path, context: Context, web: WebServer, words: tuple[str, ...]
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

    web.routes["/feed"] = web.routes["/hill.jpg"] = stall
    addresses = [web.url + "/feed"]
    if words in {("collect",), ("run",)}:
        settings = context.folder / "newsletter.toml"
        text = settings.read_text("utf-8")
        settings.write_text(text.replace("https://blog.example.com/feed/", addresses.pop()))
    elif words == ("feeds", "import"):
        opml = tmp_path / "feeds.opml"
        opml.write_text(write_opml("Blogs", [Feed(url=addresses[0])]), "utf-8")
        addresses = [str(opml)]
    elif words == ("check", "next"):
        publish(context, "Larch week", image=web.url + "/hill.jpg")
        draft_issue(context)
        addresses = []
    add_settings(context, "[fetch]\nallow_private_addresses = true")
    more = _INIT if words[0] == "init" else ()
    with started(context, *words, *addresses, *more) as command:
        try:
            assert asked.wait(60)
            assert_ends_by_ctrl_c(command, 1)
        finally:
            ended.set()


@pytest.mark.parametrize(
    "words",
    [
        ("send", "next"),
        ("test", "next", "--to", "me@example.com"),
        ("subscribers", "process-mailbox"),
    ],
    ids=" ".join,
)
def test_a_mail_server_that_never_speaks_does_not_hold_ctrl_c_up(
    context: Context, words: tuple[str, ...]
) -> None:
    subscribe(context, "ada@example.com")
    publish(context, "Larch week")
    draft_issue(context)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        server = f'host = "127.0.0.1"\nport = {silent.getsockname()[1]}'
        add_settings(
            context,
            f'[sender]\nmailer = "smtp"\n[sender.smtp]\nsecurity = "none"\n{server}\n'
            f'[mailbox]\naddress = "leave@example.com"\nusername = "leave"\n{server}',
        )
        with started(context, *words) as command:
            connection, _ = silent.accept()
            with connection:
                assert_ends_by_ctrl_c(command, 1)


def test_a_second_ctrl_c_ends_a_delivery_whose_relay_keeps_the_outcome_to_itself(
    context: Context,
) -> None:
    subscribe(context, "ada@example.com")
    publish(context, "Larch week")
    draft_issue(context)
    asked, ended = threading.Event(), threading.Event()

    def stall(_talk: Conversation) -> None:
        asked.set()
        ended.wait(60)

    with Relay(dot=stall) as relay:
        add_settings(
            context,
            '[sender]\nmailer = "smtp"\n[sender.smtp]\nsecurity = "none"\n'
            f'host = "127.0.0.1"\nport = {relay.port}',
        )
        with started(context, "send", "next") as command:
            try:
                assert asked.wait(60)
                command.send_signal(signal.SIGINT)
                assert command.stderr is not None
                assert "Ctrl-C again ends at once" in command.stderr.readline()
                assert_ends_by_ctrl_c(command, 1)
            finally:
                ended.set()


@pytest.mark.parametrize("words", [("serve",), ("preview", "--no-browser")], ids=" ".join)
def test_ctrl_c_ends_the_site_and_the_desk(context: Context, words: tuple[str, ...]) -> None:
    with started(context, *words, "--port", "0") as command:
        assert command.stderr is not None
        assert "http://" in command.stderr.readline()
        assert_ends_by_ctrl_c(command, 0)


def test_ctrl_c_ends_an_import_whose_file_goes_on_for_ever(
    tmp_path: Path, context: Context
) -> None:
    endless = tmp_path / "people.csv"
    os.mkfifo(endless)
    with (
        started(context, "subscribers", "import", str(endless)) as command,
        endless.open("wb", buffering=0) as file,
    ):
        file.write(b"email\nada@example.com\n")
        assert_ends_by_ctrl_c(command, 1)
