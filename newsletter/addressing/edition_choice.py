"""Choose the edition of an issue that a reader gets, by hemisphere and topics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from sqlalchemy import Connection

from newsletter.addressing.audience import reader_choices
from newsletter.composer.topics import group_for, groups_of, profile_of
from newsletter.config.settings import Settings
from newsletter.errors import NotFound
from newsletter.models import HEMISPHERES, Edition, Issue, Profile
from subscribers.models import ActiveSubscriber, Subscriber
from subscribers.storage import join_labels, split_labels

_CACHED_CHOICES = 10_000


class EditionPicker:
    """Picks the edition of one issue for each reader. `editions` start with the author's own."""

    def __init__(self, issue: Issue, settings: Settings, editions: Sequence[Edition]) -> None:
        self._profile_for = _profile_picker(issue, settings)
        self._own = editions[0].key
        self._keys = frozenset(edition.key for edition in editions)

    def edition_for(self, reader: ActiveSubscriber | Subscriber) -> str:
        """Return the key of the reader's edition, "" if no post is of the topics they chose.

        An edition may be missing: it was rendered only if a reader needed it, and a reader
        may have joined or chosen since. The whole issue of the reader's hemisphere stands in
        for it, else the author's own, which always exists.
        """
        topics = reader.topics if isinstance(reader.topics, str) else join_labels(reader.topics)
        profile = self._profile_for(reader.hemisphere, topics)
        if profile is None:
            return ""
        if profile.key in self._keys:
            return profile.key
        return profile.hemisphere if profile.hemisphere in self._keys else self._own


def select_edition(editions: Sequence[Edition], key: str | None = None) -> Edition:
    """Return the edition called `key`, the author's own if None.

    `editions` start with the author's own. Raise NotFound for a key that is not there.
    """
    if key is None:
        return editions[0]
    edition = next((edition for edition in editions if edition.key == key), None)
    if edition is None:
        known = ", ".join(edition.key for edition in editions)
        raise NotFound(f"This issue has no edition {key!r}.", cure=f"It has: {known}.")
    return edition


def required_profiles(
    connection: Connection, settings: Settings, issue: Issue
) -> tuple[Profile, ...]:
    """Return the editions that readers of the issue need, the author's own first and always."""
    profile_for = _profile_picker(issue, settings)
    choices = reader_choices(connection, settings, issue.rhythm)
    wanted = {profile_for(*choice) for choice in choices}
    default, *others = possible_profiles(issue, settings)
    return (default, *(profile for profile in others if profile in wanted))


def possible_profiles(issue: Issue, settings: Settings) -> tuple[Profile, ...]:
    """Return every edition the issue could have, the author's own first.

    The result depends on posts and settings alone, never on subscribers, so one approval
    covers every edition.
    """
    own_hemisphere = settings.newsletter.hemisphere
    hemispheres = (own_hemisphere, *(h for h in HEMISPHERES if h != own_hemisphere))
    groups = groups_of(issue.posts, settings.offered_topics())
    return tuple(profile_of(group, hemisphere) for hemisphere in hemispheres for group in groups)


def _profile_picker(issue: Issue, settings: Settings) -> Callable[[str, str], Profile | None]:
    """Return a function from a reader's (hemisphere, stored topics) to their edition.

    It gives None if no post is of the topics they chose. Results are cached, because readers
    are many and choices few.
    """
    topics = settings.offered_topics()
    own_hemisphere = settings.newsletter.hemisphere
    groups = groups_of(issue.posts, topics)

    @lru_cache(maxsize=_CACHED_CHOICES)
    def profile_for(hemisphere: str, chosen: str) -> Profile | None:
        group = group_for(split_labels(chosen), groups, issue.posts, topics)
        where = next((known for known in HEMISPHERES if known == hemisphere), own_hemisphere)
        return profile_of(group, where) if group else None

    return profile_for
