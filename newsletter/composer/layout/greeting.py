"""The season's greeting as a layout shows it: its first sentence large, the rest below."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markupsafe import Markup

from newsletter.composer.text.phrases import locale_for, primary
from newsletter.models import Greeting
from newsletter.text import one_line

_OPENING = re.compile(r".{1,80}?[.!?…]+(?=\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class GreetingFields:
    """`opening` is the first sentence when it is short, `more` the rest.

    `greeting_mark` is the attribute for a greeting in another language than the newsletter's.
    """

    opening: str
    more: str
    greeting_mark: Markup


def greeting_fields(greeting: Greeting | None, language: str) -> GreetingFields:
    """The fields of a greeting, empty ones for none, in a newsletter of that language."""
    line = one_line(greeting.text if greeting else "")
    found = _OPENING.match(line)
    opening, more = (found[0], line[found.end() :].strip()) if found else (line, "")
    return GreetingFields(opening=opening, more=more, greeting_mark=_mark(greeting, language))


def _mark(greeting: Greeting | None, language: str) -> Markup:
    if greeting is None or primary(greeting.language or language) == primary(language):
        return Markup()
    way = locale_for(greeting.language).text_direction
    return Markup(' lang="{}" dir="{}"').format(greeting.language, way)
