"""Build intros, occasions and races from the tables of a greeting file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from newsletter.composer.greetings.book import (
    CLIMATES,
    LIGHTS,
    MAX_WORDS,
    POST_KINDS,
    SHAPES,
    THOUGHT_KINDS,
    WEATHERS,
    WEEKS,
    Intro,
)
from newsletter.composer.greetings.occasions import (
    KINDS,
    OWN_DAY,
    OWN_RACE,
    RECURRING,
    TIMINGS,
    DateRule,
    Occasion,
    confirmed_rule,
    dates_rule,
    parse_rule,
    range_rule,
)
from newsletter.composer.greetings.toml_tables import Fields
from newsletter.composer.greetings.wording import (
    LIGHT_FIELDS,
    OCCASION_FIELDS,
    POST_FIELDS,
    placeholders_in,
)
from newsletter.models import HEMISPHERES, PartName, Phase, Race, SeasonName
from newsletter.schedule import WEEKDAYS
from newsletter.text import http_url

SEASONS: tuple[SeasonName, ...] = (
    "spring",
    "summer",
    "fall",
    "winter",
    "wet",
    "dry",
    "year-round",
)
PHASES: tuple[Phase, ...] = ("first", "early", "mid", "late", "last")
_PART_KEYS = ("id", "text", "when", "kind", "voice", "we", "shape", "weight", "expires")
_PARTS: dict[str, PartName] = {
    "opener": "opener",
    "hello": "hello",
    "opening": "hello",
    "thought": "thought",
    "intro": "thought",
    "bridge": "bridge",
    "day": "thought",
}
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
    "holiday",
    "once",
    "early",
)
_RACE_KEYS = ("name", "date", "place", "url", "before", "after")
_DAY_KEYS = ("date", "text")
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_NOT_WORD = re.compile(r"[\W_]+")
_PRIORITY = 50
_OWN_PRIORITY = 70
_RACE_PRIORITY = 75
_DAY_PRIORITY = 100
# Days before and after a race in which a greeting may speak of it; after it, in any case
# the first issue does.
_RACE_WINDOW = (14, 6)
_DAY_WINDOW = (6, 0)
_LONGEST_WINDOW = 60


#: How a key of `when` is read, and the field that it fills.
_CONDITIONS: Mapping[str, tuple[str, Callable[[Fields, str], object]]] = {
    "season": ("seasons", lambda when, key: when.choices(key, SEASONS, {"autumn": "fall"})),
    "phase": ("phases", lambda when, key: when.choices(key, PHASES)),
    "hemisphere": ("hemispheres", lambda when, key: when.choices(key, HEMISPHERES)),
    "months": ("months", lambda when, key: when.numbers(key, 1, 12)),
    "week": ("weeks", lambda when, key: when.choices(key, WEEKS)),
    "weekday": ("weekdays", lambda when, key: when.choices(key, WEEKDAYS)),
    "region": ("regions", lambda when, _key: _regions(when)),
    "locale": ("locales", lambda when, key: when.words(key)),
    "climate": ("climates", lambda when, key: when.choices(key, CLIMATES)),
    "weather": ("weathers", lambda when, key: when.choices(key, WEATHERS)),
    "light": ("lights", lambda when, key: when.choices(key, LIGHTS)),
    "occasion": ("occasions", lambda when, key: when.words(key)),
    "timing": ("timings", lambda when, key: when.choices(key, TIMINGS)),
    "post": ("posts", lambda when, key: when.choices(key, POST_KINDS)),
    "gap": ("gap", lambda when, key: when.flag(key)),
}
#: How the other keys of a part are read that may be missing.
_ATTRIBUTES: Mapping[str, Callable[[Fields, str], object]] = {
    "kind": lambda fields, key: next(iter(fields.choices(key, THOUGHT_KINDS)), ""),
    "voice": lambda fields, key: next(iter(fields.choices(key, ("i", "we"))), ""),
    "we": lambda fields, key: " ".join(fields.text(key, needed=False).split()),
    "shape": lambda fields, key: next(iter(fields.choices(key, SHAPES)), ""),
    "weight": lambda fields, key: fields.number(key, 1, 1000, 10),
    "expires": lambda fields, key: fields.day(key),
}


def read_part(fields: Fields, *, language: str, rank: int, shipped: bool) -> Intro | None:
    """Return the part of a greeting in `fields`, None if it has a problem.

    Hundreds are read for a draft, so only the keys that are there are looked at.
    """
    fields.allow_only(_PART_KEYS)
    text = " ".join(fields.text("text").split())
    used = _placeholders(text, fields)
    if "hello" in used:
        # The engine itself puts the hello in front.
        text = text.replace("$hello", "").strip()
    given: dict[str, Any] = {
        key: _ATTRIBUTES[key](fields, key) for key in fields.table.values if key in _ATTRIBUTES
    }
    if "when" in fields.table.values:
        when = fields.subtable("when")
        when.allow_only(tuple(_CONDITIONS))
        for key in when.table.values:
            if key in _CONDITIONS:
                name, read = _CONDITIONS[key]
                given[name] = read(when, key)
    intro = Intro(
        id=fields.text("id"),
        text=text,
        part=_PARTS[fields.table.kind],
        language=language,
        fields=used - {"hello"},
        words=len(text.split()),
        place=fields.table.place("id"),
        rank=rank,
        shipped=shipped,
        **given,
    )
    _check_text(intro, fields, says_hello="hello" in used)
    _check_conditions(intro, fields)
    return None if fields.problems else intro


def _placeholders(text: str, fields: Fields) -> frozenset[str]:
    try:
        return placeholders_in(text)
    except ValueError as error:
        fields.report("text", str(error))
        return frozenset()


def _check_text(intro: Intro, fields: Fields, *, says_hello: bool) -> None:
    if intro.words > MAX_WORDS:
        fields.report("text", f"The greeting has {intro.words} words; {MAX_WORDS} are the most.")
    if "!!!" in intro.text:
        fields.report("text", "Two exclamation marks together are the most.")
    if (field := min(intro.fields & OCCASION_FIELDS, default="")) and not intro.occasions:
        fields.report("text", f"${field} needs an occasion in `when`.")
    if (field := min(intro.fields & LIGHT_FIELDS, default="")) and not intro.lights:
        fields.report("text", f"${field} needs a `light` in `when`.")
    if (field := min(intro.fields & POST_FIELDS, default="")) and intro.part != "bridge":
        fields.report("text", f"${field} is for a [[bridge]] alone.")
    if says_hello and intro.phases != ("first",):
        fields.report("text", '$hello belongs to greetings with phase = "first" alone.')


def _check_conditions(intro: Intro, fields: Fields) -> None:
    if intro.timings and not intro.occasions:
        fields.report("timing", "“timing” needs an occasion beside it.")
    if intro.part == "bridge" and not (intro.posts or intro.gap):
        fields.report("id", 'A bridge says which posts it leads to: when = { post = "race" }.')
    if intro.part != "bridge" and (intro.posts or intro.gap):
        fields.report("id", "“post” and “gap” are for a [[bridge]] alone.")
    if intro.part == "hello" and (intro.occasions or intro.fields - {"season"}):
        fields.report("text", "An opening waits for no occasion and has no field but $season.")


def read_occasion(fields: Fields) -> Occasion | None:
    """Return the `[[occasion]]` in `fields`, None if they have a problem."""
    fields.allow_only(_OCCASION_KEYS)
    kind = fields.text("kind", needed=False)
    period = 0 if "from" in fields.table.values else None
    before = fields.number_or_none("before", 0, _LONGEST_WINDOW)
    after = fields.number_or_none("after", 0, _LONGEST_WINDOW)
    once = before is None and after is None and period is None and kind not in RECURRING
    occasion = Occasion(
        id=fields.text("id"),
        name=fields.text("name"),
        rule=_date_rule(fields),
        before=period if before is None else before,
        after=period if after is None else after,
        priority=fields.number("priority", 0, 100, _OWN_PRIORITY if kind in KINDS else _PRIORITY),
        kind=kind,
        local=fields.flag("local"),
        weather=fields.flag("weather"),
        regions=_regions(fields),
        hemispheres=fields.choices("hemisphere", HEMISPHERES),
        names=fields.words("names"),
        since=fields.number("since", 1, 9999, 0),
        holiday=fields.text("holiday", needed=False),
        once=fields.flag("once", default=once),
        early=fields.flag("early"),
    )
    if occasion.holiday and not occasion.regions:
        fields.report("holiday", "A public holiday needs the `region` that keeps it.")
    return None if fields.problems else occasion


def _regions(fields: Fields) -> tuple[str, ...]:
    """Return country codes (ISO 3166-1 alpha-2) in lower case."""
    codes = fields.words("region")
    for code in codes:
        if not _COUNTRY.fullmatch(code):
            fields.report("region", f"“{code}” is no country; write two letters such as “US”.")
    return tuple(code.lower() for code in codes)


def _date_rule(fields: Fields) -> DateRule:
    given = [key for key in ("rule", "dates", "from", "holiday") if key in fields.table.values]
    if given == ["rule", "dates"]:
        return confirmed_rule(fields.days("dates"), _rule_in_words(fields))
    if len(given) != 1:
        fields.report(
            given[1] if given else "id",
            "An occasion needs one of: a rule in words, a list of dates, or from and until.",
        )
        return dates_rule(())
    if given == ["dates"]:
        return dates_rule(fields.days("dates"))
    if given == ["from"]:
        return _range(fields)
    return dates_rule(()) if given == ["holiday"] else _rule_in_words(fields)


def _rule_in_words(fields: Fields) -> DateRule:
    try:
        return parse_rule(fields.text("rule"))
    except ValueError as error:
        fields.report("rule", str(error))
        return dates_rule(())


def _range(fields: Fields) -> DateRule:
    start, end = fields.day("from"), fields.day("until")
    if start is None or end is None or end < start:
        fields.report("until", "“until” must be a date like 2027-05-30, not before “from”.")
        return dates_rule(())
    return range_rule(start, end)


def read_race(fields: Fields) -> tuple[Race, Occasion] | None:
    """Return the `[[race]]` in `fields` and its occasion, None if they have a problem."""
    fields.allow_only(_RACE_KEYS)
    day = fields.day("date")
    if "date" not in fields.table.values:
        fields.report("name", "A race needs its date, such as date = 2027-05-30.")
    url = fields.text("url", needed=False)
    if url and not http_url(url):
        fields.report("url", "“url” must be a web address; it starts with https://")
    before = fields.number("before", 0, _LONGEST_WINDOW, _RACE_WINDOW[0])
    after = fields.number("after", 0, _LONGEST_WINDOW, _RACE_WINDOW[1])
    name = fields.text("name")
    if fields.problems or day is None:
        return None
    race = Race(name=name, day=day, place=fields.text("place", needed=False), url=url)
    return race, race_occasion(race, before=before, after=after)


def race_occasion(
    race: Race, *, before: int = _RACE_WINDOW[0], after: int = _RACE_WINDOW[1]
) -> Occasion:
    """Return the occasion of a race: greetings count down to it and look back on it."""
    slug = _NOT_WORD.sub("-", race.name.lower()).strip("-") or "race"
    return Occasion(
        id=f"{slug}-{race.day.isoformat()}",
        name=race.name,
        rule=dates_rule((race.day,)),
        before=before,
        after=after,
        priority=_RACE_PRIORITY,
        kind=OWN_RACE,
        once=False,
    )


def read_day(fields: Fields, *, language: str, rank: int) -> tuple[Occasion, Intro] | None:
    """Return the `[[day]]` in `fields`: an occasion for one day, and its intro.

    Applies to an issue on that day or in the week before. None if the fields have a problem.
    """
    fields.allow_only(_DAY_KEYS)
    day = fields.day("date")
    if "date" not in fields.table.values:
        fields.report("text", "A greeting for one day needs it, such as date = 2027-05-30.")
    if fields.problems or day is None:
        return None
    name = f"day-{day.isoformat()}"
    values = {
        "id": name,
        "text": fields.table.values.get("text", ""),
        "when": {"occasion": [name, OWN_DAY]},
    }
    intro = read_part(fields.with_values(values), language=language, rank=rank, shipped=False)
    if intro is None:
        return None
    occasion = Occasion(
        id=name,
        name="the day",
        rule=dates_rule((day,)),
        before=_DAY_WINDOW[0],
        after=_DAY_WINDOW[1],
        priority=_DAY_PRIORITY,
        kind=OWN_DAY,
        once=False,
    )
    return occasion, intro
