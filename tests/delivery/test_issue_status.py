"""The sentence on an issue's status."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from newsletter.delivery.status import describe_status
from newsletter.desk.dates import format_day_and_time
from newsletter.models import Issue

SUNDAY = dt.datetime(2026, 11, 22, 14, tzinfo=dt.UTC)
ISSUE = Issue(key="2026-W47", number=3, planned_for=SUNDAY, created_at=SUNDAY)
EDMONTON = ZoneInfo("America/Edmonton")

Approval = Literal["required", "veto", "auto"]


def stands(issue: Issue, *, due: bool = False, approval: Approval = "required") -> tuple[str, str]:
    status = describe_status(
        issue,
        due=due,
        approval=approval,
        veto_hours=12,
        format_time=partial(format_day_and_time, zone=EDMONTON),
    )
    return status.word, status.sentence


def test_a_draft_waits_for_the_author() -> None:
    assert stands(ISSUE) == (
        "Draft",
        "It is planned for Sunday, 22 November 2026 at 07:00. Nobody gets it until you approve it.",
    )


def test_a_draft_past_its_day_is_held() -> None:
    word, sentence = stands(ISSUE, due=True)
    assert word == "Held"
    assert "waits for your approval" in sentence


@pytest.mark.parametrize(
    ("due", "ending"),
    [(False, "It goes out {}."), (True, "It was due {} and goes out with the next run.")],
)
def test_an_approved_issue_names_its_day(due: bool, ending: str) -> None:
    word, sentence = stands(replace(ISSUE, status="approved"), due=due)
    assert word == "Approved"
    assert sentence.endswith(ending.format("Sunday, 22 November 2026 at 07:00"))


def test_under_veto_the_authors_hours_count_from_the_notice() -> None:
    noticed = replace(ISSUE, noticed_at=SUNDAY - dt.timedelta(hours=2))
    assert "Sunday, 22 November 2026 at 17:00" in stands(noticed, approval="veto")[1]
    early = replace(ISSUE, noticed_at=SUNDAY - dt.timedelta(days=2))
    assert "Sunday, 22 November 2026 at 07:00" in stands(early, approval="veto")[1]


def test_a_stopped_issue_waits_whatever_the_policy() -> None:
    for approval in ("required", "veto", "auto"):
        assert stands(replace(ISSUE, status="stopped"), approval=approval)[0] == "Stopped"
