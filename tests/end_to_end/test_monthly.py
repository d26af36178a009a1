"""The monthly issue: the same posts for readers who chose it, beside the weekly issue."""

from __future__ import annotations

import datetime as dt
import os
import signal
from pathlib import Path

import pytest

from newsletter.app import open_newsletter
from newsletter.models import Figures
from newsletter.pipeline.run import run
from tests.end_to_end.conftest import copy_newsletter
from tests.end_to_end.newsletter import Newsletter
from tests.support.feeds import Item

# Sundays of autumn 2026; monthly issues are due on the first of November and of December.
OCTOBER = tuple(f"2026-10-{day}T07:00" for day in (11, 18, 25))
NOVEMBER = tuple(f"2026-11-{day:02}T07:00:00-07:00" for day in (1, 8, 15, 22, 29))
DECEMBER = "2026-12-06T07:00:00-07:00"


def post_for(sunday: str) -> Item:
    """Return a post of the week before that Sunday."""
    day = dt.datetime.fromisoformat(sunday).date() - dt.timedelta(days=3)
    number = 100 + (day - dt.date(2026, 10, 1)).days
    return Item(number=number, title=f"Run of {day:%d %B}", day=day)


def week(newsletter: Newsletter, sunday: str) -> str:
    """Publish a post, run the program on that Sunday and return its output."""
    newsletter.publish(post_for(sunday))
    return str(newsletter.at(sunday).run("run", "--json").json["reason"])


def titles(newsletter: Newsletter, reader: str) -> list[list[str]]:
    """Return the posts of each message that the reader got, in the order of issue numbers."""
    folders = sorted((newsletter.folder / "outbox").iterdir(), key=lambda path: int(path.name))
    messages = (newsletter.outbox(folder.name).get(reader) for folder in folders)
    return [newsletter.titles_in(message) for message in messages if message]


def choose(newsletter: Newsletter, reader: str, rhythm: str) -> None:
    """Change a reader's rhythm by an import."""
    readers = newsletter.folder / "changed.csv"
    readers.write_text(f"email,rhythm\n{reader},{rhythm}\n", "utf-8")
    newsletter.run("subscribers", "import", str(readers))


@pytest.fixture(scope="module")
def monthly_pattern(
    read_pattern: Newsletter, tmp_path_factory: pytest.TempPathFactory
) -> Newsletter:
    newsletter = copy_newsletter(read_pattern, tmp_path_factory.mktemp("monthly") / "newsletter")
    newsletter.set('approval = "required"', 'approval = "auto"')
    choose(newsletter, "moe@example.com", "monthly")
    return newsletter


@pytest.fixture(scope="module")
def october_pattern(
    monthly_pattern: Newsletter, tmp_path_factory: pytest.TempPathFactory
) -> Newsletter:
    newsletter = copy_newsletter(monthly_pattern, tmp_path_factory.mktemp("october") / "newsletter")
    for sunday in OCTOBER:
        week(newsletter, sunday)
    return newsletter


@pytest.fixture
def monthly(monthly_pattern: Newsletter, tmp_path: Path) -> Newsletter:
    """Ann and Sue read every issue, Moe the monthly one; the blog has no new posts."""
    return copy_newsletter(monthly_pattern, tmp_path / "newsletter")


@pytest.fixture
def october(october_pattern: Newsletter, tmp_path: Path) -> Newsletter:
    """The same after October, with a post and a weekly issue on each of its Sundays."""
    newsletter = copy_newsletter(october_pattern, tmp_path / "newsletter")
    newsletter.publish(*(post_for(sunday) for sunday in reversed(OCTOBER)))
    return newsletter.at(OCTOBER[-1])


def test_monthly_readers_get_the_month_once_and_weekly_readers_every_week(
    october: Newsletter,
) -> None:
    for sunday in (*NOVEMBER, DECEMBER):
        week(october, sunday)

    def titles_of(*sundays: str) -> list[str]:
        return [post_for(sunday).title for sunday in reversed(sundays)]

    assert titles(october, "moe@example.com") == [
        titles_of(*OCTOBER, NOVEMBER[0]),
        titles_of(*NOVEMBER[1:], DECEMBER),
    ]
    values = (*OCTOBER, *NOVEMBER, DECEMBER)
    for reader in ("ann@example.com", "sue@example.com"):
        assert sorted(titles(october, reader)) == sorted(titles_of(sunday) for sunday in values)
    keys = {issue["key"]: issue for issue in october.run("issues", "--json").json["issues"]}
    assert keys["2026-M11"]["planned"] == keys["2026-M12"]["planned"] == 1
    assert keys["2026-W44"]["planned"] == 2


