"""What a run leaves behind: its time, a call to whoever watches, and a word when none comes by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path

import msgspec
import pytest

from newsletter.context import Context
from newsletter.pipeline.run_outcome import finish_run, ping_url, tell_missing_runs
from newsletter.scheduling.run_times import has_leapt, latest_known_time, trust_clock
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.runs import LastRun, last_run
from tests.support.newsletter_folder import create_newsletter, publish
from tests.support.web_server import WebServer

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = create_newsletter(tmp_path / "newsletter")
    yield context
    context.engine.dispose()


def later(context: Context, **distance: int) -> Context:
    """Return the same newsletter as that much later."""
    return replace(context, clock=lambda: NOW + dt.timedelta(**distance))


def with_ping(context: Context, ping: str, *, private: bool = True) -> Context:
    """Return the same newsletter with an address to call."""
    change = msgspec.structs.replace
    settings = change(
        context.settings,
        schedule=change(context.settings.schedule, ping=ping),
        fetch=change(context.settings.fetch, allow_private_addresses=private),
    )
    return replace(context, settings=settings)


def subjects(context: Context) -> list[str]:
    folder = context.folder / "outbox" / "notice"
    return [
        str(message_from_bytes(path.read_bytes())["Subject"])
        for path in sorted(folder.glob("*.eml"))
    ]


def test_the_last_run_is_remembered_with_how_it_ended(context: Context) -> None:
    assert finish_run(context, 0) == ""
    finish_run(later(context, hours=1), 3)

    finish_run(later(context, hours=2), 2)

    with snapshot(context.engine) as connection:
        assert last_run(connection) == LastRun(at=NOW + dt.timedelta(hours=1), exit_code=3), (
            "a run that the settings kept from beginning is none"
        )


@pytest.mark.parametrize(
    ("template", "code", "url"),
    [
        ("https://hc.example/u/{code}", 3, "https://hc.example/u/3"),
        ("https://up.example/push?status={outcome}", 1, "https://up.example/push?status=failed"),
        ("https://up.example/push?status={outcome}", 3, "https://up.example/push?status=attention"),
        ("https://snitch.example/u", 0, "https://snitch.example/u"),
        ("https://snitch.example/u", 2, ""),
        ("", 0, ""),
    ],
)
def test_an_address_is_called_with_the_outcome(template: str, code: int, url: str) -> None:
    assert ping_url(template, code) == url


def test_each_run_calls_it_and_its_faults_hold_nothing_up(context: Context, web: WebServer) -> None:
    web.answer("/0", "ok")
    web.answer("/1", status=302, Location="/secret")

    assert finish_run(with_ping(context, f"{web.url}/{{code}}"), 0) == ""
    assert "HTTP 302" in finish_run(with_ping(context, f"{web.url}/{{code}}"), 1)
    assert "could not be connected to" in finish_run(with_ping(context, "http://127.0.0.1:9/"), 0)
    private = finish_run(with_ping(context, f"{web.url}/private", private=False), 0)
    assert "not" in private
    assert web.paths() == ["/0", "/1"], "no redirect is followed, no private address asked"


def test_the_author_is_told_once_that_no_run_comes_by(context: Context) -> None:
    finish_run(context, 0)

    assert not tell_missing_runs(later(context, days=13))
    assert tell_missing_runs(later(context, days=15))
    assert tell_missing_runs(later(context, days=16))
    assert subjects(context) == ["Nothing has called your newsletter for 15 days"]
    finish_run(later(context, days=17), 0)
    assert not tell_missing_runs(later(context, days=18))
    assert tell_missing_runs(later(context, days=40))
    assert len(subjects(context)) == 2


def test_a_newsletter_that_was_never_run_is_told_of_too(context: Context) -> None:
    assert not tell_missing_runs(later(context, days=99)), "it has no blog yet"
    publish(context, "A post")
    assert latest_known_time_of(context) is None


def latest_known_time_of(context: Context) -> dt.datetime | None:
    with snapshot(context.engine) as connection:
        return latest_known_time(connection)


def test_only_a_leap_that_the_author_confirms_is_believed(context: Context) -> None:
    def trust(now: dt.datetime, *, insist: bool = False) -> dt.datetime | None:
        with transaction(context.engine) as connection:
            trust_clock(connection, now, insist=insist)
            return latest_known_time(connection)

    year = dt.timedelta(days=365)
    assert trust(NOW) == NOW
    assert trust(NOW + year) == NOW
    assert trust(NOW + year, insist=True) == NOW + year
    assert has_leapt(NOW, NOW + dt.timedelta(days=93))
    assert not has_leapt(NOW, NOW + dt.timedelta(days=90))
    assert not has_leapt(NOW, NOW - year)
    assert not has_leapt(None, NOW)
