"""`run`, `send` and `issues`: each reader gets each post once, and every run says why."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing

from tests.end_to_end.newsletter import Newsletter, files_in
from tests.end_to_end.posts import FRIDAY, HILL, LATE, MUD, NEXT, NEXT_SUNDAY, SUNDAY
from tests.support.feeds import Item

FIGURES = {"planned": 2, "accepted": 2, "suppressed": 0, "failed": 0, "unknown": 0, "pending": 0}


def test_before_the_day_a_run_only_drafts(weekly: Newsletter) -> None:
    answer = weekly.run("run", "--json").json

    assert answer["issue"] is None
    assert answer["reason"] == "Issue 1 is drafted with 2 posts and due Sunday 2026-10-11 07:00."
    assert weekly.outbox() == {}


def test_on_the_day_everybody_gets_one_message(weekly: Newsletter) -> None:
    answer = weekly.at(SUNDAY).run("run", "--json").json

    assert {key: answer[key] for key in FIGURES} == FIGURES
    assert (answer["issue"], answer["status"]) == (1, "sent")
    written = 'Issue 1: 2 messages written to outbox/1; nobody was mailed (mailer = "outbox").'
    assert written in answer["reason"]
    assert sorted(weekly.outbox()) == ["ann@example.com", "sue@example.com"]


def test_a_second_run_the_same_week_does_nothing_and_says_why(weekly: Newsletter) -> None:
    weekly.at(SUNDAY).run("run")
    before = files_in(weekly.folder / "outbox")
    weekly.publish(LATE)
    again = weekly.run("run", "--json").json
    tuesday = weekly.at("2026-10-13T07:00").run("run", "--json").json

    assert again["issue"] is None
    assert again["reason"].startswith("Issue 2 is drafted with 1 post and due Sunday 2026-10-18")
    assert tuesday["issue"] is None
    assert files_in(weekly.folder / "outbox") == before


def test_a_second_run_with_nothing_new_names_the_issue_that_is_out(weekly: Newsletter) -> None:
    weekly.at(SUNDAY).run("run")

    assert weekly.run("run").out == (
        "No new posts are waiting. Issue 1 (2026-W41) was written to outbox/1; "
        'nobody was mailed (mailer = "outbox"). '
        "The next issue is due Sunday 2026-10-18 07:00.\n"
    )


def test_an_issue_sent_by_hand_ahead_of_its_day_leaves_no_earlier_day_due(
    weekly: Newsletter,
) -> None:
    weekly.at(SUNDAY).run("run")
    weekly.publish(Item(number=30, title="Monday's miles", day=dt.date(2026, 10, 19)))
    weekly.at("2026-10-20T06:00").run("collect")
    weekly.run("draft")
    ahead = weekly.run("send", "next").out

    assert ahead.endswith(" It is dated Sunday 2026-10-25, the day it was for.\n")
    assert weekly.run("run").out == (
        "No new posts are waiting. Issue 2 (2026-W43) was written to outbox/2; "
        'nobody was mailed (mailer = "outbox"). '
        "The next issue is due Sunday 2026-11-01 07:00.\n"
    )


def test_a_week_without_new_posts_sends_nothing_and_says_why(weekly: Newsletter) -> None:
    weekly.at(SUNDAY).run("run")
    answer = weekly.at(NEXT_SUNDAY).run("run", "--json").json

    assert answer["issue"] is None
    assert answer["reason"] == ("An issue is due, but nothing is sent. No new posts are waiting.")
    assert not (weekly.folder / "outbox" / "2").exists()


def test_a_post_is_never_in_two_issues(weekly: Newsletter) -> None:
    weekly.at(SUNDAY).run("run")
    weekly.publish(NEXT)
    weekly.at(NEXT_SUNDAY).run("run")

    for reader in ("ann@example.com", "sue@example.com"):
        assert weekly.titles_in(weekly.outbox(1)[reader]) == [MUD.title, HILL.title]
        assert weekly.titles_in(weekly.outbox(2)[reader]) == [NEXT.title]
    states = {post["title"]: post["issue"] for post in weekly.run("posts", "--json").json["posts"]}
    assert (states[HILL.title], states[MUD.title], states[NEXT.title]) == (1, 1, 2)


def test_send_on_a_finished_issue_only_prints_its_figures(weekly: Newsletter) -> None:
    weekly.at(SUNDAY).run("run")
    before = files_in(weekly.folder / "outbox")
    answer = weekly.run("send", "last", "--json").json

    assert answer == {
        "issue": 1,
        "status": "sent",
        **FIGURES,
        "reason": "Issue 1: 2 messages written to outbox/1; nobody was mailed "
        '(mailer = "outbox"). It was written before.',
    }
    assert files_in(weekly.folder / "outbox") == before


def test_issues_lists_them_oldest_first_with_figures(weekly: Newsletter) -> None:
    weekly.at(SUNDAY).run("run")
    weekly.publish(NEXT)
    weekly.at("2026-10-16T12:00").run("run")

    first, second = weekly.run("issues", "--json").json["issues"]
    assert first == {
        "number": 1,
        "key": "2026-W41",
        "rhythm": "weekly",
        "status": "sent",
        "subject": "Mud and more mud, +1 more",
        "planned_for": "2026-10-11T13:00:00+00:00",
        "sent_at": "2026-10-11T13:00:00+00:00",
        "passed_over": 0,
        **FIGURES,
    }
    assert (second["number"], second["status"], second["sent_at"]) == (2, "draft", None)
    assert second["planned"] == 0


def test_without_readers_nothing_is_used_up(begun: Newsletter) -> None:
    begun.set('approval = "required"', 'approval = "auto"')
    begun.at(SUNDAY).publish(HILL)
    answer = begun("run", "--json")
    begun.subscribe("first@example.com")
    later = begun.run("run", "--json").json

    assert answer.code == 3
    assert "Nobody subscribes yet" in answer.json["reason"]
    assert (later["status"], later["accepted"]) == ("sent", 1)


def test_no_postal_address_stops_everything_before_it_begins(weekly: Newsletter) -> None:
    weekly.set("1 Hill Road, Alder Creek", "")
    before = _all_stored(weekly)
    answers = [
        weekly.at(SUNDAY)(*words) for words in (("run",), ("test", "next", "--to", "a@b.ch"))
    ]

    assert [answer.code for answer in answers] == [2, 2]
    assert all("postal_address" in answer.err for answer in answers)
    assert _all_stored(weekly) == before


def _all_stored(weekly: Newsletter) -> tuple[dict[str, bytes], set[str]]:
    """Return the files of a newsletter and its rows, but for the note that a run came by."""
    files = files_in(weekly.folder)
    del files["newsletter.db"]
    with closing(sqlite3.connect(weekly.folder / "newsletter.db")) as database:
        rows = set(database.iterdump())
    notes = (",'run','run',", ",'clock','clock',")
    return files, {row for row in rows if not any(note in row for note in notes)}


def test_a_feed_that_is_down_does_not_keep_what_is_there_from_going_out(
    weekly: Newsletter,
) -> None:
    weekly.run("collect")
    weekly.blog.pages["/feed/"] = (500, "text/plain", b"")
    answer = weekly.at(SUNDAY)("run", "--json")

    assert answer.code == 3
    assert answer.json["status"] == "sent"
    assert "HTTP 500" in answer.json["reason"]
    assert answer.json["feeds"][0]["status"] == "failed"


def test_every_feed_down_and_nothing_to_send_is_a_failure(weekly: Newsletter) -> None:
    weekly.blog.pages["/feed/"] = (500, "text/plain", b"")
    answer = weekly.at(SUNDAY)("run", "--json")

    assert answer.code == 1
    assert answer.json["issue"] is None


def test_two_issues_within_three_days_need_a_yes(weekly: Newsletter) -> None:
    weekly.at(FRIDAY).run("collect")
    weekly.run("draft")
    weekly.run("send", "next")
    weekly.publish(LATE)
    weekly.set('day = "sunday"', 'day = "monday"')
    held = weekly.at("2026-10-12T07:00")("run", "--json")
    sent = weekly.run("run", "--yes", "--json").json

    assert held.code == 3
    assert "less than three days ago" in held.json["reason"]
    assert sent["status"] == "sent"
    assert weekly.titles_in(weekly.outbox(2)["ann@example.com"]) == [LATE.title]
