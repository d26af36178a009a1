"""Serve the desk until Ctrl-C, on this machine or behind a web server."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from types import MappingProxyType

from newsletter.context import Context
from newsletter.desk.access import THIS_MACHINE, DeskAccess
from newsletter.desk.delivery_worker import DeliveryWorker
from newsletter.desk.web import create_app
from newsletter.errors import NewsletterError
from newsletter.wsgi.http_server import ConnectionLimits, LimitedServer

FIRST_PORT = 8024
_PORTS_TRIED = 20
# A page and its previews come at once, and some forms wait for the newsletter's lock (`lock.py`):
# progress and the stop button have to be answered meanwhile.
_THREADS = 8
# A phone takes its time for a picture or a list of readers.
_LIMITS = ConnectionLimits(request_seconds=300)
# More than the longest list of readers. What is longer is refused before anybody has signed in.
_MOST_BODY = 300 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDesk:
    """A desk that listens and is not served yet."""

    server: LimitedServer
    port: int
    #: The URL with a key in it: it lets one browser on this machine in. That of a remote desk
    #: leads to its login page.
    start_url: str
    #: The same with a key of its own, for the browser that `serve` opens; "" for a remote desk.
    browser_url: str
    access: DeskAccess
    #: The newsletter folder.
    folder: Path
    #: Delivers what is let go, from `start` on.
    worker: DeliveryWorker


def serve(desk: OpenDesk, *, open_browser: bool) -> None:
    """Print the desk's URL and serve it until Ctrl-C."""
    file = desk.folder / f"desk-{desk.port}.html"
    if threading.current_thread() is threading.main_thread():
        # A shell that starts a program in the background makes it ignore SIGINT.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        # Process 1 of a container ignores SIGTERM without a handler. A delivery of the desk itself
        # ends in order then, as one of `run` does.
        signal.signal(signal.SIGTERM, _exit)
    try:
        sys.stderr.write(_greeting(desk))
        sys.stderr.flush()
        if open_browser and desk.browser_url:
            _open_browser(desk, file)
        desk.worker.start()
        desk.server.run()
    except KeyboardInterrupt:
        # Before the server runs; it ends by itself then.
        return
    finally:
        desk.server.close()
        file.unlink(missing_ok=True)
        if desk.worker.is_delivering:
            sys.stderr.write("Waiting until it is known who has the message.\n")
        desk.worker.close()


def _greeting(desk: OpenDesk) -> str:
    if not desk.access.is_remote:
        return (
            f"The desk is open: {desk.start_url}\n"
            "The address holds a key that works once: keep it to yourself. "
            "Ctrl-C closes the desk.\n"
        )
    remark = f"{desk.access.remark}\n" if desk.access.remark else ""
    return (
        f"The desk is open: {desk.start_url}\n"
        f"It listens at port {desk.port} of {desk.access.listen} and asks for your password. "
        f"Ctrl-C closes the desk and signs every browser out.\n{remark}"
    )


def _exit(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


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


def listen(
    context: Context,
    port: int | None,
    *,
    access: DeskAccess = THIS_MACHINE,
    environ: Mapping[str, str] = MappingProxyType({}),
) -> OpenDesk:
    """Return a desk that listens on `port`, or for None on 8024 or the next free port.

    Port 0 takes any free one. The port of a remote desk is 8024, since its web server knows it.
    `environ` may hold the hash of the password. Raise NewsletterError if the port cannot be bound.
    """
    key, browser_key = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    if port is None and access.is_remote:
        port = FIRST_PORT
    listener = _bind(access.listen, port)
    bound_port = listener.getsockname()[1]
    # Waitress would log each request that waits for a thread.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    worker = DeliveryWorker(context)
    app = create_app(
        context,
        port=bound_port,
        keys=(key, browser_key),
        access=access,
        environ=environ,
        worker=worker,
    )
    server = LimitedServer(
        app,
        listener,
        _LIMITS,
        threads=_THREADS,
        max_request_body_size=_MOST_BODY,
        # HostCheck rejects what came through a proxy, or reads them if it is trusted.
        clear_untrusted_proxy_headers=False,
    )
    here = f"http://{f'[{access.listen}]' if ':' in access.listen else access.listen}:{bound_port}"
    return OpenDesk(
        server=server,
        port=bound_port,
        start_url=f"{access.origin or here}{access.path}/"
        if access.is_remote
        else f"{here}/start?key={key}",
        browser_url="" if access.is_remote else f"{here}/start?file=1&key={browser_key}",
        access=access,
        folder=context.folder,
        worker=worker,
    )


def _bind(host: str, port: int | None) -> socket.socket:
    candidates = range(FIRST_PORT, FIRST_PORT + _PORTS_TRIED) if port is None else (port,)
    for candidate in candidates:
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        # A desk just closed leaves its port in TIME_WAIT for a minute; reuse it.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
            listener.listen()
        except OSError as error:
            listener.close()
            reason = error.strerror
        else:
            return listener
    ports = f"port {port}" if port is not None else f"any port from {FIRST_PORT} on"
    place = "this machine" if host == THIS_MACHINE.listen else host
    raise NewsletterError(
        f"The desk cannot use {ports} of {place} ({reason}).",
        cure="Close the program that uses it, or name another with --port.",
    )
