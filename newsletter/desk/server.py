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

from newsletter.context import Context
from newsletter.desk.web import create_app
from newsletter.errors import NewsletterError
from newsletter.wsgi.http_server import ConnectionLimits, LimitedServer

FIRST_PORT = 8024
_PORTS_TRIED = 20
_ADDRESS = "127.0.0.1"
# A page and its previews come at once, and some forms wait for the newsletter's lock (`lock.py`):
# progress and the stop button have to be answered meanwhile.
_THREADS = 8
# A phone takes its time for a picture or a list of readers.
_LIMITS = ConnectionLimits(request_seconds=300)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDesk:
    """A desk that listens and is not served yet."""

    server: LimitedServer
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
    # Waitress would log each request that waits for a thread.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = LimitedServer(
        create_app(context, port=bound_port, keys=(key, browser_key)),
        listener,
        _LIMITS,
        threads=_THREADS,
        # Kept so that HostCheck can reject what came through a proxy.
        clear_untrusted_proxy_headers=False,
    )
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
