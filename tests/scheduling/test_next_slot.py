"""Which issue is due, and whether it may be sent."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from newsletter.collecting.settling import apply_settling
from newsletter.models import Issue
from newsletter.schedule import Schedule
from newsletter.scheduling.next_slot import choose_slot
from newsletter.scheduling.send_policy import Decision, decide
from tests.scheduling.posts import post

ZONE = ZoneInfo("UTC")
SUNDAY = dt.datetime(2026, 11, 29, 7, tzinfo=dt.UTC)
WEEKLY = Schedule(rhythm="weekly", weekday=6, time=dt.time(7), zone=ZONE)
TWO_DAYS = dt.timedelta(hours=48)


def test_a_run_that_comes_late_still_works_for_the_slot_it_missed() -> None:
    late = choose_slot(WEEKLY, SUNDAY + dt.timedelta(hours=47), taken=(), late_limit=TWO_DAYS)
    assert (late.slot.key, late.due) == ("2026-W48", True)
    assert late.after.key == "2026-W49"


def test_after_the_late_limit_the_posts_wait_for_the_next_slot() -> None:
    later = choose_slot(WEEKLY, SUNDAY + dt.timedelta(hours=49), taken=(), late_limit=TWO_DAYS)
    assert (later.slot.key, later.due) == ("2026-W49", False)


def test_a_week_whose_issue_is_out_is_not_due_again() -> None:
    again = choose_slot(WEEKLY, SUNDAY, taken={"2026-W48"}, late_limit=TWO_DAYS)
    assert (again.slot.key, again.due) == ("2026-W49", False)


def test_an_issue_sent_ahead_takes_the_next_free_slot_out() -> None:
    ahead = choose_slot(WEEKLY, SUNDAY, taken={"2026-W48", "2026-W49"}, late_limit=TWO_DAYS)
    assert ahead.slot.key == "2026-W50"


ISSUE = Issue(
    key="2026-W48", number=12, planned_for=SUNDAY, created_at=SUNDAY, posts=(post(1), post(2))
)
Approval = Literal["required", "veto", "auto"]


def decide_at(
    issue: Issue = ISSUE,
    approval: Approval = "required",
    after: float = 0,
    due: bool = True,
    newest_sent: dt.datetime | None = None,
    yes: bool = False,
) -> Decision:
    return decide(
        issue,
        due=due,
        approval=approval,
        veto_hours=12,
        now=SUNDAY + dt.timedelta(hours=after),
        newest_sent=newest_sent,
        yes=yes,
        zone=ZONE,
    )


def test_before_its_time_an_issue_waits_whatever_its_approval() -> None:
    early = decide_at(replace(ISSUE, status="approved"), approval="auto", due=False)
    assert early.act == "wait"
    assert not early.attention
    assert "2 posts" in early.reason


@pytest.mark.parametrize("approval", ["required", "veto", "auto"])
def test_an_approved_issue_goes_out_when_due(approval: Approval) -> None:
    assert decide_at(replace(ISSUE, status="approved"), approval=approval).act == "send"


def test_without_approval_an_issue_is_held_for_the_author() -> None:
    held = decide_at(approval="required")
    assert (held.act, held.attention) == ("wait", True)
    assert "newsletter approve next" in held.reason


def test_auto_sends_without_being_asked() -> None:
    assert decide_at(approval="auto").act == "send"


def test_veto_gives_the_author_twelve_hours_from_the_notice() -> None:
    noticed = replace(ISSUE, noticed_at=SUNDAY)
    assert decide_at(noticed, approval="veto", after=11).act == "wait"
    assert decide_at(noticed, approval="veto", after=12).act == "send"


def test_a_stopped_issue_waits_for_resume() -> None:
    stopped = decide_at(replace(ISSUE, status="stopped"), approval="auto")
    assert (stopped.act, stopped.attention) == ("wait", True)


def test_two_issues_within_three_days_need_a_yes() -> None:
    yesterday = SUNDAY - dt.timedelta(days=1)
    assert decide_at(approval="auto", newest_sent=yesterday).attention
    assert decide_at(approval="auto", newest_sent=yesterday, yes=True).act == "send"
    assert decide_at(approval="auto", newest_sent=SUNDAY - dt.timedelta(days=3)).act == "send"


def test_a_young_post_settles_and_an_old_one_is_ready() -> None:
    young = replace(post(1), stable_since=SUNDAY - dt.timedelta(minutes=59))
    old = replace(post(1), stable_since=SUNDAY - dt.timedelta(minutes=60))
    settling = apply_settling(young, now=SUNDAY, settle_minutes=60, zone=ZONE)
    assert settling.state == "settling"
    assert "07:01" in settling.reason
    assert apply_settling(old, now=SUNDAY, settle_minutes=60, zone=ZONE).state == "waiting"


def test_a_post_dated_ahead_waits_for_its_date() -> None:
    ahead = replace(post(1), published=SUNDAY + dt.timedelta(days=30))
    settling = apply_settling(ahead, now=SUNDAY, settle_minutes=0, zone=ZONE)
    assert settling.state == "settling"
    assert "2026-12-29" in settling.reason


def test_only_waiting_posts_can_be_settling() -> None:
    held = replace(post(1), state="held", stable_since=SUNDAY)
    assert apply_settling(held, now=SUNDAY, settle_minutes=60, zone=ZONE).state == "held"
