"""A year of weekly issues: each post reaches each reader once, and greetings do not repeat."""

from __future__ import annotations

import datetime as dt
import random
from itertools import pairwise

import pytest

from tests.end_to_end.newsletter import Newsletter, text_of
from tests.support.feeds import Item, rss

FIRST_SUNDAY = dt.date(2026, 10, 11)
WEEK = dt.timedelta(weeks=1)
SUNDAYS = tuple(FIRST_SUNDAY + number * WEEK for number in range(52))
# Posts in a week: mostly one to four, at times none, now and then many.
POSTS_A_WEEK = (0, 1, 1, 2, 2, 2, 3, 3, 4, 7)


def years_posts() -> list[Item]:
    """Return about 120 posts, oldest first; the last two weeks have few, so none is left over."""
    chance = random.Random(1)  # noqa: S311  # reproducible, no secret
    items: list[Item] = []
    for sunday in SUNDAYS[:50]:
        days = sorted(chance.randrange(1, 7) for _ in range(chance.choice(POSTS_A_WEEK)))
        for day in days:
            number = 1000 + len(items)
            posted = sunday - dt.timedelta(days=7 - day)
            items.append(Item(number=number, title=f"Run number {number}", day=posted))
    return items


@pytest.mark.timeout(900)  # 52 runs of the program, on a machine that may be busy
def test_a_year_of_weekly_runs(weekly: Newsletter) -> None:
    posts = years_posts()
    assert 100 <= len(posts) <= 140
    old = weekly.items[2:]  # published before `init`
    for sunday in SUNDAYS:
        published = [item for item in posts if item.day < sunday]
        weekly.blog.serve_feed(rss(*[*reversed(published), *old][:10]))
        weekly.at(f"{sunday}T15:00:00+00:00").run("run")

    weekly.items = posts
    folders = sorted((weekly.folder / "outbox").iterdir(), key=lambda path: int(path.name))
    for reader, hemisphere, seasons in (
        # By the sun the next season begins after the last issue.
        ("ann@example.com", "north", ["fall", "winter", "spring", "summer"]),
        ("sue@example.com", "south", ["spring", "summer", "fall", "winter"]),
    ):
        letters = [weekly.outbox(folder.name)[reader] for folder in folders]
        titles = [title for letter in letters for title in weekly.titles_in(letter)]
        greetings = [text_of(letter).partition("\n\n")[0] for letter in letters]
        weeks = [
            week
            for year in ("2026", "2027")
            for week in weekly.run(
                "intros", "--year", year, "--hemisphere", hemisphere, "--json"
            ).json["weeks"]
            if week["sent"]
        ]

        assert sorted(titles) == sorted(item.title for item in posts)
        assert all(one != two for one, two in pairwise(greetings))
        assert [week["season"] for week in weeks if week["phase"] == "first"] == seasons
        assert all(bool(w["parts"]["hello"]) == (w["phase"] == "first") for w in weeks)
