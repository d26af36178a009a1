"""A year of weekly and monthly issues, some missed: each post once to each reader."""

from __future__ import annotations

import random

import pytest

from tests.end_to_end.newsletter import Newsletter, text_of
from tests.end_to_end.test_a_year import SUNDAYS, years_posts
from tests.support.feeds import Item, rss

TOPIC = '[[topics]]\nname = "Hills"\ncategories = ["hills"]\n\n[issue]\n'
READERS = (
    "email,rhythm,topics\nmoe@example.com,monthly,\nrae@example.com,,Hills\n"
    "tom@example.com,monthly,Hills\n"
)
BLOG = "https://trails.example/20"
# The year ends on the first Sunday of October, with a monthly issue.
LAST_WEEKS = SUNDAYS[-4:]


@pytest.mark.timeout(1200)  # 52 runs of the program, on a machine that may be busy
def test_a_year_of_weekly_and_monthly_runs_with_missed_weeks(weekly: Newsletter) -> None:
    weekly.set("[issue]\n", TOPIC)
    (weekly.folder / "readers.csv").write_text(READERS, "utf-8")
    weekly.run("subscribers", "import", str(weekly.folder / "readers.csv"))
    chance = random.Random(1)  # noqa: S311  # reproducible, no secret
    missed = {sunday for sunday in SUNDAYS if chance.random() < 0.15} - set(LAST_WEEKS)
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
    folders = list((weekly.folder / "outbox").iterdir())
    sent = [weekly.outbox(folder.name) for folder in folders]
    for reader, wanted in (
        ("ann@example.com", values),
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
