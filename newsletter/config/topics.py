"""Match the topics of subscribers with the [[topics]] that the author offers."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from newsletter.models import Topic

_NO_LETTERS = re.compile(r"[\W_]+")


def slug(name: str) -> str:
    """Return a topic's name as one word. "Race reports" and "race-reports" are the same."""
    return _NO_LETTERS.sub("-", name.casefold()).strip("-")


def chosen_topics(labels: Collection[str], offered: Sequence[Topic]) -> tuple[str, ...]:
    """Return the names of the `offered` topics that a subscriber's labels mean, in order."""
    words = {slug(label) for label in labels}
    return tuple(topic.name for topic in offered if slug(topic.name) in words)


def unknown_topics(labels: Collection[str], offered: Sequence[Topic]) -> tuple[str, ...]:
    """Return a subscriber's labels that mean none of the `offered` topics."""
    words = {slug(topic.name) for topic in offered}
    return tuple(label for label in labels if slug(label) not in words)
