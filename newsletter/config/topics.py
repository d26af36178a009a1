"""The [[topics]] of newsletter.toml: whether readers can tell them apart."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from newsletter.config.settings import Settings
from newsletter.errors import SettingsError
from newsletter.models import Topic

_NO_LETTERS = re.compile(r"[\W_]+")
# subscribers keep their topics between commas; people write semicolons there too.
_SEPARATORS = re.compile(r"[,;\"\x00-\x1f\x7f]")
_LONGEST_NAME = 60


def slug(name: str) -> str:
    """A topic's name as one word, by which it is known: "Race reports" and "race-reports"
    are the same topic.
    """
    return _NO_LETTERS.sub("-", name.casefold()).strip("-")


def chosen_topics(labels: Collection[str], offered: Sequence[Topic]) -> tuple[str, ...]:
    """The names of the topics `offered` that a reader's labels mean, in the author's order."""
    words = {slug(label) for label in labels}
    return tuple(topic.name for topic in offered if slug(topic.name) in words)


def unknown_topics(labels: Collection[str], offered: Sequence[Topic]) -> tuple[str, ...]:
    """A reader's labels that mean none of the topics `offered`."""
    words = {slug(topic.name) for topic in offered}
    return tuple(label for label in labels if slug(label) not in words)


def check_topics(settings: Settings, file_name: str) -> None:
    """Raises SettingsError for topics a reader could not choose or tell apart."""
    known: dict[str, str] = {}
    rest = ""
    feeds = {feed.url for feed in settings.feeds}
    for topic in settings.topics:
        _check_name(topic.name, known, file_name)
        known[slug(topic.name)] = topic.name
        for url in topic.feeds:
            if url not in feeds:
                raise SettingsError(
                    f"{file_name}: the topic {topic.name!r} names the feed {url!r}, which no "
                    "[[feeds]] reads.",
                    cure="Write its address as it stands there.",
                )
        if not topic.categories and not topic.feeds:
            if rest:
                raise SettingsError(
                    f"{file_name}: the topics {rest!r} and {topic.name!r} have neither "
                    "categories nor feeds; only one can stand for all other posts.",
                    cure="Give one of them categories.",
                )
            rest = topic.name


def _check_name(name: str, known: dict[str, str], file_name: str) -> None:
    word = slug(name)
    if not word or _SEPARATORS.search(name) or len(name) > _LONGEST_NAME:
        raise SettingsError(
            f"{file_name}: a topic is called {name!r}, which readers could not choose.",
            cure=f"Give it letters, {_LONGEST_NAME} at most, without commas, semicolons or quotes.",
        )
    if word in known:
        raise SettingsError(
            f"{file_name}: the topics {known[word]!r} and {name!r} have the same name.",
            cure="Call one of them something else.",
        )