def test_one_run_sends_both_and_says_so_in_one_line(october: Newsletter) -> None:
    october.publish(post_for(NOVEMBER[0]))

    answer = october.at(NOVEMBER[0]).run("run", "--json").json

    assert "\n" not in answer["reason"]
    sent = {issue["issue"]: issue for issue in answer["issues"]}
    assert [value["accepted"] for value in sent.values()] == [2, 1]
    assert answer["issue"] == min(sent, key=lambda number: number != answer["issue"])
    for number, result in sent.items():
        messages = "message" if result["planned"] == 1 else "messages"
        written = (
            f"Issue {number}: {result['planned']} {messages} written to outbox/{number}; nobody"
        )
        assert written in answer["reason"]
    again = october.run("run", "--json").json
    assert (again["issue"], again["issues"]) == (None, [])


def test_ctrl_c_after_the_first_of_two_issues_prevents_the_second(
    october: Newsletter,
) -> None:
    october.publish(post_for(NOVEMBER[0]))
    context = open_newsletter(october.folder, {"NEWSLETTER_NOW": NOVEMBER[0]})

    def at_the_last(figures: Figures) -> None:
        if not figures.pending:
            os.kill(os.getpid(), signal.SIGINT)

    report = run(context, progress=at_the_last)

    assert [sent.complete for sent in report.sent] == [True]
    assert report.attention
    assert "It was interrupted before the next issue." in report.reason
    issues = october.run("issues", "--json").json["issues"]
    assert [issue["status"] for issue in issues if issue["rhythm"] == "monthly"] == ["draft"]
    later = october.at(NOVEMBER[0]).run("run", "--json").json
    assert [issue["status"] for issue in later["issues"]] == ["sent"]
    context.engine.dispose()


def test_the_next_issue_is_the_one_due_first(monthly: Newsletter) -> None:
    week(monthly, OCTOBER[0])
    monthly.publish(post_for(OCTOBER[1]))
    monthly.at("2026-10-16T12:00").run("collect")

    first = monthly.run("draft", "--json").json
    assert (first["key"], first["also"][0]["key"]) == ("2026-W42", "2026-M11")
    assert monthly.run("show", "next", "--json").json["key"] == "2026-W42"
    monthly.at(OCTOBER[1]).run("run")
    assert monthly.run("show", "next", "--json").json["key"] == "2026-M11"


def test_the_month_has_an_approval_of_its_own(monthly: Newsletter) -> None:
    monthly.set('approval = "auto"', 'approval = "required"')
    monthly.publish(post_for(OCTOBER[0]))
    monthly.at(OCTOBER[0])("run")
    month = monthly.run("draft", "--json").json["also"][0]["issue"]
    monthly.run("approve", str(month))

    answer = monthly.at(NOVEMBER[0])("run", "--json")

    assert answer.code == 3
    assert [issue["issue"] for issue in answer.json["issues"]] == [month]
    assert "held: it is not approved" in answer.json["reason"]
    assert titles(monthly, "moe@example.com") == [[post_for(OCTOBER[0]).title]]
    assert titles(monthly, "ann@example.com") == []
    # The weekly issue still has its post: once in each rhythm.
    monthly.run("approve", "next")
    monthly.run("run")
    assert titles(monthly, "ann@example.com") == [[post_for(OCTOBER[0]).title]]


def test_a_stopped_month_holds_nobody_else(monthly: Newsletter) -> None:
    week(monthly, OCTOBER[0])
    month = monthly.run("draft", "--json").json["issue"]
    monthly.run("stop", str(month))
    monthly.publish(post_for(NOVEMBER[0]))

    answer = monthly.at(NOVEMBER[0])("run", "--json")

    assert answer.code == 3
    assert f"Issue {month} (2026-M11) is stopped" in answer.json["reason"]
    assert len(titles(monthly, "ann@example.com")) == 2
    assert titles(monthly, "moe@example.com") == []
    monthly.run("resume", str(month))
    monthly.run("run")
    assert len(titles(monthly, "moe@example.com")) == 1


def test_the_first_month_begins_with_its_own_month_and_not_with_the_archive(
    weekly: Newsletter,
) -> None:
    weekly.withdraw(11)
    weekly.withdraw(12)
    for sunday in (*OCTOBER, *NOVEMBER[:3]):
        week(weekly, sunday)
    choose(weekly, "moe@example.com", "monthly")
    for sunday in (*NOVEMBER[3:], DECEMBER):
        week(weekly, sunday)

    (values,) = titles(weekly, "moe@example.com")
    assert values == [post_for(sunday).title for sunday in (DECEMBER, *reversed(NOVEMBER[1:]))]


