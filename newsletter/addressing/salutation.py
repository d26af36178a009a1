"""How a reader is greeted: by first name, or by words that read well without one."""

from __future__ import annotations

import re

from newsletter.composer.phrases import Phrases
from newsletter.config.settings import NewsletterSettings
from newsletter.text import one_line

LONGEST_NAME = 40
_TITLES = frozenset(("dr", "mr", "mrs", "ms", "miss", "mx", "prof", "sir", "rev"))
_NO_NAME = re.compile(r"[@<>{}\[\]/\\|=:;_\d]|https?")


def salutation(name: str, settings: NewsletterSettings, phrases: Phrases) -> str:
    """Return the line that greets a reader called `name`, "" if the author wants none."""
    if not settings.salutation:
        return ""
    first = first_name(name)
    if not first:
        return one_line(
            phrases.nameless_salutation(settings.salutation, settings.salutation_nameless)
        )
    return one_line(settings.salutation.replace("{name}", first))


def first_name(name: str) -> str:
    """Return the first name in `name`, "" if it holds none for certain.

    "LOVELACE, ADA" and "dr. ada lovelace" give Ada. An email address, a number, a
    placeholder or an initial gives "".
    """
    line = one_line(name)
    last, comma, given = line.partition(",")
    words = (given if comma and given.strip() else last).split()
    while words and words[0].rstrip(".").lower() in _TITLES:
        words = words[1:]
    first = words[0].strip(".,") if words else ""
    if len(first) < 2 or len(first) > LONGEST_NAME or _NO_NAME.search(first):  # noqa: PLR2004  # an initial
        return ""
    return first.title() if first.isascii() and (first.isupper() or first.islower()) else first
