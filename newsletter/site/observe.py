"""Tell what the site answers: to the log, and to Prometheus. Neither learns who asked.

    request ─▶ ObservedSite ─▶ the site
                    └─▶ observers(method, route, status, seconds)

A route is the first part of a path (`/unsubscribe`), because what follows is a reader's token.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsletter.context import Context
from newsletter.errors import NewsletterError
from newsletter.json_log import log_event
from newsletter.models import Figures, Issue
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot
from newsletter.storage.ledger import deliveries
from newsletter.storage.runs import LastRun, last_run
from subscribers import storage as people
from subscribers.models import Status

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from prometheus_client.core import Metric

#: Receives the method, the route, the status and the seconds of each request.
Observer = Callable[[str, str, int, float], None]

_LOCAL = "127.0.0.1"
_METHODS = ("GET", "HEAD", "POST", "OPTIONS")


class ObservedSite:
    """WSGI middleware that tells each answer to observers, once it is complete."""

    def __init__(
        self, app: WSGIApplication, routes: Collection[str], observers: Sequence[Observer]
    ) -> None:
        self._app, self._routes, self._observers = app, frozenset(routes), tuple(observers)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = time.monotonic()
        # A path of its own before the site's is none of its routes.
        parts = environ.get("PATH_INFO", "").split("/")
        route = next((part for part in parts if part in self._routes and part), "")
        is_root = not any(parts)
        method = environ.get("REQUEST_METHOD", "")
        status = 0

        def start(words: str, *arguments: Any) -> Any:
            nonlocal status
            status = int(words[:3])
            return start_response(words, *arguments)

        answer: Iterable[bytes] = ()
        try:
            answer = self._app(environ, start)
            yield from answer
        finally:
            if (close := getattr(answer, "close", None)) is not None:
                close()
            seconds = time.monotonic() - began
            name = f"/{route}" if route or is_root else "other"
            for observer in self._observers:
                observer(method if method in _METHODS else "other", name, status, seconds)


def is_logged() -> bool:
    """Whether somebody reads a log of requests."""
    return logging.getLogger("newsletter").isEnabledFor(logging.INFO)


def log_request(method: str, route: str, status: int, seconds: float) -> None:
    """Write a request to the log."""
    log_event(
        "request",
        f"{method} {route} {status}",
        method=method,
        route=route,
        status=status,
        ms=round(seconds * 1000, 1),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFigures:
    """What the database holds, in figures."""

    #: How many people are on the list, by their status.
    readers: Mapping[Status, int]
    last_run: LastRun | None
    newest_issue: Issue | None
    #: How the deliveries of the newest issue stand.
    deliveries: Figures | None


def read_figures(context: Context) -> DatabaseFigures:
    """Read the figures of the database. Raise StorageError."""
    with snapshot(context.engine) as connection:
        newest = issues.newest_frozen(connection)
        return DatabaseFigures(
            readers=people.count_by_status(connection),
            last_run=last_run(connection),
            newest_issue=newest,
            deliveries=deliveries.figures(connection, newest.id) if newest else None,
        )


class Metrics:
    """The figures of one site for Prometheus, served at a port of this machine alone.

    `read` is called whenever Prometheus asks.
    """

    def __init__(self, folder: Path, read: Callable[[], DatabaseFigures]) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self._registry = CollectorRegistry()
        self._requests = Counter(
            "newsletter_http_requests",
            "Requests to the readers' site.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "newsletter_http_request_seconds",
            "How long the readers' site took to answer.",
            ("route",),
            registry=self._registry,
        )
        self._registry.register(_Figures(folder, read))

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def serve(self, port: int) -> tuple[int, Callable[[], None]]:
        """Serve them at `port` (0 for a free one); return the port and what stops it.

        Raise NewsletterError if the port cannot be used.
        """
        from prometheus_client import start_http_server

        try:
            server, thread = start_http_server(port, addr=_LOCAL, registry=self._registry)
        except OSError as error:
            raise NewsletterError(
                f"The metrics cannot use port {port} of this machine ({error.strerror}).",
                cure="Close the program that uses it, or name another with --metrics-port.",
            ) from error

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return int(server.server_port), stop


class _Figures:
    """What the database and the disk say when Prometheus asks."""

    def __init__(self, folder: Path, read: Callable[[], DatabaseFigures]) -> None:
        self._folder, self._read = folder, read

    def collect(self) -> Iterator[Metric]:
        """Yield the figures, or that the database does not answer."""
        from prometheus_client.core import GaugeMetricFamily

        is_up = True
        try:
            yield from _database_metrics(self._read())
        except NewsletterError:
            is_up = False
        yield GaugeMetricFamily(
            "newsletter_database_up", "Whether the database answers.", value=float(is_up)
        )
        yield GaugeMetricFamily(
            "newsletter_disk_free_bytes",
            "Room on the disk of the newsletter folder.",
            value=shutil.disk_usage(self._folder).free,
        )


def _database_metrics(figures: DatabaseFigures) -> Iterator[Metric]:
    from prometheus_client.core import GaugeMetricFamily

    readers = GaugeMetricFamily("newsletter_subscribers", "People on the list.", labels=("status",))
    for status, count in figures.readers.items():
        readers.add_metric((status,), count)
    yield readers
    if (run := figures.last_run) is not None:
        yield GaugeMetricFamily(
            "newsletter_last_run_timestamp_seconds",
            "When `newsletter run` ended last.",
            value=run.at.timestamp(),
        )
        yield GaugeMetricFamily(
            "newsletter_last_run_exit_code", "How it ended.", value=run.exit_code
        )
    newest, by_outcome = figures.newest_issue, figures.deliveries
    if newest is not None and by_outcome is not None:
        outcomes = GaugeMetricFamily(
            "newsletter_issue_deliveries",
            "Deliveries of the newest issue that went out.",
            labels=("issue", "outcome"),
        )
        for name in ("accepted", "suppressed", "failed", "unknown", "pending"):
            outcomes.add_metric((str(newest.number), name), getattr(by_outcome, name))
        yield outcomes
