"""The author's own first days of the seasons, as newsletter.toml writes them."""

from __future__ import annotations

import re
from datetime import date

from newsletter.config.settings import FILE_NAME, NewsletterSettings, SeasonDates
from newsletter.errors import SettingsError
from newsletter.models import MONTHS

MonthDay = tuple[int, int]
#: Spring, summer, fall and winter of the north by whole months.
MONTH_STARTS: tuple[MonthDay, ...] = ((3, 1), (6, 1), (9, 1), (12, 1))
_DAY = re.compile(r"(\d{1,2})\.? ([a-z]+)|(\d{1,2})-(\d{1,2})")
_COMMON_YEAR = 2001


def first_days(newsletter: NewsletterSettings) -> tuple[MonthDay, ...]:
    """Return month and day on which the north's spring, summer, fall and winter begin.

    A season that the author gives no date for begins with its month. Raise SettingsError for
    a date that cannot be read, and for seasons out of order.
    """
    if not isinstance(newsletter.seasons, SeasonDates):
        return MONTH_STARTS
    own = newsletter.seasons
    # The author writes for where they live: in the south, fall begins with the north's spring.
    words = (own.spring, own.summer, own.fall, own.winter)
    if newsletter.hemisphere == "south":
        words = (own.fall, own.winter, own.spring, own.summer)
    starts = tuple(
        _month_day(word) if word else start for word, start in zip(words, MONTH_STARTS, strict=True)
    )
    turns = sum(
        following <= start
        for start, following in zip(starts, (*starts[1:], starts[0]), strict=True)
    )
    if turns != 1:
        raise SettingsError(
            f"{FILE_NAME}: the dates in [newsletter.seasons] are not in the order of the year.",
            cure="Spring comes before summer, summer before fall, fall before winter.",
        )
    return starts


def _month_day(words: str) -> MonthDay:
    match = _DAY.fullmatch(" ".join(words.lower().split()))
    try:
        if match is None:
            raise ValueError(words)
        month = int(match[3]) if match[3] else MONTHS.index(match[2]) + 1
        day = date(_COMMON_YEAR, month, int(match[4] or match[1]))
    except ValueError:
        raise SettingsError(
            f"{FILE_NAME}: [newsletter.seasons] holds {words!r}, which is no day of the year.",
            cure='Write it like fall = "22 September".',
        ) from None
    return day.month, day.day
