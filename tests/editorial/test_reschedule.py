"""One issue at another time, or one slot skipped; nothing that the author wrote is lost."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.context import Context
from newsletter.editorial.approval import approve
from newsletter.editorial.draft import draft_issue
from newsletter.editorial.edit_request import EditRequest
from newsletter.editorial.own_edits import edit_issue
from newsletter.editorial.reschedule import (
    schedule_issue,
    skip_issue,
    unskip_slot,
)
from newsletter.errors import NotReady, UsageError
from newsletter.models import DESK, Issue
from newsletter.pipeline.run import run
from newsletter.schedule import Slot
from newsletter.scheduling.next_slot import skipped_slots
from newsletter.storage import decisions, issues
from newsletter.storage.database.engine import snapshot
from tests.support.newsletter_folder import create_newsletter, publish, subscribe

SUNDAY = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)  # 07:00 in Edmonton
TUESDAY = SUNDAY + dt.timedelta(days=2, hours=11)
NEXT_SUNDAY = SUNDAY + dt.timedelta(days=7)
SATURDAY = SUNDAY - dt.timedelta(days=1)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A draft for Sunday, on the Friday before it, that needs no approval."""
    context = create_newsletter(tmp_path / "newsletter", approval="auto")
    publish(context, "Larch week", "Hill repeats")
    subscribe(context, "ada@example.com")
    draft_issue(context)
    return context


def at(context: Context, moment: dt.datetime) -> Context:
    return replace(context, clock=lambda: moment)


def weeks_skipped(context: Context) -> tuple[Slot, ...]:
    with snapshot(context.engine) as connection:
        return skipped_slots(connection, context.config, "weekly", context.clock())


def next_issue(context: Context) -> Issue:
    """The next issue after the program has looked at the blog again."""
    issue = draft_issue(context).issue
    assert issue is not None
    return issue


def test_an_issue_is_due_when_the_author_says_and_keeps_its_week(context: Context) -> None:
    schedule_issue(context, "next", TUESDAY, by=DESK)
    publish(context, "A late post")
    issue = next_issue(context)
    assert (issue.planned_for, issue.key, len(issue.posts)) == (TUESDAY, "2026-W47", 3)

    assert run(at(context, SUNDAY)).issue is None
    sent = run(at(context, TUESDAY))
    assert sent.issue is not None
    assert sent.issue.key == "2026-W47"
    assert draft_issue(at(context, TUESDAY)).target.slot.at == NEXT_SUNDAY


def test_an_earlier_time_sends_it_once(context: Context) -> None:
    schedule_issue(context, "next", SATURDAY, by=DESK)
    assert run(at(context, SATURDAY)).issue is not None
    publish(context, "A second thought")
    assert run(at(context, SUNDAY)).issue is None
    assert next_issue(at(context, SUNDAY)).planned_for == NEXT_SUNDAY


def test_it_goes_back_to_its_usual_time(context: Context) -> None:
    schedule_issue(context, "next", TUESDAY, by=DESK)
    schedule_issue(context, "next", None, by=DESK)
    assert next_issue(context).planned_for == SUNDAY


@pytest.mark.parametrize(
    ("moment", "sentence"),
    [(SUNDAY - dt.timedelta(days=3), "has passed"), (NEXT_SUNDAY, "as late as the issue after")],
)
def test_an_impossible_time_is_refused(
    context: Context, moment: dt.datetime, sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        schedule_issue(context, "next", moment, by=DESK)
    assert next_issue(context).planned_for == SUNDAY


def test_who_comes_second_is_told_of_the_first_and_overwrites_nothing(context: Context) -> None:
    schedule_issue(context, "next", TUESDAY, by=DESK, shown=SUNDAY)
    with pytest.raises(NotReady, match="was moved meanwhile: it is for Tuesday 18:00 now"):
        schedule_issue(context, "next", SATURDAY, by=DESK, shown=SUNDAY)
    assert next_issue(context).planned_for == TUESDAY


def test_a_time_that_passed_unused_moves_the_posts_on_as_ever(context: Context) -> None:
    schedule_issue(context, "next", TUESDAY, by=DESK)
    late = at(context, TUESDAY + dt.timedelta(hours=49))
    draft = draft_issue(late)
    assert draft.issue is not None
    assert draft.issue.planned_for == NEXT_SUNDAY
    assert "was due Tuesday 2026-11-24 18:00" in draft.missed


def test_moving_an_approved_issue_to_another_day_voids_the_approval_and_says_so(
    context: Context,
) -> None:
    approve(context, "next")
    same_day = schedule_issue(context, "next", SUNDAY + dt.timedelta(hours=3), by=DESK)
    assert (same_day.issue.status, same_day.voided) == ("approved", "")
    moved = schedule_issue(context, "next", TUESDAY, by=DESK)
    assert moved.issue.status == "draft"
    assert moved.voided == "The approval of issue 1 is void: you moved it to Tuesday 18:00."


def test_a_skipped_week_sends_nothing_and_loses_nothing(context: Context) -> None:
    edit_issue(context, "next", EditRequest(subject="My own subject"))
    skip_issue(context, "next", by=DESK, key="2026-W47")

    issue = next_issue(context)
    assert (issue.number, issue.planned_for, issue.missed_for) == (1, NEXT_SUNDAY, None)
    assert (issue.subject, len(issue.posts)) == ("My own subject", 2)
    assert run(at(context, SUNDAY)).issue is None
    sent = run(at(context, NEXT_SUNDAY))
    assert sent.issue is not None
    assert sent.issue.key == "2026-W48"


def test_a_skipped_week_can_have_its_issue_after_all(context: Context) -> None:
    skip_issue(context, "next", by=DESK)
    (slot,) = weeks_skipped(context)
    assert slot.at == SUNDAY
    unskip_slot(context, "weekly", slot.key, by=DESK)
    assert next_issue(context).planned_for == SUNDAY
    assert weeks_skipped(context) == ()
    with pytest.raises(NotReady, match="not skipped"):
        unskip_slot(context, "weekly", slot.key, by=DESK)


def test_skipping_twice_from_one_page_skips_one_week(context: Context) -> None:
    skip_issue(context, "next", by=DESK, key="2026-W47")
    with pytest.raises(NotReady, match="is for Sunday 29 November, 07:00 by now"):
        skip_issue(context, "next", by=DESK, key="2026-W47")
    assert len(weeks_skipped(context)) == 1


def test_each_decision_is_logged_with_its_way(context: Context) -> None:
    schedule_issue(context, "next", TUESDAY, by=DESK)
    skip_issue(context, "next", by=DESK)
    with snapshot(context.engine) as connection:
        made = decisions.decisions_on(connection, 1)
        assert issues.by_number(connection, 1) is not None
    assert [(each.kind, each.by.way, each.detail) for each in made] == [
        ("schedule", "desk", "Tuesday 18:00"),
        ("skip", "desk", "Tuesday 18:00"),
    ]
