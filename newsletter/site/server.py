"""Serves the public site until it is told to stop."""

from __future__ import annotations

import signal
import socket
import sys
import threading
from dataclasses import dataclass, replace
from typing import Protocol

from waitress.server import create_server  # type: ignore[import-untyped]  # ships no types

from newsletter.context import Context
from newsletter.errors import NewsletterError
from newsletter.sender.mailers.sendgrid.webhook import MAX_BODY
from newsletter.site.mail_worker import MailWorker, rounds
from newsletter.site.web import create_app

# Most of a request's time is waiting: for the disk, or for the moment to answer.
_THREADS = 12


class SiteServer(Protocol):
    """What we use of waitress' server: it listens already, `run` answers until closed."""

    def run(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSite:
    """A site that listens at `port`; its postman sends what visitors asked for."""

    server: SiteServer
    port: int
    postman: MailWorker


def serve(context: Context, port: int) -> None:
    """Serves on `port` of every interface until Ctrl-C or SIGTERM; 0 takes a free port.

    Raises NewsletterError when the port cannot be had, SettingsError without a secret
    to check the readers' links with.
    """
    site = listen(context, host="0.0.0.0", port=port)  # noqa: S104  # a public site is meant to be reached
    _stop_by_signal()
    sys.stderr.write(f"The site is up: http://localhost:{site.port}/ (Ctrl-C stops it).\n")
    public = context.settings.site.url
    if public:
        sys.stderr.write(f"Readers reach it at {public}\n")
    sys.stderr.flush()
    stop = threading.Event()
    beside = threading.Thread(target=rounds, args=(context, site.postman, stop), daemon=True)
    beside.start()
    site.postman.wake()
    try:
        site.server.run()
    finally:
        stop.set()
        site.server.close()


def listen(context: Context, *, host: str, port: int) -> OpenSite:
    """A site that listens at `host` and `port` and waits to be run; 0 is any free port."""
    context.secrets.require_signing()
    bound = _bound(host, port)
    port = bound.getsockname()[1]
    # Without an address of the public's, links lead to where we are.
    here = replace(context, local_site=f"http://localhost:{port}")
    postman = MailWorker(here)
    app = create_app(here, postman)
    behind_proxy = context.settings.site.trusted_proxies > 0
    server: SiteServer = create_server(
        app,
        sockets=[bound],
        ident=None,
        threads=_THREADS,
        max_request_body_size=MAX_BODY,
        # Waitress would drop the proxy's headers before the app can weigh them.
        clear_untrusted_proxy_headers=not behind_proxy,
    )
    return OpenSite(server=server, postman=postman, port=port)


def _bound(host: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # A site just stopped leaves its port waiting for a minute; it may be had again.
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen()
    except OSError as error:
        made.close()
        raise NewsletterError(
            f"The site cannot use port {port} of this machine ({error.strerror}).",
            cure="Close the program that uses it, or name another with --port.",
        ) from error
    return made


def _stop_by_signal() -> None:
    # As the first process of a container, Python would not heed SIGTERM by itself; and a
    # shell that starts a program in the background has it ignore SIGINT.
    if threading.current_thread() is threading.main_thread():
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, _leave)


def _leave(_signal: int, _frame: object) -> None:
    raise SystemExit(0)
