"""A year of a weekly newsletter in three zones, by the real program and a clock of its own.

The timer comes late, twice at once and not at all for weeks; runs are killed; an older backup is
put back by mistake; the newsletter moves to PostgreSQL and back, and is upgraded. The relay's log
is the judge: every post in one issue, and every reader of that time mailed once an issue.

It needs Debian's package `faketime` (tools/realtest.sh).
"""

from __future__ import annotations

import datetime as dt
import random
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.realtest.older_database import downgrade
from tests.realtest.years.events import (
    kill_in_delivery,
    move,
    put_an_older_backup_back_and_notice,
    run_twice_at_once,
)
from tests.realtest.years.newsletter_year import FAITHFUL, NewsletterYear, faked_environment
from tests.support.blog import Blog
from tests.support.postgresql import PostgreSQL
from tests.support.smtp_relay import Relay
from tests.support.warm import WarmServer

WEEK, HOUR, MINUTE = dt.timedelta(weeks=1), dt.timedelta(hours=1), dt.timedelta(minutes=1)
FIRST_SUNDAY = dt.date(2026, 9, 20)
WEEKS = 54
POSTS_A_WEEK = (0, 1, 2, 2, 3, 3, 4)
# By the number of the week.
MISSED, SKIPPED = (15, 33), (9, 40)
KILLED = {4: True, 12: False, 29: True, 37: False, 45: True, 49: False}
OLDER_BACKUP, TO_POSTGRESQL, BACK_AGAIN, UPGRADE, ERASURE = 20, 26, 34, 42, 47
# What a run says of a week with too few posts.
_THIN = ("No new posts are waiting", "Only 1 post waits")
# How late the timer comes, in hours: mostly at once.
DELAYS = (0.01, 0.02, 0.5, 1.2, 5, 20, 40)
#: Zones with the hour of the issue before and after the New Year: the hours that a clock change in
#: that zone leaves out, or has twice.
ZONES = {
    "America/Los_Angeles": ("01:30", "02:30"),
    "Europe/Berlin": ("02:30", "02:30"),
    "Australia/Lord_Howe": ("02:15", "01:45"),
}


@pytest.fixture
def year(tmp_path: Path, blog: Blog, request: pytest.FixtureRequest) -> Iterator[NewsletterYear]:
    zone: str = request.getfixturevalue("zone")
    server = WarmServer(faked_environment())
    begin = dt.datetime.combine(FIRST_SUNDAY - dt.timedelta(days=6), dt.time(9), ZoneInfo(zone))
    with Relay() as relay:
        year = NewsletterYear(tmp_path / "n", blog, relay, server, begin.astimezone(dt.UTC) - WEEK)
        year.publish("Before it all began")
        year.now += WEEK
        year(
            "init", str(year.folder), "--blog", blog.url,
            "--from", "Trail News <news@example.com>", "--postal-address", "1 Hill Road",
            "--timezone", zone, "--time", ZONES[zone][0], "--allow-private-addresses", "--yes",
        )  # fmt: skip
        skipped = ", ".join(f"{FIRST_SUNDAY + number * WEEK}" for number in SKIPPED)
        for old, new in (
            ('approval = "required"', 'approval = "auto"'),
            ("min_posts = 1", "min_posts = 2"),
            ("skip_dates = []", f"skip_dates = [{skipped}]"),
            ("# subject = ", 'subject = "Letter {{ number }}: {{ lead }}"  # '),
            ('mailer = "outbox"', 'mailer = "smtp"'),
            ("batch_size = 100", "batch_size = 1"),
            ('host = "localhost"', 'host = "127.0.0.1"'),
            ("port = 587", f"port = {relay.port}"),
            ('security = "starttls"', 'security = "none"'),
            ('url = ""', 'url = "https://news.example.com"'),
        ):
            year.set(old, new)
        for address in (FAITHFUL, *(f"reader{number}@example.com" for number in range(11))):
            year.join(address)
        yield year
    server.close()


def slot(number: int, zone: str) -> dt.datetime:
    """Return when the issue of a week is due, by the wall clock of the zone."""
    day = FIRST_SUNDAY + number * WEEK
    time = dt.time.fromisoformat(ZONES[zone][day.year > FIRST_SUNDAY.year])
    return dt.datetime.combine(day, time, ZoneInfo(zone)).astimezone(dt.UTC)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("zone", ZONES)
def test_a_year_by_its_own_clock(
    year: NewsletterYear, zone: str, postgresql_server: PostgreSQL
) -> None:
    chance = random.Random(zone)  # noqa: S311  # reproducible, no secret
    backups = year.folder.with_name("backups")
    backups.mkdir()
    for number in range(WEEKS):
        due = slot(number, zone)
        if due.year > FIRST_SUNDAY.year and (slot(number - 1, zone).year == FIRST_SUNDAY.year):
            before, after = ZONES[zone]
            year.set(f'time = "{before}"', f'time = "{after}"')
        live_through_a_week(year, number, due, chance)
        if number % 3 == 2:
            year("backup", str(backups), "--keep", "4")
        if number == OLDER_BACKUP:
            put_an_older_backup_back_and_notice(year, backups)
        elif number == TO_POSTGRESQL:
            move(year, postgresql_server.new_database())
        elif number == BACK_AGAIN:
            move(year, "sqlite:///newsletter.db")
        elif number == UPGRADE:
            downgrade(year.folder)
        elif number == ERASURE:
            erase_somebody(year)
    assert list(contradictions(year)) == []
    assert list(posts_not_in_one_issue(year)) == []
    assert list(differences_from_what_is_stored(year)) == []
    assert list(weeks_without_a_reason(year, zone)) == []
    assert not (year.folder / "before-0015.db").exists(), "a reader was erased since"
    print(figures(year, zone))


