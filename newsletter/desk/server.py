"""Opens the desk on this machine and keeps it open until Ctrl-C."""

from __future__ import annotations

import logging
import secrets
import signal
import socket
import sys
import threading
import webbrowser
from dataclasses import dataclass
from typing import Protocol

from waitress.server import create_server  # type: ignore[import-untyped]  # ships no types

from newsletter.context import Context
from newsletter.desk.web import create_app
from newsletter.errors import NewsletterError

FIRST_PORT = 8024
_PORTS_TRIED = 20
_ADDRESS = "127.0.0.1"


class DeskServer(Protocol):
    """What we use of waitress' server: it listens already, `run` answers until closed."""

    def run(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDesk:
    """A desk that listens. `start_url` holds the key: whoever has it may come in."""

    server: DeskServer
    port: int
    start_url: str


def serve(context: Context, port: int | None, *, open_browser: bool) -> None:
    """Serves the desk on `port`, or on 8024 or the next free one, until Ctrl-C.

    Raises NewsletterError when the port cannot be had.
    """
    desk = listen(context, port)
    sys.stderr.write(
        f"The desk is open: {desk.start_url}\n"
        "The address holds its key: keep it to yourself. Ctrl-C closes the desk.\n"
    )
    sys.stderr.flush()
    if open_browser:
        # Beside us, because a browser in the terminal would not come back until it ends.
        threading.Thread(target=webbrowser.open, args=(desk.start_url,), daemon=True).start()
    if threading.current_thread() is threading.main_thread():
        # A shell that starts a program in the background has it ignore SIGINT.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        desk.server.run()
    finally:
        desk.server.close()


def listen(context: Context, port: int | None) -> OpenDesk:
    """A desk that listens on this machine alone and waits to be run; 0 is any free port."""
    key = secrets.token_urlsafe(32)
    bound = _bound(port)
    found = bound.getsockname()[1]
    # One request at a time: two would meet at the newsletter's lock, and one author's
    # clicks come one by one. Waitress would warn of the queue that makes.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server: DeskServer = create_server(
        create_app(context, port=found, key=key),
        sockets=[bound],
        threads=1,
        ident=None,
        # Kept so that the door can refuse what came through a proxy.
        clear_untrusted_proxy_headers=False,
    )
    return OpenDesk(
        server=server, port=found, start_url=f"http://{_ADDRESS}:{found}/start?key={key}"
    )


def _bound(port: int | None) -> socket.socket:
    tried = range(FIRST_PORT, FIRST_PORT + _PORTS_TRIED) if port is None else (port,)
    for one in tried:
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        # A desk just closed leaves its port waiting for a minute; it may be had again.
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((_ADDRESS, one))
            found.listen()
        except OSError as error:
            found.close()
            reason = error.strerror
        else:
            return found
    which = f"port {tried[0]}" if port is not None else f"any port from {FIRST_PORT} on"
    raise NewsletterError(
        f"The desk cannot use {which} of this machine ({reason}).",
        cure="Close the program that uses it, or name another with --port.",
    )
