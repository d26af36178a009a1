"""What the site tells of its answers: to Prometheus, and to the log."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Iterator
from functools import partial

import pytest

from newsletter.context import Context
from newsletter.errors import NewsletterError
from newsletter.site.observe import Metrics, read_figures
from newsletter.site.server import listen
from newsletter.storage.database.engine import transaction
from newsletter.storage.runs import LastRun, save_run
from tests.support.newsletter_folder import subscribe
from tests.support.visitor import Visitor, run_server

Seen = list[tuple[str, str, int]]


@pytest.fixture
def seen() -> Seen:
    return []


@pytest.fixture
def metrics(context: Context) -> Metrics:
    return Metrics(context.folder, partial(read_figures, context))


@pytest.fixture
def visitor(context: Context, metrics: Metrics, seen: Seen) -> Iterator[Visitor]:
    def observe(method: str, route: str, status: int, seconds: float) -> None:
        assert seconds >= 0
        seen.append((method, route, status))

    site = listen(context, host="127.0.0.1", port=0, observers=(metrics.observe, observe))
    with run_server(site.server):
        yield Visitor(site.port)


def wait_for(seen: Seen, count: int) -> None:
    """Wait until the site has told of so many answers: it does so once they have left."""
    until = time.monotonic() + 30
    while len(seen) < count and time.monotonic() < until:
        time.sleep(0.01)


def scrape(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        return str(answer.read().decode())


def test_a_request_is_told_without_its_token(
    context: Context, visitor: Visitor, seen: Seen
) -> None:
    link = subscribe(context, "ada@example.com")
    asked = (link, "/unsubscribe/forged", "/", "/wp-login.php")
    for count, path in enumerate(asked, start=1):
        visitor.get(path)
        # Two threads may tell of two answers in either order.
        wait_for(seen, count)
    visitor.request("BREW", "/archive/")
    wait_for(seen, 5)

    assert seen[:4] == [
        ("GET", "/unsubscribe", 200),
        ("GET", "/unsubscribe", 404),
        ("GET", "/", 200),
        ("GET", "other", 404),
    ]
    assert seen[4][:2] == ("other", "/archive")


def test_prometheus_gets_figures_and_no_names(
    context: Context, visitor: Visitor, metrics: Metrics, seen: Seen
) -> None:
    link = subscribe(context, "ada@example.com")
    with transaction(context.engine) as connection:
        save_run(connection, LastRun(at=context.clock(), exit_code=3))
    visitor.get(link)
    wait_for(seen, 1)
    port, stop = metrics.serve(0)
    try:
        text = scrape(port)
    finally:
        stop()

    requests = 'newsletter_http_requests_total{method="GET",route="/unsubscribe",status="200"} 1.0'
    assert requests in text
    assert 'newsletter_http_request_seconds_count{route="/unsubscribe"} 1.0' in text
    assert 'newsletter_subscribers{status="active"} 1.0' in text
    assert "newsletter_last_run_exit_code 3.0" in text
    (at,) = re.findall(r"^newsletter_last_run_timestamp_seconds (\S+)$", text, re.MULTILINE)
    assert float(at) == context.clock().timestamp()
    assert "newsletter_database_up 1.0" in text
    assert "newsletter_disk_free_bytes" in text
    assert "ada" not in text
    assert link not in text


def test_a_database_that_is_gone_is_a_figure_too(context: Context, metrics: Metrics) -> None:
    context.engine.dispose()
    for file in context.folder.glob("newsletter.db*"):
        file.unlink()
    port, stop = metrics.serve(0)
    try:
        assert "newsletter_database_up 0.0" in scrape(port)
        with pytest.raises(NewsletterError, match="--metrics-port"):
            metrics.serve(port)
    finally:
        stop()
