"""Fill a part with what is true of an issue: the words that would be said, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from newsletter.composer.greetings.book import Intro
from newsletter.composer.greetings.leads import Lead
from newsletter.composer.greetings.light import light_values
from newsletter.composer.greetings.match import Circumstances, explain
from newsletter.composer.greetings.occasions import KINDS, OWN_DAY, OccasionDate
from newsletter.composer.greetings.wording import (
    as_spelled,
    fill_placeholders,
    mile_words,
    month_word,
    occasion_values,
    say,
    weekday_word,
)
from newsletter.composer.phrases import primary_language
from newsletter.composer.seasons import season_word
from newsletter.models import GreetingPart

_MONTHS = 12
# "a $season run", "a $month race" where the word begins with a vowel.
_A_VOWEL = re.compile(r"\b([Aa]) (autumn|April|August|October)\b")
# The week of the month is of no concern to readers who hear less often.
_FORTNIGHT = timedelta(days=14)


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
