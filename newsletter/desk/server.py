"""Serve the desk on 127.0.0.1 until Ctrl-C."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import sys
import threading
import webbrowser
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Protocol

from waitress.server import create_server  # type: ignore[import-untyped]  # ships no types

from newsletter.bare_responses import StrictChannel
from newsletter.context import Context
from newsletter.desk.web import create_app
from newsletter.errors import NewsletterError

FIRST_PORT = 8024
_PORTS_TRIED = 20
_ADDRESS = "127.0.0.1"


class DeskServer(Protocol):
    """The part of a waitress server that the desk uses. It listens as soon as it is created."""

    channel_class: type[StrictChannel]

    def run(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDesk:
    """A desk that listens and is not served yet."""

    server: DeskServer
    port: int
    #: The URL with a key in it: it lets one browser on this machine in.
    start_url: str
    #: The same with a key of its own, for the browser that `serve` opens.
    browser_url: str
    #: The newsletter folder.
    folder: Path


def serve(desk: OpenDesk, *, open_browser: bool) -> None:
    """Print the desk's URL and serve it until Ctrl-C."""
    file = desk.folder / f"desk-{desk.port}.html"
    if threading.current_thread() is threading.main_thread():
        # A shell that starts a program in the background makes it ignore SIGINT.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        sys.stderr.write(
            f"The desk is open: {desk.start_url}\n"
            "The address holds a key that works once: keep it to yourself. "
            "Ctrl-C closes the desk.\n"
        )
        sys.stderr.flush()
        if open_browser:
            _open_browser(desk, file)
        desk.server.run()
    except KeyboardInterrupt:
        # Before the server runs; it ends by itself then.
        return
    finally:
        desk.server.close()
        file.unlink(missing_ok=True)


def _open_browser(desk: OpenDesk, file: Path) -> None:
    """Let the browser open a file that leads to the desk, and that only the author can read.

    The arguments of a process are shown to every user of the machine, so no key stands there.
    """
    page = f'<!doctype html><meta http-equiv="refresh" content="0; url={escape(desk.browser_url)}">'
    try:
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(page)
    except OSError:
        return  # the address was printed
    # In a thread, because a browser that runs in the terminal returns only when it ends.
    threading.Thread(target=webbrowser.open, args=(file.as_uri(),), daemon=True).start()


def listen(context: Context, port: int | None) -> OpenDesk:
    """Return a desk that listens on `port`, or for None on 8024 or the next free port.

    Port 0 takes any free one. Raise NewsletterError if the port cannot be bound.
    """
    key, browser_key = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    listener = _bind(port)
    bound_port = listener.getsockname()[1]
    # A single thread: two requests at once would contend for the newsletter's lock, and one
    # author clicks one button at a time. Waitress would log the queue that this makes.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server: DeskServer = create_server(
        create_app(context, port=bound_port, keys=(key, browser_key)),
        sockets=[listener],
        threads=1,
        ident=None,
        # Kept so that HostCheck can reject what came through a proxy.
        clear_untrusted_proxy_headers=False,
    )
    server.channel_class = StrictChannel
    start_url = f"http://{_ADDRESS}:{bound_port}/start"
    return OpenDesk(
        server=server,
        port=bound_port,
        start_url=f"{start_url}?key={key}",
        browser_url=f"{start_url}?file=1&key={browser_key}",
        folder=context.folder,
    )


def _bind(port: int | None) -> socket.socket:
    candidates = range(FIRST_PORT, FIRST_PORT + _PORTS_TRIED) if port is None else (port,)
    for candidate in candidates:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        # A desk just closed leaves its port in TIME_WAIT for a minute; reuse it.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_ADDRESS, candidate))
            listener.listen()
        except OSError as error:
            listener.close()
            reason = error.strerror
        else:
            return listener
    ports = f"port {port}" if port is not None else f"any port from {FIRST_PORT} on"
    raise NewsletterError(
        f"The desk cannot use {ports} of this machine ({reason}).",
        cure="Close the program that uses it, or name another with --port.",
    )
