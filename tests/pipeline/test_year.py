"""52 weeks with a missed week and a change of guids: no post is lost or repeated."""

from __future__ import annotations

import datetime as dt
import random

from tests.support.feed_year import FeedYear
from tests.support.feeds import Item, rss
from tests.support.program import Program
from tests.support.web_server import WebServer

_START = dt.datetime(2026, 1, 5, 18, tzinfo=dt.UTC)
_WEEKS = 52
_MIGRATION = _START + dt.timedelta(weeks=30)


def _posts(chance: random.Random) -> tuple[Item, ...]:
    """Return about one post a week, in some weeks none or three, oldest first."""
    days = sorted(chance.sample(range(-40, _WEEKS * 7 - 3), 60))
    first = _START.date()
    return tuple(
        Item(
            number=n,
            title=f"Post {n}",
            day=first + dt.timedelta(days=day),
            body=f"<p>Day {day} of the year, a run of {n} miles along the river and home.</p>",
        )
        for n, day in enumerate(days, start=1)
    )


def test_every_post_goes_out_once(program: Program, web: WebServer) -> None:
    chance = random.Random(20261122)  # noqa: S311 - seeded, so that a failure recurs
    blog, missed = _posts(chance), chance.randrange(5, 45)

    def feed_at(now: dt.datetime) -> bytes:
        shown = [item for item in blog if item.day < now.date()][::-1][:10]
        feed = rss(*shown)
        return (feed.replace("/?p=", "/?post_id=") if now >= _MIGRATION else feed).encode()

    year = FeedYear(program, web, feed_at, _START)
    sizes = [
        year.run_week(_START + dt.timedelta(days=6, weeks=week))
        for week in range(_WEEKS)
        if week != missed
    ]
    year.end()

    expected = [item.title for item in blog if item.day >= _START.date()]
    assert dict(year.count_titles()) == dict.fromkeys(expected, 1)
    assert sum(sizes) == len(expected)
