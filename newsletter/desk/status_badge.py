"""How the next issue stands, and what that means for the author. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from newsletter.desk.dates import format_day_and_time
from newsletter.models import Issue

Approval = Literal["required", "veto", "auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusBadge:
    """One word, one sentence, and whether it is well or wants a look."""

    word: str
    sentence: str
    tone: Literal["calm", "good", "look"]


def status_badge(
    issue: Issue, *, due: bool, approval: Approval, veto_hours: int, zone: ZoneInfo
) -> StatusBadge:
    """The state of an issue that is not on its way yet."""
    when = format_day_and_time(issue.planned_for, zone)
    if issue.status == "stopped":
        return StatusBadge(
            word="Stopped", sentence="You stopped it. It waits until you let it go on.", tone="look"
        )
    if issue.status == "approved":
        sentence = (
            f"You approved it. It was due {when} and goes out with the next run."
            if due
            else f"You approved it. It goes out {when}."
        )
        return StatusBadge(word="Approved", sentence=sentence, tone="good")
    if approval == "required":
        return _waiting(when, due=due)
    return StatusBadge(
        word="Draft", sentence=_by_itself(issue, approval, veto_hours, zone), tone="calm"
    )


def _waiting(when: str, *, due: bool) -> StatusBadge:
    if due:
        return StatusBadge(
            word="Held",
            sentence=f"It was due {when} and is held: it waits for your approval, and nobody "
            "gets it before.",
            tone="look",
        )
    return StatusBadge(
        word="Draft",
        sentence=f"It is planned for {when}. Nobody gets it until you approve it.",
        tone="calm",
    )


def _by_itself(issue: Issue, approval: Approval, veto_hours: int, zone: ZoneInfo) -> str:
    moment = issue.planned_for
    if approval == "veto" and issue.noticed_at is not None:
        moment = max(moment, issue.noticed_at + dt.timedelta(hours=veto_hours))
    return f"It goes out by itself {format_day_and_time(moment, zone)}, unless you stop it."
