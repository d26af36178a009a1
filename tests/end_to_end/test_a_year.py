"""A year of weekly and monthly issues, some missed: each post once to each reader.

Greetings do not repeat, and each season is greeted in its first issue.
"""

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
TOPIC = '[[topics]]\nname = "Hills"\ncategories = ["hills"]\n\n[issue]\n'
READERS = (
    "email,rhythm,topics\nmoe@example.com,monthly,\nrae@example.com,,Hills\n"
    "tom@example.com,monthly,Hills\n"
)
BLOG = "https://trails.example/20"
# The year ends on the first Sunday of October, with a monthly issue.
LAST_WEEKS = SUNDAYS[-4:]


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


@pytest.mark.timeout(1200)  # 52 runs of the program, on a machine that may be busy
def test_a_year_of_weekly_and_monthly_runs_with_missed_weeks(weekly: Newsletter) -> None:
    weekly.set("[issue]\n", TOPIC)
    (weekly.folder / "readers.csv").write_text(READERS, "utf-8")
    weekly.run("subscribers", "import", str(weekly.folder / "readers.csv"))
    chance = random.Random(1)  # noqa: S311  # reproducible, no secret
    missed = {sunday for sunday in SUNDAYS if chance.random() < 0.15}
    missed -= {FIRST_SUNDAY, *LAST_WEEKS}
    assert any(sunday.day <= 7 for sunday in missed)  # a monthly issue is due on some of these
    posts = [
        Item(
            number=item.number,
            title=item.title,
            day=item.day,
            categories=("hills",) if chance.random() < 0.3 else (),
        )
        for item in years_posts()
        if item.day < LAST_WEEKS[0]
    ]
    old = weekly.items[2:]  # published before `init`
    for sunday in SUNDAYS:
        if sunday in missed:
            continue
        published = [item for item in posts if item.day < sunday]
        weekly.blog.serve_feed(rss(*[*reversed(published), *old][:40]))
        weekly.at(f"{sunday}T15:00:00+00:00").run("run")

    weekly.items = posts
    values = sorted(item.title for item in posts)
    hills = sorted(item.title for item in posts if item.categories)
    folders = sorted((weekly.folder / "outbox").iterdir(), key=lambda path: int(path.name))
    sent = [weekly.outbox(folder.name) for folder in folders]
    for reader, wanted in (
        ("ann@example.com", values),
        ("sue@example.com", values),
        ("moe@example.com", values),
        ("rae@example.com", hills),
        ("tom@example.com", hills),
    ):
        messages = [letters[reader] for letters in sent if reader in letters]
        texts = [text_of(letter) for letter in messages]
        # A monthly issue with many posts shows the last ones by title alone.
        assert [(title, sum(title in text for text in texts)) for title in wanted] == [
            (title, 1) for title in wanted
        ]
        number = sum(text.count(BLOG) for text in texts)
        assert number == len(wanted)
        subjects = [str(letter["Subject"]) for letter in messages]
        assert len(set(subjects)) == len(subjects)
    monthly = [letters for letters in sent if "moe@example.com" in letters]
    assert len(monthly) <= 12
    assert not any("ann@example.com" in letters for letters in monthly)
    for reader, hemisphere, seasons in (
        # By the sun the next season begins after the last issue.
        ("ann@example.com", "north", ["fall", "winter", "spring", "summer"]),
        ("sue@example.com", "south", ["spring", "summer", "fall", "winter"]),
    ):
        greetings = [
            text_of(letters[reader]).partition("\n\n")[0] for letters in sent if reader in letters
        ]
        weeks = [
            week
            for year in ("2026", "2027")
            for week in weekly.run(
                "intros", "--year", year, "--hemisphere", hemisphere, "--json"
            ).json["weeks"]
            if week["sent"]
        ]
        assert all(one != two for one, two in pairwise(greetings))
        assert [week["season"] for week in weeks if week["phase"] == "first"] == seasons
        assert all(bool(w["parts"]["hello"]) == (w["phase"] == "first") for w in weeks)
