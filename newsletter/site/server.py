"""Serves the public site until it is told to stop."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Protocol

from waitress.server import create_server  # type: ignore[import-untyped]  # ships no types

from newsletter.errors import NewsletterError
from newsletter.pipeline.context import Context
from newsletter.site.web import create_app


class Server(Protocol):
    """What we use of waitress' server: it listens already, `run` answers until closed."""

    effective_port: int

    def run(self) -> None: ...

    def close(self) -> None: ...


def serve(context: Context, port: int) -> None:
    """Serves on `port` of every interface until Ctrl-C or SIGTERM; 0 takes a free port.

    Raises NewsletterError when the port cannot be had, SettingsError without a secret
    to check the readers' links with.
    """
    server = listen(context, host="0.0.0.0", port=port)  # noqa: S104  # a public site is meant to be reached
    _stop_by_signal()
    sys.stderr.write(
        f"The site is up: http://localhost:{server.effective_port}/ (Ctrl-C stops it).\n"
    )
    public = context.settings.site.url
    if public:
        sys.stderr.write(f"Readers reach it at {public}\n")
    sys.stderr.flush()
    try:
        server.run()
    finally:
        server.close()


def listen(context: Context, *, host: str, port: int) -> Server:
    """A server of the site that listens at `host` and `port` and waits to be run."""
    context.secrets.require_signing()
    behind_proxy = context.settings.site.trusted_proxies > 0
    try:
        server: Server = create_server(
            create_app(context),
            host=host,
            port=port,
            ident=None,
            # Waitress would drop the proxy's headers before the app can weigh them.
            clear_untrusted_proxy_headers=not behind_proxy,
        )
    except OSError as error:
        raise NewsletterError(
            f"The site cannot use port {port} of this machine ({error.strerror}).",
            cure="Close the program that uses it, or name another with --port.",
        ) from error
    return server


def _stop_by_signal() -> None:
    # As the first process of a container, Python would not heed SIGTERM by itself.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _leave)


def _leave(_signal: int, _frame: object) -> None:
    raise SystemExit(0)
