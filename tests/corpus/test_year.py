"""Real archives and feeds through collect and run: `pytest --corpus DIR`."""

from __future__ import annotations

import datetime as dt
import random
import re
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.support.feed_year import FeedYear
from tests.support.program import Program
from tests.support.web_server import WebServer

_WEEKS = 52
_ITEM = re.compile(r"<item>.*?</item>", re.DOTALL)
_DATE = re.compile(r"<pubDate>(.*?)</pubDate>")


@pytest.fixture
def running(pytestconfig: pytest.Config) -> Path:
    return Path(str(pytestconfig.getoption("corpus"))) / "running"


def _weeks(start: dt.datetime) -> list[dt.datetime]:
    sunday = start + dt.timedelta(days=6 - start.weekday())
    return [sunday.replace(hour=18) + dt.timedelta(weeks=week) for week in range(1, _WEEKS + 1)]


def test_a_year_of_a_real_archive_loses_and_repeats_nothing(
    running: Path, program: Program, web: WebServer
) -> None:
    archive = max(running.glob("*.wp.xml"), key=lambda path: path.stat().st_size)
    text = archive.read_text("utf-8")
    dated = sorted(
        ((parsedate_to_datetime(_DATE.findall(item)[0]), item) for item in _ITEM.findall(text)),
        key=lambda pair: pair[0],
    )
    head = text[: text.index("<item>")]
    start = dated[0][0] + dt.timedelta(days=60)
    weeks = _weeks(start)
    missed = random.Random(7).choice(weeks[5:45])  # noqa: S311 - seeded

    def feed_at(now: dt.datetime) -> bytes:
        shown = [item for date, item in dated if date < now - dt.timedelta(hours=3)][::-1][:10]
        feed = head + "".join(shown) + "</channel></rss>"
        migrated = re.sub(r"(<guid[^>]*>)[^<]*?([^/<]+/?</guid>)", r"\1urn:moved:\2", feed)
        return (migrated if now >= weeks[30] else feed).encode()

    year = FeedYear(program, web, feed_at, start)
    sizes = [year.run_week(week) for week in weeks if week != missed]
    # A full issue leaves posts for later, so add quiet weeks.
    quiet = [weeks[-1] + dt.timedelta(weeks=more) for more in range(1, 5)]
    year.feed_at = lambda _: feed_at(weeks[-1])
    sizes += [year.run_week(week) for week in quiet]
    year.end()

    end = weeks[-1] - dt.timedelta(hours=3)
    expected = [date for date, _ in dated if start - dt.timedelta(hours=3) <= date < end]
    held = [post for post in year.posts() if post.state not in {"issued", "seen_before_start"}]
    assert held == []
    assert sum(sizes) == len(expected)


def test_a_feeds_published_states_go_out_once_and_edits_never(
    running: Path, program: Program, web: WebServer
) -> None:
    (folder,) = sorted((running / "published").iterdir())
    states = {
        dt.datetime.fromisoformat(path.name[:10]).replace(hour=23, tzinfo=dt.UTC): path.read_bytes()
        for path in sorted(folder.iterdir())
    }
    moments = sorted(states)

    def feed_at(now: dt.datetime) -> bytes:
        return states[max(moment for moment in moments if moment <= now)]

    year = FeedYear(program, web, feed_at, moments[0])
    sent = []
    for moment in moments[1:]:
        sunday = moment + dt.timedelta(days=(6 - moment.weekday()) % 7 + 7)
        sent += [
            year.run_week(sunday.replace(hour=18) + dt.timedelta(weeks=week)) for week in range(3)
        ]
    year.end()

    assert sum(sent) == sum(post.state == "issued" for post in year.posts())
    assert all(post.state in {"issued", "seen_before_start"} for post in year.posts())
    assert len({post.guid for post in year.posts()}) == len(year.posts())
    assert sent[-1] == 0
