"""The sentence on an issue's status."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from newsletter.models import Issue
from newsletter.scheduling.send_policy import describe_status, format_readers

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
        readers=1240,
        now=SUNDAY - dt.timedelta(days=2),
        zone=EDMONTON,
    )
    return status.word, status.sentence


def test_a_draft_waits_for_the_author() -> None:
    assert stands(ISSUE) == (
        "Draft",
        "Nobody gets it until you approve it. Then it goes to 1,240 readers on Sunday 07:00.",
    )


def test_a_draft_past_its_day_is_held() -> None:
    word, sentence = stands(ISSUE, due=True)
    assert word == "Held"
    assert sentence == (
        "It was due Sunday 07:00 and is held. Nobody gets it until you approve it; then it goes to "
        "1,240 readers with the next run."
    )


@pytest.mark.parametrize(
    ("due", "ending"),
    [
        (False, "It goes to 1,240 readers on Sunday 07:00 unless you stop it."),
        (
            True,
            (
                "It was due Sunday 07:00 and goes to 1,240 readers with the next run unless you "
                "stop it."
            ),
        ),
    ],
)
def test_an_approved_issue_names_its_day(due: bool, ending: str) -> None:
    word, sentence = stands(replace(ISSUE, status="approved"), due=due)
    assert word == "Approved"
    assert sentence == f"You approved it. {ending}"


def test_under_veto_the_authors_hours_count_from_the_notice() -> None:
    noticed = replace(ISSUE, noticed_at=SUNDAY - dt.timedelta(hours=2))
    assert stands(noticed, approval="veto")[1] == (
        "It goes to 1,240 readers on Sunday 17:00 unless you stop it."
    )
    early = replace(ISSUE, noticed_at=SUNDAY - dt.timedelta(days=2))
    assert "on Sunday 07:00 unless" in stands(early, approval="veto")[1]
    assert "12 hours after its notice was sent" in stands(ISSUE, approval="veto")[1]


def test_what_goes_by_itself_says_so() -> None:
    assert stands(ISSUE, approval="auto")[1] == (
        "It goes to 1,240 readers on Sunday 07:00 unless you stop it."
    )


def test_an_issue_that_was_let_go_names_the_minute() -> None:
    released = replace(ISSUE, status="approved", release_at=SUNDAY - dt.timedelta(days=2))
    assert stands(released) == (
        "Let go",
        "You sent it: it goes to 1,240 readers at 07:00 unless you undo that.",
    )


def test_a_stopped_issue_waits_whatever_the_policy() -> None:
    for approval in ("required", "veto", "auto"):
        assert stands(replace(ISSUE, status="stopped"), approval=approval)[0] == "Stopped"


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "your readers (none so far)"), (1, "1 reader"), (1_240_000, "1,240,000 readers")],
)
def test_readers_are_counted_in_words(count: int, words: str) -> None:
    assert format_readers(count) == words
