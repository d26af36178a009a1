"""Serve the desk on 127.0.0.1 until Ctrl-C."""

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
    """The part of a waitress server that the desk uses. It listens as soon as it is created."""

    def run(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDesk:
    """A desk that listens and is not served yet."""

    server: DeskServer
    port: int
    #: The URL with the key in it: it lets any browser on this machine in.
    start_url: str


def serve(desk: OpenDesk, *, open_browser: bool) -> None:
    """Print the desk's URL and serve it until Ctrl-C."""
    sys.stderr.write(
        f"The desk is open: {desk.start_url}\n"
        "The address holds its key: keep it to yourself. Ctrl-C closes the desk.\n"
    )
    sys.stderr.flush()
    if open_browser:
        # In a thread, because a browser that runs in the terminal returns only when it ends.
        threading.Thread(target=webbrowser.open, args=(desk.start_url,), daemon=True).start()
    if threading.current_thread() is threading.main_thread():
        # A shell that starts a program in the background makes it ignore SIGINT.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        desk.server.run()
    finally:
        desk.server.close()


def listen(context: Context, port: int | None) -> OpenDesk:
    """Return a desk that listens on `port`, or for None on 8024 or the next free port.

    Port 0 takes any free one. Raise NewsletterError if the port cannot be bound.
    """
    key = secrets.token_urlsafe(32)
    listener = _bind(port)
    bound_port = listener.getsockname()[1]
    # A single thread: two requests at once would contend for the newsletter's lock, and one
    # author clicks one button at a time. Waitress would log the queue that this makes.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server: DeskServer = create_server(
        create_app(context, port=bound_port, key=key),
        sockets=[listener],
        threads=1,
        ident=None,
        # Kept so that HostCheck can reject what came through a proxy.
        clear_untrusted_proxy_headers=False,
    )
    return OpenDesk(
        server=server,
        port=bound_port,
        start_url=f"http://{_ADDRESS}:{bound_port}/start?key={key}",
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