def test_the_first_monthly_reader_after_the_due_day_waits_for_the_next(
    weekly: Newsletter,
) -> None:
    week(weekly, NOVEMBER[0])
    choose(weekly, "moe@example.com", "monthly")
    weekly.at("2026-11-02T12:00:00-07:00").run("run")

    assert titles(weekly, "moe@example.com") == []


def test_a_reader_who_switches_to_monthly_misses_nothing(october: Newsletter) -> None:
    for sunday in NOVEMBER[:2]:
        week(october, sunday)
    choose(october, "ann@example.com", "monthly")
    for sunday in (*NOVEMBER[2:], DECEMBER):
        week(october, sunday)

    got = titles(october, "ann@example.com")
    values = [post_for(sunday).title for sunday in (*OCTOBER, *NOVEMBER, DECEMBER)]
    seen = [title for titles_of_one in got for title in titles_of_one]
    assert set(seen) == set(values)
    # Posts of weekly issues since the last monthly one come again, once.
    assert [title for title in values if seen.count(title) > 1] == [post_for(NOVEMBER[1]).title]


def test_a_reader_who_returns_to_weekly_gets_the_drafted_month_and_misses_nothing(
    october: Newsletter,
) -> None:
    for sunday in NOVEMBER[:3]:
        week(october, sunday)
    choose(october, "moe@example.com", "weekly")
    for sunday in (*NOVEMBER[3:], DECEMBER):
        week(october, sunday)

    got = titles(october, "moe@example.com")
    values = [post_for(sunday).title for sunday in (*OCTOBER, *NOVEMBER, DECEMBER)]
    seen = [title for titles_of_one in got for title in titles_of_one]
    assert set(seen) == set(values)
    assert max(map(seen.count, values)) == 2
    # No reader is monthly any more, so that was the last one.
    january = "2027-01-03T07:00:00-07:00"
    week(october, january)
    assert [issue["key"] for issue in october.run("issues", "--json").json["issues"]].count(
        "2027-M01"
    ) == 0


def test_a_month_holds_more_than_a_week_does(monthly: Newsletter) -> None:
    monthly.set("max_posts = 8", "max_posts = 2")
    for number, sunday in enumerate(OCTOBER):
        day = dt.datetime.fromisoformat(sunday).date() - dt.timedelta(days=2)
        monthly.publish(
            *(
                Item(number=200 + 10 * number + n, title=f"Post {number}{n}", day=day)
                for n in (1, 2)
            )
        )
        monthly.at(sunday).run("run")
    monthly.at(NOVEMBER[0]).run("run")

    (values,) = titles(monthly, "moe@example.com")
    assert len(values) == 6


def test_where_everybody_reads_monthly_weekly_issues_only_go_to_the_archive(
    monthly: Newsletter,
) -> None:
    for reader in ("ann@example.com", "sue@example.com"):
        choose(monthly, reader, "monthly")

    reason = week(monthly, OCTOBER[0])

    assert "Issue 1: 0 of 0 accepted" in reason
    for sunday in (*OCTOBER[1:], NOVEMBER[0]):
        week(monthly, sunday)
    assert [len(title) for title in titles(monthly, "ann@example.com")] == [4]


def test_in_a_monthly_newsletter_monthly_readers_are_ordinary(monthly: Newsletter) -> None:
    monthly.set('rhythm = "weekly"', 'rhythm = "monthly"')
    for sunday in (*OCTOBER, NOVEMBER[0]):
        week(monthly, sunday)

    assert sorted(monthly.outbox(1)) == ["ann@example.com", "moe@example.com", "sue@example.com"]
    assert [issue["key"] for issue in monthly.run("issues", "--json").json["issues"]] == [
        "2026-M11"
    ]


def test_the_greetings_of_the_months_are_listed_apart(october: Newsletter) -> None:
    week(october, NOVEMBER[0])

    months = october.run("intros", "--year", "2027", "--monthly", "--json").json["weeks"]
    weeks = october.run("intros", "--year", "2027", "--json").json["weeks"]

    assert [month["date"][:7] for month in months] == [f"2027-{month:02}" for month in range(1, 13)]
    assert len(weeks) == 52
    hellos = [month["parts"]["hello"] for month in months if month["phase"] == "first"]
    seasons = ("winter", "spring", "summer", "fall")
    assert [
        hello.count(f"{season} running") for hello, season in zip(hellos, seasons, strict=True)
    ] == [1] * 4
