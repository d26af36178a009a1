"""An author's first six weeks with cron's quiet line: what it prints, mails and sends each week."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import pytest

from tests.end_to_end.newsletter import Newsletter, text_of
from tests.support.feeds import Item

HILLS = Item(number=21, title="Hills again", day=dt.date(2026, 10, 6), body="<p>A mix of mud.</p>")
LAKE = Item(number=22, title="Round the lake", day=dt.date(2026, 10, 14))
FOG = Item(number=23, title="Fog", day=dt.date(2026, 10, 20))
FROST = Item(number=24, title="First frost", day=dt.date(2026, 10, 22))
SNOW = Item(number=25, title="Snow underfoot", day=dt.date(2026, 10, 28))
ICE = Item(number=26, title="Spikes on", day=dt.date(2026, 11, 4))


@dataclass(slots=True)
class Diary:
    """Runs the timer's line, and checks all that the author hears from it."""

    newsletter: Newsletter
    heard: int = 0

    def run(self, moment: str, *, code: int = 0, says: str = "", mails: str = "") -> None:
        """Run at a moment. `says` is a part of all it prints, `mails` the one notice it sends."""
        result = self.newsletter.at(moment)("--quiet", "run")
        notices = self.newsletter.notices()
        subjects = [str(notice["Subject"]) for notice in notices[self.heard :]]
        self.heard = len(notices)

        assert result.out == ""
        assert result.code == code, (moment, result)
        assert (says in result.err) if says else (result.err == ""), (moment, result)
        assert subjects == ([mails] if mails else []), moment

    def sent_text(self, issue: int) -> str:
        return text_of(self.newsletter.outbox(issue)["ann@example.com"])


@pytest.fixture
def diary(begun: Newsletter) -> Diary:
    begun.set('author_email = ""', 'author_email = "jane@example.com"')
    begun.subscribe("ann@example.com")
    return Diary(begun)


@pytest.mark.timeout(900)  # some fifty commands, on a machine that may be busy
def test_six_weeks(diary: Diary) -> None:
    newsletter = diary.newsletter
    first_week_mends_a_typo(diary, newsletter)
    second_week_is_missed(diary, newsletter)
    third_week_loses_a_post(diary, newsletter)
    fourth_week_cannot_read_the_blog(diary, newsletter)
    fifth_week_is_stopped(diary, newsletter)
    # The sixth week has no posts, and nothing is said about it.
    diary.run("2026-11-15T07:00:00-07:00")

    issues = newsletter.run("issues", "--json").json["issues"]
    assert [(issue["number"], issue["key"], issue["status"]) for issue in issues] == [
        (1, "2026-W41", "sent"),
        (2, "2026-W43", "sent"),
        (3, "2026-W44", "sent"),
        (4, "2026-W45", "sent"),
    ]


def first_week_mends_a_typo(diary: Diary, newsletter: Newsletter) -> None:
    newsletter.publish(HILLS)
    diary.run("2026-10-07T09:00", mails="Issue 1 waits for you: Sunday 07:00")
    diary.run("2026-10-07T10:00")
    newsletter.run("approve", "next")
    mended = replace(HILLS, body="<p>A mixture of mud.</p>")
    newsletter.items[0] = mended
    newsletter.publish()
    edited = "“Hills again” was edited after you approved issue 1"
    diary.run("2026-10-09T09:00", says=edited, mails=edited)
    diary.run("2026-10-09T10:00")
    newsletter.run("approve", "next")
    diary.run("2026-10-11T07:00")
    assert "A mixture of mud." in diary.sent_text(1)


def second_week_is_missed(diary: Diary, newsletter: Newsletter) -> None:
    newsletter.publish(LAKE)
    diary.run("2026-10-15T09:00", mails="Issue 2 waits for you: Sunday 07:00")
    diary.run(
        "2026-10-18T07:00",
        code=3,
        says="Issue 2 was due Sunday 2026-10-18 07:00 and is held: it is not approved.",
        mails="Issue 2 is held: it was due Sunday 07:00",
    )
    diary.run("2026-10-18T08:00", code=3)
    diary.run(
        "2026-10-20T08:00",
        code=3,
        says="Issue 2 was due Sunday 2026-10-18 07:00 and did not go out in time; it is for "
        "Sunday 2026-10-25 07:00 now.",
        mails="Issue 2 did not go out: it was due Sunday 07:00",
    )
    diary.run("2026-10-20T09:00", code=3)


def third_week_loses_a_post(diary: Diary, newsletter: Newsletter) -> None:
    newsletter.publish(FROST, FOG)
    diary.run("2026-10-23T09:00", code=3, mails="Issue 2 has changed: Sunday 07:00")
    newsletter.run("approve", "next")
    newsletter.withdraw(FOG.number)
    diary.run(
        "2026-10-24T09:00",
        code=3,
        says="The approval of issue 2 is void: “Fog” was taken off the blog.",
        mails="Issue 2 lost its approval: Sunday 07:00",
    )
    newsletter.run("approve", "next")
    diary.run("2026-10-25T07:00")
    message = newsletter.outbox(2)["ann@example.com"]
    assert newsletter.titles_in(message) == [FROST.title, LAKE.title]


def fourth_week_cannot_read_the_blog(diary: Diary, newsletter: Newsletter) -> None:
    newsletter.publish(SNOW)
    diary.run("2026-10-29T09:00", mails="Issue 3 waits for you: Sunday 07:00")
    newsletter.run("approve", "next")
    newsletter.blog.pages["/feed/"] = (500, "text/plain", b"")
    diary.run("2026-10-30T09:00", code=1, says="HTTP 500", mails="Your blog could not be read")
    diary.run("2026-10-30T10:00", code=1)
    newsletter.publish()
    diary.run("2026-10-30T11:00")
    diary.run("2026-11-01T07:00:00-07:00")
    assert newsletter.titles_in(newsletter.outbox(3)["ann@example.com"]) == [SNOW.title]


def fifth_week_is_stopped(diary: Diary, newsletter: Newsletter) -> None:
    newsletter.publish(ICE)
    diary.run("2026-11-05T09:00:00-07:00", mails="Issue 4 waits for you: Sunday 07:00")
    newsletter.run("approve", "next")
    newsletter.run("stop", "next")
    diary.run(
        "2026-11-06T09:00:00-07:00",
        code=3,
        says="Issue 4 is stopped; it is due Sunday 2026-11-08 07:00",
        mails="Issue 4 is stopped: Sunday 07:00",
    )
    diary.run(
        "2026-11-08T07:00:00-07:00",
        code=3,
        says="Issue 4 is stopped; it was due Sunday 2026-11-08 07:00",
        mails="Issue 4 is stopped; it was due Sunday 07:00",
    )
    newsletter.run("resume", "next")
    diary.run("2026-11-09T07:00:00-07:00")
