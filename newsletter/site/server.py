"""Serve the public site with waitress until a signal stops it."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from newsletter.config.settings import SiteSettings
from newsletter.context import Context
from newsletter.errors import NewsletterError
from newsletter.sender.mailers.sendgrid.webhook import MAX_BODY
from newsletter.site.mail_worker import MailWorker
from newsletter.site.observe import (
    Metrics,
    ObservedSite,
    Observer,
    is_logged,
    log_request,
    read_figures,
)
from newsletter.site.web import create_app
from newsletter.wsgi.http_server import DEFAULT_LIMITS, ConnectionLimits, LimitedServer

# Requests mostly wait: for the disk, or for the fixed time of an answer.
_THREADS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSite:
    """A site that listens."""

    server: LimitedServer
    port: int
    #: Sends the mail that visitors asked for.
    mail_worker: MailWorker


def serve(
    context: Context,
    *,
    host: str = "",
    port: int,
    metrics_port: int | None = None,
    say: Callable[[str], None],
) -> None:
    """Serve on `port` of `host` until Ctrl-C or SIGTERM; 0 takes a free port.

    Without a host it is that of the settings. With a `metrics_port` Prometheus finds its figures
    there, on this machine alone. `say` is told where the site is.

    Raise NewsletterError if a port cannot be used, and SettingsError without a secret for
    the readers' links.
    """
    observers: list[Observer] = []
    stop_metrics: Callable[[], None] | None = None
    if metrics_port is not None:
        metrics = Metrics(context.folder, partial(read_figures, context))
        metrics_port, stop_metrics = metrics.serve(metrics_port)
        observers.append(metrics.observe)
    if is_logged():
        observers.append(log_request)
    site = listen(
        context,
        host=host or listening_host(context.settings.site),
        port=port,
        observers=observers,
    )
    _stop_by_signal()
    say(f"The site is up: http://localhost:{site.port}/ (Ctrl-C stops it).")
    public = context.settings.site.url
    if public:
        say(f"Readers reach it at {public}")
    if stop_metrics is not None:
        say(f"Figures for Prometheus: http://127.0.0.1:{metrics_port}/metrics")
    stop = threading.Event()
    threading.Thread(
        target=site.mail_worker.run_maintenance, args=(stop,), name="maintenance", daemon=True
    ).start()
    site.mail_worker.wake()
    try:
        site.server.run()
    finally:
        stop.set()
        site.server.close()
        if stop_metrics is not None:
            stop_metrics()


def listening_host(site: SiteSettings) -> str:
    """Return the address to listen at: the author's, else one that fits.

    Behind a proxy that is this machine alone. Whoever reached the port itself could write any
    address into X-Forwarded-For, and no limit by network would hold.
    """
    if site.listen:
        return site.listen
    return "127.0.0.1" if site.trusted_proxies else "0.0.0.0"  # noqa: S104  # a public site is meant to be reached


def listen(
    context: Context,
    *,
    host: str,
    port: int,
    limits: ConnectionLimits = DEFAULT_LIMITS,
    observers: Sequence[Observer] = (),
) -> OpenSite:
    """Return a site that listens at `host` and `port` (0 for a free one), ready to run.

    `observers` are told of each answer.
    """
    context.secrets.require_signing()
    listener = _bind(host, port)
    port = listener.getsockname()[1]
    # Without a public address, links lead to this machine.
    local_context = replace(context, local_site=f"http://localhost:{port}")
    mail_worker = MailWorker(local_context)
    app = create_app(local_context, mail_worker)
    behind_proxy = context.settings.site.trusted_proxies > 0
    routes = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}
    server = LimitedServer(
        ObservedSite(app, routes, observers) if observers else app,
        listener,
        limits,
        threads=_THREADS,
        max_request_body_size=MAX_BODY,
        # Waitress would remove the proxy's headers before ProxyFix reads them.
        clear_untrusted_proxy_headers=not behind_proxy,
    )
    return OpenSite(server=server, mail_worker=mail_worker, port=port)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    # The port of a site that just stopped stays in TIME_WAIT for a minute; reuse it.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise NewsletterError(
            f"The site cannot use port {port} at {host} ({error.strerror}).",
            cure="Close the program that uses it, name another with --port, or correct --host or "
            "[site] listen.",
        ) from error
    return listener


def _stop_by_signal() -> None:
    # Process 1 of a container ignores SIGTERM without a handler, and a shell that starts
    # a program in the background has it ignore SIGINT.
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _exit)


def _exit(_signal: int, _frame: object) -> None:
    raise SystemExit(0)
