"""Names of months and weekdays in dates: English, then any language of the CLDR."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from newsletter.models import MONTHS
from newsletter.schedule import WEEKDAYS

# The languages whose names of months are letters, from those that blogs are written in.
_LANGUAGES = (
    "de", "fr", "es", "it", "nl", "pt", "pt_PT", "sv", "da", "nb", "nn", "fi", "is", "pl", "cs",
    "sk", "sl", "hr", "sr", "sr_Latn", "bs", "mk", "bg", "ru", "uk", "be", "lt", "lv", "et", "hu",
    "ro", "el", "tr", "ca", "gl", "eu", "cy", "ga", "sq", "af", "id", "ms", "sw", "ar", "he",
)  # fmt: skip
_SHORTEST = 3


def month_of(name: str) -> int:
    """Return the number of the month called or abbreviated `name`, 0 if that is not certain."""
    word = name.casefold().rstrip(".")
    if len(word) < _SHORTEST:
        return 0
    months = [number for number, month in enumerate(MONTHS, 1) if month.startswith(word)]
    months = months or list(_by_name().get(word, ()))
    # Blogs abbreviate in ways of their own: "Fév", "Sett".
    if not months:
        begun = (numbers for other, numbers in _by_name().items() if other.startswith(word))
        months = list(frozenset[int]().union(*begun))
    return months[0] if len(months) == 1 else 0


def weekday_of(name: str) -> int | None:
    """Return the number of the English weekday, Monday 0, or None."""
    word = name.casefold()
    if len(word) < _SHORTEST:
        return None
    return next((n for n, weekday in enumerate(WEEKDAYS) if weekday.startswith(word)), None)


@lru_cache(maxsize=1)
def _by_name() -> dict[str, frozenset[int]]:
    """Return the months by name. A few Slavic names are of different months: "listopad"."""
    # Loading the languages takes most of a second, and most feeds need none of them.
    from babel import Locale

    months: defaultdict[str, set[int]] = defaultdict(set)
    for language in _LANGUAGES:
        forms = Locale.parse(language).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in forms[context][width].items():
                    months[name.casefold().rstrip(".")].add(number)
    return {name: frozenset(numbers) for name, numbers in months.items()}
