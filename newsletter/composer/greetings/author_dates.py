"""The author's own dates: races to run, and greetings for one day."""

from __future__ import annotations

import re

from newsletter.composer.greetings.book import Intro
from newsletter.composer.greetings.fields import Fields
from newsletter.composer.greetings.occasion_rules import on_dates
from newsletter.composer.greetings.occasions import OWN_DAY, OWN_RACE, Occasion
from newsletter.composer.greetings.schema import read_intro
from newsletter.models import Race
from newsletter.text import http_url

_RACE_KEYS = ("name", "date", "place", "url", "before", "after")
_DAY_KEYS = ("date", "text")
_PRIORITY = 70
_COUNTDOWN = 14
_AFTERMATH = 6
_LONGEST = 60
_WEEK_BEFORE = 6
_NO_LETTERS = re.compile(r"[\W_]+")


def read_race(fields: Fields) -> tuple[Race, Occasion] | None:
    """A `[[race]]`, and the occasion it makes; None when the fields hold a problem."""
    fields.only(_RACE_KEYS)
    day = fields.day("date")
    if "date" not in fields.table.values:
        fields.wrong("name", "A race needs its date, such as date = 2027-05-30.")
    url = fields.text("url", needed=False)
    if url and not http_url(url):
        fields.wrong("url", "“url” must be a web address; it starts with https://")
    before = fields.number("before", 0, _LONGEST, _COUNTDOWN)
    after = fields.number("after", 0, _LONGEST, _AFTERMATH)
    name = fields.text("name")
    if fields.problems or day is None:
        return None
    race = Race(name=name, day=day, place=fields.text("place", needed=False), url=url)
    return race, race_occasion(race, before=before, after=after)


def race_occasion(race: Race, *, before: int = _COUNTDOWN, after: int = _AFTERMATH) -> Occasion:
    """The days round a race in which a greeting counts down to it or looks back."""
    slug = _NO_LETTERS.sub("-", race.name.lower()).strip("-") or "race"
    return Occasion(
        id=f"{slug}-{race.day.isoformat()}",
        name=race.name,
        rule=on_dates((race.day,)),
        before=before,
        after=after,
        priority=_PRIORITY,
        kind=OWN_RACE,
    )


def read_day(fields: Fields, *, language: str, rank: int) -> tuple[Occasion, Intro] | None:
    """A `[[day]]`: what the issue of that day, or of the week before it, opens with."""
    fields.only(_DAY_KEYS)
    day = fields.day("date")
    if "date" not in fields.table.values:
        fields.wrong("text", "A greeting for one day needs it, such as date = 2027-05-30.")
    if fields.problems or day is None:
        return None
    name = f"day-{day.isoformat()}"
    values = {
        "id": name,
        "text": fields.table.values.get("text", ""),
        "when": {"occasion": name},
    }
    intro = read_intro(fields.instead(values), language=language, rank=rank)
    if intro is None:
        return None
    occasion = Occasion(
        id=name,
        name="the day",
        rule=on_dates((day,)),
        before=_WEEK_BEFORE,
        priority=_PRIORITY,
        kind=OWN_DAY,
    )
    return occasion, intro
