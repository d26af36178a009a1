"""Sentences that show the author what a proposed answer means."""

from __future__ import annotations

import calendar
import datetime as dt
from itertools import pairwise
from typing import cast
from zoneinfo import ZoneInfo

from newsletter.composer.seasons import SeasonCalendar, season_name
from newsletter.models import Hemisphere
from newsletter.resources import templates
from newsletter.schedule import WEEKDAYS, Schedule, slots_from
from newsletter.setup.answers import SetupAnswers

_NAMES = {
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
}


def season_words(day: dt.date, hemisphere: str, wet_months: tuple[int, ...]) -> str:
    """Return the season that a reader there is greeted by on `day`, such as "fall"."""
    calendar = SeasonCalendar(wet_months=wet_months)
    name = season_name(day, cast("Hemisphere", hemisphere), calendar=calendar)
    if name == "year-round":
        return "the same the year round"
    return f"the {name} season" if name in ("wet", "dry") else name


def first_due(answers: SetupAnswers, now: dt.datetime, *, backfill: int) -> str:
    """Return when the first issue is due, as "Sunday 6 December 2026 at 07:00".

    If that was earlier today and there is a `backfill` of posts for it, it is due now.
    """
    schedule = Schedule(
        rhythm="weekly",
        weekday=WEEKDAYS.index(answers.day),
        time=dt.time.fromisoformat(answers.time),
        zone=ZoneInfo(answers.timezone),
    )
    today = now.astimezone(schedule.zone).date()
    slot = next(
        slot
        for slot in slots_from(schedule, today)
        if slot.at > now or (backfill and slot.day == today)
    )
    if slot.at <= now:
        return "now"
    return f"{slot.day:%A} {slot.day.day} {slot.day:%B %Y} at {answers.time}"


def month_words(months: tuple[int, ...]) -> str:
    """Return months as "November to April", one by one if they do not follow, or "none"."""
    if not months:
        return "none"
    names = [calendar.month_name[month] for month in months]
    pairs = pairwise(months)
    if len(months) > 1 and all(after == before % 12 + 1 for before, after in pairs):
        return f"{names[0]} to {names[-1]}"
    return ", ".join(names)


def language_sentence(tag: str) -> str:
    """Return what of an issue stays English in this language, "" for English itself."""
    primary = tag.partition("-")[0].lower()
    if primary == "en":
        return ""
    pages = "The greeting that opens each issue, the sign-off and your readers' pages stay English"
    if (templates() / "email" / "words" / f"{primary}.toml").is_file():
        name = _NAMES.get(primary, tag)
        return (
            f"Everything else around your posts is {name}. {pages} for now; intros/mine.toml and "
            "sign_off take words of your own."
        )
    return (
        "There are no words of that language yet, so the frame around your posts is English. "
        f"{pages} as well, until you write your own."
    )
