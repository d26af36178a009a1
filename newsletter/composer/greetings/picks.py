"""Fill a part with what is true of an issue: the words that would be said, and why.

Leads are what the posts of an issue give a bridge to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from newsletter.composer.greetings.book import Intro, PostKind
from newsletter.composer.greetings.light import light_values
from newsletter.composer.greetings.match import Circumstances, explain
from newsletter.composer.greetings.occasions import KINDS, OWN_DAY, OccasionDate
from newsletter.composer.greetings.wording import (
    as_spelled,
    fill_placeholders,
    mile_words,
    month_word,
    number_word,
    occasion_values,
    say,
    weekday_word,
)
from newsletter.composer.phrases import primary_language
from newsletter.composer.seasons import season_word
from newsletter.models import GreetingPart, Post
from newsletter.text import one_line

_MONTHS = 12
# "a $season run", "a $month race" where the word begins with a vowel.
_A_VOWEL = re.compile(r"\b([Aa]) (autumn|April|August|October)\b")
# The week of the month is of no concern to readers who hear less often.
_FORTNIGHT = timedelta(days=14)
#: Leads that say something of their post; the others are drawn now and then.
SPECIFIC: tuple[PostKind, ...] = ("race", "injury", "run", "comments")
_MANY_COMMENTS = 8
_SEVERAL = 3
_PICTURES = 3
_TITLE_WORDS = 8
_RACE = re.compile(
    r"\b(?:race (?:report|recap|day)|marathon|parkrun|ultra|triathlon|(?:5|10|21|50|100) ?k)\b",
    re.IGNORECASE,
)
_RACE_REPORT = re.compile(r"\brace (?:reports?|recaps?)\b|\b(?:races|results)\b", re.IGNORECASE)
_INJURED = re.compile(
    r"\binjur\w*|\bpain\w*\b|\bsore\w*|\bhurt\w*|\btendin?\w*|\bstrain\w*|\brehab\w*|"
    r"\bphysio\w*|\bsprain\w*|\bitis\b|\bfasciitis\b|\baches?\b|\baching\b",
    re.IGNORECASE,
)
#: Body parts in the singular, as "your $injury" needs them.
_BODY = (
    ("IT band", re.compile(r"\b(?:IT|ITB|[Ii]liotibial)[ -]?[Bb]and\b|\bITBS?\b")),
    ("Achilles", re.compile(r"\bachilles\b", re.IGNORECASE)),
    ("hamstring", re.compile(r"\bhamstrings?\b", re.IGNORECASE)),
    ("knee", re.compile(r"\bknees?\b", re.IGNORECASE)),
    ("calf", re.compile(r"\b(?:calf|calves)\b", re.IGNORECASE)),
    ("shin", re.compile(r"\bshins?\b", re.IGNORECASE)),
    ("ankle", re.compile(r"\bankles?\b", re.IGNORECASE)),
    ("heel", re.compile(r"\bheels?\b|\bplantar\b", re.IGNORECASE)),
    ("hip", re.compile(r"\bhips?\b", re.IGNORECASE)),
)
_ARTICLE = re.compile(r"^the\s+", re.IGNORECASE)
_NO_CATEGORY = frozenset({"uncategorized", "uncategorised", "general", "blog", "posts", "other"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A part that may be said, with what it speaks of."""

    part: Intro
    text: str
    reason: str
    near: OccasionDate | None = None
    lead: Lead | None = None

    @property
    def words(self) -> int:
        """How many words readers get."""
        return len(self.text.split())

    def as_part(self) -> GreetingPart:
        """Return it as a part of a greeting."""
        return GreetingPart(
            name=self.part.part, id=self.part.id, text=self.text, reason=self.reason
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Filler:
    """Fills parts for one edition, in one language."""

    now: Circumstances
    #: The primary language of the parts.
    tongue: str

    def pick(
        self, part: Intro, *, near: OccasionDate | None = None, lead: Lead | None = None
    ) -> Pick | None:
        """Return `part` with its placeholders filled, None if one has no value."""
        home = self.now.home
        text = say(part, language=home.language, voice=home.voice, smileys=home.smileys)
        if part.fields:
            values = self._values(part)
            if near is not None:
                values |= self._occasion_values(near)
            if lead is not None:
                values |= lead.values
            if not part.fields <= values.keys():
                return None
            text = _A_VOWEL.sub(r"\1n \2", fill_placeholders(text, values))
        return Pick(
            part=part,
            text=text.strip(),
            reason=self._reason(part, near, lead),
            near=near,
            lead=lead,
        )

    def _reason(self, part: Intro, near: OccasionDate | None, lead: Lead | None) -> str:
        if lead is not None:
            return lead.reason
        return "the first issue after a pause" if part.gap else explain(part, self.now, near)

    def _values(self, part: Intro) -> dict[str, str]:
        """Return the values of the placeholders that any part may use."""
        now, home, language = self.now, self.now.home, self._language()
        words = dict(home.season_words) if self.tongue != "en" else {}
        month = month_word(now.midweek.month, language)
        values = {
            "season": words.get(now.season.name) or season_word(now.season.name, language),
            "month": month,
            "next_month": month_word(now.midweek.month % _MONTHS + 1, language),
            "weekday": weekday_word(now.day, language),
            **mile_words(language),
        }
        if self.tongue == "en" and now.days.following - now.day <= _FORTNIGHT:
            values["week"] = f"{now.week} week of {month}"
        if part.lights and home.location is not None:
            values |= light_values(
                now.day,
                *home.location,
                home.timezone,
                exact=home.exact_location,
                language=language,
            )
        return values

    def _occasion_values(self, near: OccasionDate) -> dict[str, str]:
        values = occasion_values(near, self._language())
        if near.occasion.kind not in {*KINDS, OWN_DAY}:
            values["occasion"] = as_spelled(values["occasion"], self.now.home.language)
        return values

    def _language(self) -> str:
        """Return the tag to write dates in: English parts are English in every newsletter."""
        language = self.now.home.language
        return language if primary_language(language) == self.tongue else self.tongue


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Something that a bridge may say about the posts of an issue."""

    kind: PostKind
    #: The posts it speaks of; none for what only counts them.
    posts: tuple[int, ...]
    #: Values of a bridge's placeholders.
    values: dict[str, str]
    #: What it rests on, for the author.
    reason: str


def find_leads(posts: tuple[Post, ...]) -> tuple[Lead, ...]:
    """Return what the posts give a bridge, the best first."""
    leads = [lead for post in posts for lead in _leads_of(post)]
    order = {kind: number for number, kind in enumerate((*SPECIFIC, "pictures", "category"))}
    leads.sort(key=lambda lead: order[lead.kind])
    commented = [post for post in posts if (post.comment_count or 0) >= _MANY_COMMENTS]
    if commented:
        post = max(commented, key=lambda post: post.comment_count or 0)
        values = {**_title(post), "comments": f"{post.comment_count} comments"}
        reason = f"“{one_line(post.title)}” has {post.comment_count} comments"
        lead = Lead(kind="comments", posts=(post.id,), values=values, reason=reason)
        leads.insert(sum(order[lead.kind] < order["comments"] for lead in leads), lead)
    ids = tuple(post.id for post in posts)
    if len(posts) == 1:
        lead = Lead(kind="one", posts=ids, values=_title(posts[0]), reason="one post only")
        leads.append(lead)
    elif len(posts) >= _SEVERAL:
        values = {**_title(posts[0]), "posts": number_word(len(posts))}
        lead = Lead(kind="several", posts=ids, values=values, reason=f"{len(posts)} posts")
        leads.append(lead)
    return tuple(leads)


def _leads_of(post: Post) -> Iterator[Lead]:
    title = one_line(post.title)
    named = " · ".join((title, *post.categories))
    values, facts = _title(post), post.facts
    if facts is not None:
        figures = {
            name: value
            for name in ("distance", "time", "pace", "race")
            if (value := one_line(getattr(facts, name)))
        }
        if "race" in figures:
            figures["race"] = _ARTICLE.sub("", figures["race"])
        values |= figures
    has_figures = facts is not None and bool(facts.distance or facts.time)
    is_race = (facts is not None and bool(facts.race)) or bool(_RACE_REPORT.search(named))
    if is_race or (has_figures and _RACE.search(named)):
        reason = f"“{title}” is a race report"
        yield Lead(kind="race", posts=(post.id,), values=values, reason=reason)
    elif has_figures:
        reason = f"“{title}” gives the figures of a run"
        yield Lead(kind="run", posts=(post.id,), values=values, reason=reason)
    if _INJURED.search(named):
        body = next((name for name, words in _BODY if words.search(named)), "")
        values = _title(post) | ({"injury": body} if body else {})
        reason = f"“{title}” is about an injury"
        yield Lead(kind="injury", posts=(post.id,), values=values, reason=reason)
    if post.html.count("<img") >= _PICTURES:
        reason = f"“{title}” has several pictures"
        yield Lead(kind="pictures", posts=(post.id,), values=_title(post), reason=reason)
    category = next((c for c in post.categories if c.casefold() not in _NO_CATEGORY), "")
    if category:
        values = {**_title(post), "category": one_line(category)}
        reason = f"“{title}” is filed under {one_line(category)}"
        yield Lead(kind="category", posts=(post.id,), values=values, reason=reason)


def _title(post: Post) -> dict[str, str]:
    """Return the title for a bridge to quote, unless it is too long to be quoted."""
    title = one_line(post.title)
    return {"title": title} if title and len(title.split()) <= _TITLE_WORDS else {}
