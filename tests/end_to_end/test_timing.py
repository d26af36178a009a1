"""When an issue is sent: the due time, late runs, the veto, and skipped dates."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import HILL, LATE, MUD, NEXT, NEXT_SUNDAY, SUNDAY
from tests.support.feeds import Item


@pytest.mark.parametrize(
    ("moment", "sent"),
    [("2026-10-11T06:59", False), ("2026-10-11T07:00", True), ("2026-10-12T23:00", True)],
)
def test_due_is_the_first_moment_at_or_after_day_and_time(
    weekly: Newsletter, moment: str, sent: bool
) -> None:
    answer = weekly.at(moment).run("run", "--json").json

    assert (answer["issue"] == 1) is sent
    assert bool(weekly.outbox()) is sent


def test_the_hour_is_the_authors_wherever_the_machine_is(weekly: Newsletter) -> None:
    weekly.program.env["TZ"] = "Asia/Tokyo"

    assert weekly.at("2026-10-11T12:59:00+00:00").run("run", "--json").json["issue"] is None
    assert weekly.at("2026-10-11T13:00:00+00:00").run("run", "--json").json["issue"] == 1


def test_a_run_too_late_leaves_the_posts_for_the_next_week(weekly: Newsletter) -> None:
    late = weekly.at("2026-10-13T07:01").run("run", "--json").json
    after = weekly.at(NEXT_SUNDAY).run("run", "--json").json

    assert late["issue"] is None
    assert "due Sunday 2026-10-18 07:00" in late["reason"]
    assert (after["issue"], after["status"]) == (1, "sent")
    assert weekly.run("issues", "--json").json["issues"][0]["key"] == "2026-W42"


def test_after_a_week_without_posts_the_next_post_waits_for_its_day(weekly: Newsletter) -> None:
    weekly.at(SUNDAY).run("run")
    quiet = weekly.at(NEXT_SUNDAY).run("run", "--json").json
    weekly.publish(Item(number=50, title="On Monday", day=dt.date(2026, 10, 19)))
    monday = weekly.at("2026-10-19T20:00").run("run", "--json").json
    after = weekly.at("2026-10-25T07:00").run("run", "--json").json

    assert quiet["issue"] is None
    assert monday["issue"] is None
    assert monday["reason"].endswith("is drafted with 1 post and due Sunday 2026-10-25 07:00.")
    assert (after["issue"], after["status"]) == (2, "sent")


def test_the_author_sets_how_late_is_too_late(weekly: Newsletter) -> None:
    weekly.set("late_limit_hours = 48", "late_limit_hours = 96")

    assert weekly.at("2026-10-14T07:00").run("run", "--json").json["issue"] == 1


def test_a_skipped_day_has_no_issue_and_its_posts_wait(weekly: Newsletter) -> None:
    weekly.set("skip_dates = []", "skip_dates = [2026-10-11]")
    skipped = weekly.at(SUNDAY).run("run", "--json").json
    after = weekly.at(NEXT_SUNDAY).run("run", "--json").json

    assert skipped["issue"] is None
    assert "due Sunday 2026-10-18 07:00. Sunday 2026-10-11 is skipped." in skipped["reason"]
    assert (after["issue"], after["status"]) == (1, "sent")


def test_a_fortnightly_issue_leaves_a_week_out(weekly: Newsletter) -> None:
    weekly.set('rhythm = "weekly"', 'rhythm = "fortnightly"')
    weekly.at(SUNDAY).run("run")

    assert "due Sunday 2026-10-25 07:00" in weekly.run("run").out


def test_a_monthly_issue_has_the_first_such_day(weekly: Newsletter) -> None:
    weekly.set('rhythm = "weekly"', 'rhythm = "monthly"')

    assert "due Sunday 2026-11-01 07:00" in weekly.run("run").out


def test_an_author_who_moves_to_a_later_zone_sends_no_second_issue_that_week(
    weekly: Newsletter,
) -> None:
    weekly.set('timezone = "America/Edmonton"', 'timezone = "Pacific/Auckland"')
    sent = weekly.at("2026-10-11T07:00:00+13:00").run("run", "--json").json
    weekly.set('timezone = "Pacific/Auckland"', 'timezone = "America/Edmonton"')
    weekly.publish(LATE)
    again = weekly.at("2026-10-11T20:00").run("run", "--json").json

    assert (sent["issue"], again["issue"]) == (1, None)
    assert "due Sunday 2026-10-18 07:00" in again["reason"]


def test_a_day_moved_over_midnight_makes_the_next_week_s_issue_and_asks_first(
    weekly: Newsletter,
) -> None:
    weekly.set('time = "07:00"', 'time = "23:59"')
    weekly.at("2026-10-11T23:59").run("run")
    weekly.set('day = "sunday"', 'day = "monday"')
    weekly.set('time = "23:59"', 'time = "00:01"')
    weekly.publish(LATE)
    held = weekly.at("2026-10-12T00:01")("run", "--json")
    sent = weekly.run("run", "--yes", "--json").json

    assert (held.code, held.json["issue"]) == (3, None)
    assert "less than three days ago" in held.json["reason"]
    assert sent["issue"] == 2
    keys = [issue["key"] for issue in weekly.run("issues", "--json").json["issues"]]
    assert keys == ["2026-W41", "2026-W42"]
    assert weekly.titles_in(weekly.outbox(2)["ann@example.com"]) == [LATE.title]


def test_a_clock_a_year_ahead_asks_before_it_sends_and_sends_nothing_twice(
    weekly: Newsletter,
) -> None:
    asked = weekly.at("2027-10-10T07:00")("run", "--json")
    again = weekly.at("2027-10-10T08:00")("run", "--json")
    assert (asked.code, asked.json["issue"]) == (again.code, again.json["issue"]) == (3, None)
    assert "nothing after 2026-10-05: is the clock right?" in asked.json["reason"]
    assert not (weekly.folder / "outbox" / "1").exists()

    weekly.run("run", "--yes")
    weekly.publish(LATE)
    result = weekly.at(SUNDAY)("run", "--json")
    forced = weekly.run("run", "--yes", "--json").json
    weekly.publish(NEXT)
    after = weekly.at(NEXT_SUNDAY).run("run", "--json").json

    assert (result.code, result.json["issue"]) == (3, None)
    assert "went out in the future, on 2027-10-10: the clock is wrong" in result.json["reason"]
    assert (forced["issue"], after["issue"]) == (2, 3)
    titles = [weekly.titles_in(weekly.outbox(number)["ann@example.com"]) for number in (1, 2, 3)]
    assert titles == [[MUD.title, HILL.title], [LATE.title], [NEXT.title]]


@pytest.mark.parametrize(
    "moment", ["2026-10-11T05:00", "2026-10-11T09:00", "1970-01-04T07:00:00-07:00"]
)
def test_a_clock_set_back_or_forth_after_an_issue_sends_no_second_one(
    weekly: Newsletter, moment: str
) -> None:
    weekly.at(SUNDAY).run("run")
    weekly.publish(LATE)

    assert weekly.at(moment)("run", "--json").json["issue"] is None
    assert sorted(path.name for path in (weekly.folder / "outbox").iterdir()) == ["1"]


@pytest.fixture
def vetoed(weekly: Newsletter) -> Newsletter:
    weekly.set('approval = "auto"', 'approval = "veto"')
    weekly.set('author_email = ""', 'author_email = "author@example.com"')
    return weekly


def test_veto_gives_the_author_a_draft_and_its_hours(vetoed: Newsletter) -> None:
    noticed = vetoed.at(SUNDAY).run("run", "--json").json
    early = vetoed.at("2026-10-11T18:59").run("run", "--json").json
    sent = vetoed.at("2026-10-11T19:00").run("run", "--json").json

    (notice,) = vetoed.notices()
    assert notice["Subject"] == "Issue 1 goes out Sunday 19:00 unless you stop it"
    assert "goes out at 2026-10-11 19:00 unless" in noticed["reason"]
    assert early["issue"] is None
    assert sent["status"] == "sent"
    assert len(vetoed.notices()) == 1
    assert not (vetoed.folder / "outbox" / "test").exists()


def test_veto_counts_from_the_draft_so_it_goes_out_on_time(vetoed: Newsletter) -> None:
    vetoed.at("2026-10-10T18:00").run("run")

    assert vetoed.at(SUNDAY).run("run", "--json").json["status"] == "sent"


def test_the_authors_veto_holds_the_issue(vetoed: Newsletter) -> None:
    vetoed.at("2026-10-10T18:00").run("run")
    vetoed.run("stop", "next")
    answer = vetoed.at(SUNDAY)("run", "--json")

    assert answer.code == 3
    assert answer.json["issue"] is None
    assert vetoed.outbox() == {}


def test_under_veto_a_withdrawn_post_is_dropped_and_the_rest_goes_out(vetoed: Newsletter) -> None:
    vetoed.at("2026-10-10T18:00").run("run")
    vetoed.withdraw(12)
    vetoed.at(SUNDAY).run("run")

    assert vetoed.titles_in(vetoed.outbox()["ann@example.com"]) == ["A new hill"]
