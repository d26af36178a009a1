"""From a table of a greeting file to an `Intro` or an `Occasion`, or what is wrong with it."""

from __future__ import annotations

import re

from newsletter.composer.greetings.book import Intro
from newsletter.composer.greetings.fields import Fields
from newsletter.composer.greetings.occasion_rules import DateRule, between, on_dates, read_rule
from newsletter.composer.greetings.occasions import KINDS, TIMINGS, Occasion
from newsletter.composer.greetings.placeholders import OF_OCCASIONS, fields_of
from newsletter.models import HEMISPHERES, Phase, SeasonName

SEASONS: tuple[SeasonName, ...] = ("spring", "summer", "fall", "winter", "wet", "dry")
PHASES: tuple[Phase, ...] = ("first", "early", "mid", "late", "last")
MAX_WORDS = 60
_INTRO_KEYS = ("id", "text", "when", "weight", "expires")
_WHEN_KEYS = ("season", "phase", "hemisphere", "occasion", "timing", "months")
_OCCASION_KEYS = (
    "id",
    "name",
    "rule",
    "dates",
    "from",
    "until",
    "before",
    "after",
    "priority",
    "kind",
    "local",
    "weather",
    "region",
    "hemisphere",
    "names",
    "since",
)
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_OWN_PRIORITY = 70
_PRIORITY = 50
_WINDOW = (7, 3)
_LONGEST_WINDOW = 60


def read_intro(fields: Fields, *, language: str, rank: int) -> Intro | None:
    """The greeting in `fields`, or None when they hold a problem."""
    fields.only(_INTRO_KEYS)
    when = fields.inner("when")
    when.only(_WHEN_KEYS)
    text = " ".join(fields.text("text").split())
    intro = Intro(
        id=fields.text("id"),
        text=text,
        seasons=when.choices("season", SEASONS, {"autumn": "fall"}),
        phases=when.choices("phase", PHASES),
        hemispheres=when.choices("hemisphere", HEMISPHERES),
        occasions=when.words("occasion"),
        timings=when.choices("timing", TIMINGS),
        months=when.numbers("months", 1, 12),
        weight=fields.number("weight", 1, 1000, 10),
        expires=fields.day("expires"),
        language=language,
        fields=_fields_of(text, fields),
        place=fields.table.place("id"),
        rank=rank,
    )
    _check_text(intro, fields)
    if fields.table.kind == "opening" and (intro.occasions or intro.fields - {"season"}):
        fields.wrong("text", "An opening waits for no occasion and has no field but $season.")
    return None if fields.problems else intro


def _fields_of(text: str, fields: Fields) -> frozenset[str]:
    try:
        return fields_of(text)
    except ValueError as error:
        fields.wrong("text", str(error))
        return frozenset()


def _check_text(intro: Intro, fields: Fields) -> None:
    count = len(intro.text.split())
    if count > MAX_WORDS:
        fields.wrong("text", f"The greeting has {count} words; {MAX_WORDS} are the most.")
    if "!!!" in intro.text:
        fields.wrong("text", "Two exclamation marks together are the most.")
    if (field := min(intro.fields & OF_OCCASIONS, default="")) and not intro.occasions:
        fields.wrong("text", f"${field} needs an occasion in `when`.")
    if "hello" in intro.fields and intro.phases != ("first",):
        fields.wrong("text", '$hello belongs to greetings with phase = "first" alone.')
    if intro.timings and not intro.occasions:
        fields.wrong("timing", "“timing” needs an occasion beside it.")


def read_occasion(fields: Fields) -> Occasion | None:
    """The occasion in `fields`, or None when they hold a problem."""
    fields.only(_OCCASION_KEYS)
    kind = fields.text("kind", needed=False)
    before, after = (0, 0) if "from" in fields.table.values else _WINDOW
    occasion = Occasion(
        id=fields.text("id"),
        name=fields.text("name"),
        rule=_rule(fields),
        before=fields.number("before", 0, _LONGEST_WINDOW, before),
        after=fields.number("after", 0, _LONGEST_WINDOW, after),
        priority=fields.number("priority", 0, 100, _OWN_PRIORITY if kind in KINDS else _PRIORITY),
        kind=kind,
        local=fields.flag("local"),
        weather=fields.flag("weather"),
        regions=_regions(fields),
        hemispheres=fields.choices("hemisphere", HEMISPHERES),
        names=fields.words("names"),
        since=fields.number("since", 1, 9999, 0),
    )
    return None if fields.problems else occasion


def _regions(fields: Fields) -> tuple[str, ...]:
    """Countries by their two letters (ISO 3166-1), small."""
    found = fields.words("region")
    for word in found:
        if not _COUNTRY.fullmatch(word):
            fields.wrong("region", f"“{word}” is no country; write two letters such as “US”.")
    return tuple(word.lower() for word in found)


def _rule(fields: Fields) -> DateRule:
    given = [key for key in ("rule", "dates", "from") if key in fields.table.values]
    if len(given) != 1:
        fields.wrong(
            given[1] if given else "id",
            "An occasion needs one of: a rule in words, a list of dates, or from and until.",
        )
        return on_dates(())
    if given == ["dates"]:
        return on_dates(fields.days("dates"))
    if given == ["from"]:
        return _stretch(fields)
    try:
        return read_rule(fields.text("rule"))
    except ValueError as error:
        fields.wrong("rule", str(error))
        return on_dates(())


def _stretch(fields: Fields) -> DateRule:
    start, end = fields.day("from"), fields.day("until")
    if start is None or end is None or end < start:
        fields.wrong("until", "“until” must be a date like 2027-05-30, not before “from”.")
        return on_dates(())
    return between(start, end)