def live_through_a_week(
    year: NewsletterYear, number: int, due: dt.datetime, chance: random.Random
) -> None:
    """Publish, let people come and go, and let the timer come when it comes."""
    is_last = number >= WEEKS - 2
    count = 2 if is_last else chance.choice(POSTS_A_WEEK)
    if number in KILLED:
        count = max(count, 2)
    titles = [f"Run {number:02}.{post}" for post in range(count)]
    moments = sorted(due - chance.uniform(3, 130) * HOUR for _ in range(chance.choice((1, 1, 2))))
    year.now = moments[0]
    year.publish(*titles)
    if chance.random() < 0.5:
        year.join(f"week{number}@example.com")
    if chance.random() < 0.4:
        year.leave(chance.choice(sorted(year.readers - {FAITHFUL})))
    if number in MISSED:
        # Nothing comes by for most of the week, nor for two days after the hour.
        year.run()
        year.now = due + 60 * HOUR
        year.run()
        return
    for moment in moments:
        year.now = moment
        year.run()
    year.now = due - 2 * MINUTE
    year.run()
    year.now = due + chance.choice(DELAYS) * HOUR
    if number in KILLED:
        kill_in_delivery(year, at_message=chance.randrange(1, 9), is_accepted=KILLED[number])
    elif number % 5 == 3:
        run_twice_at_once(year)
    else:
        year.run()
    year.now += chance.uniform(0.2, 3) * HOUR
    if chance.random() < 0.3:
        year.run()


def erase_somebody(year: NewsletterYear) -> None:
    """Erase a reader; what the restore kept is older than a month by now, and goes too."""
    address = min(year.readers - {FAITHFUL})
    assert list(year.folder.glob("before-restore-*/newsletter.db"))
    year("subscribers", "erase", address, "--yes")
    year.readers.discard(address)
    assert not list(year.folder.glob("before-restore-*/newsletter.db"))


def contradictions(year: NewsletterYear) -> Iterator[str]:
    """Yield who was mailed twice or not at all, and issues that came too soon."""
    for number, addresses in year.mailed.items():
        if twice := [address for address, count in Counter(addresses).items() if count > 1]:
            yield f"issue {number} came twice to {twice}"
        if set(addresses) != year.expected[number]:
            yield f"issue {number} differs by {set(addresses) ^ year.expected[number]}"
    moments = sorted(year.mailed_at.values())
    if any(later - earlier < dt.timedelta(hours=72) for earlier, later in pairwise(moments)):
        yield "two issues came within 72 hours"


def posts_not_in_one_issue(year: NewsletterYear) -> Iterator[str]:
    *posts, old = year.posts
    for item in posts:
        issues = [number for number, text in year.texts.items() if item.title in text]
        if len(issues) != 1:
            yield f"{item.title} is in the issues {issues}"
    if any(old.title in text for text in year.texts.values()):
        yield "a post of before the beginning was sent"


def differences_from_what_is_stored(year: NewsletterYear) -> Iterator[str]:
    stored = {issue["number"]: issue for issue in year("issues", "--json").json["issues"]}
    for number, addresses in year.mailed.items():
        issue, left = stored[number], year.left_unknown[number]
        found = [issue[name] for name in ("status", "planned", "accepted", "failed", "unknown")]
        if found != ["sent", len(addresses), len(addresses) - left, left, 0]:
            yield f"issue {number} is stored as {issue}, and {left} unknown were left"


def weeks_without_a_reason(year: NewsletterYear, zone: str) -> Iterator[str]:
    """Yield the weeks without an issue of which no run said why."""
    for number in range(WEEKS):
        before, due, following = (slot(number + week, zone) for week in (-1, 0, 1))
        if any(due <= at < following for at in year.mailed_at.values()):
            continue
        runs = [c for c in year.calls if c.words[0] == "run" and before < c.at < following]
        day = due.astimezone(ZoneInfo(zone)).date()
        named = re.compile(rf"{day}[^.]*(is skipped|are skipped|did not go out in time)")
        since = [c.said for c in runs if c.at >= due]
        if any(named.search(call.said) for call in runs):
            continue
        if not any(reason in said for said in since for reason in _THIN):
            yield f"week {number}, {day}: {since}"


def figures(year: NewsletterYear, zone: str) -> str:
    runs = [call for call in year.calls if call.words[0] == "run"]
    codes = Counter(call.result.code for call in runs)
    letters = sum(map(len, year.mailed.values()))
    return (
        f"{zone}: {len(year.mailed)} issues, {letters} messages, {len(year.posts) - 1} posts, "
        f"{len(year.calls)} commands, {len(runs)} runs by exit code {dict(codes)}"
    )
