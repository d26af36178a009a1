"""Who gets an issue: the readers of its rhythm, page by page, and the edition for each of them.

A reader's edition follows from hemisphere and topics.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection

from newsletter.composer.topics import group_for, groups_of, profile_of
from newsletter.config.settings import Settings
from newsletter.errors import NotFound
from newsletter.models import HEMISPHERES, Edition, Hemisphere, Issue, Profile, Rhythm
from newsletter.storage import issues
from newsletter.storage.ledger import deliveries
from subscribers import storage as people
from subscribers.models import ActiveSubscriber, Subscriber
from subscribers.storage import join_labels, split_labels

_PAGE = 1000
_CACHED_CHOICES = 10_000


def active_rhythms(connection: Connection, settings: Settings) -> tuple[Rhythm, ...]:
    """Return the rhythms in which issues go out: the newsletter's own, then monthly if it is
    a second one that some reader chose.
    """
    own_rhythm = settings.issue.rhythm
    if own_rhythm == "monthly" or not _has_monthly_readers(connection, settings):
        return (own_rhythm,)
    return (own_rhythm, "monthly")


def is_second_rhythm(settings: Settings, rhythm: Rhythm) -> bool:
    """Whether only some readers chose `rhythm`, next to the newsletter's own."""
    return rhythm == "monthly" and settings.issue.rhythm != "monthly"


def reader_pages(
    connection: Connection, settings: Settings, rhythm: Rhythm
) -> Iterator[tuple[ActiveSubscriber, ...]]:
    """Yield the readers of the next issue of `rhythm`, in pages.

    The second rhythm's issue also goes to readers who had the one before and have switched
    to every issue since. It repeats posts that went out in between, and these readers would
    get those posts nowhere else.
    """
    yield from people.active_pages(connection, _PAGE, monthly=_monthly_filter(settings, rhythm))
    if is_second_rhythm(settings, rhythm):
        yield from _switched_from_monthly(connection, settings)


def reader_choices(
    connection: Connection, settings: Settings, rhythm: Rhythm
) -> Counter[tuple[str, str]]:
    """Return how many readers of `rhythm` chose each (hemisphere, stored topics)."""
    monthly = _monthly_filter(settings, rhythm)
    choices = Counter(people.count_choices(connection, monthly=monthly))
    if is_second_rhythm(settings, rhythm):
        for page in _switched_from_monthly(connection, settings):
            choices.update((reader.hemisphere, reader.topics) for reader in page)
    return choices


def reader_hemispheres(
    connection: Connection, settings: Settings, rhythm: Rhythm
) -> tuple[Hemisphere, ...]:
    """Return the hemispheres with readers of `rhythm`, the author's own first and always."""
    own_hemisphere = settings.newsletter.hemisphere
    used = {hemisphere for hemisphere, _ in reader_choices(connection, settings, rhythm)}
    return (own_hemisphere, *(h for h in HEMISPHERES if h in used and h != own_hemisphere))


def _monthly_filter(settings: Settings, rhythm: Rhythm) -> bool | None:
    """Whether readers of `rhythm` chose monthly; None where the choice makes no difference."""
    if settings.issue.rhythm == "monthly":
        return None
    return rhythm == "monthly"


def _has_monthly_readers(connection: Connection, settings: Settings) -> bool:
    if people.has_readers(connection, monthly=True):
        return True
    return next(_switched_from_monthly(connection, settings), None) is not None


def _switched_from_monthly(
    connection: Connection, settings: Settings
) -> Iterator[tuple[ActiveSubscriber, ...]]:
    """Yield readers of every issue who had the last monthly one and switched after it.

    Readers who also had the newsletter's own issue before that one are left out: they had
    chosen monthly only in passing.
    """
    last = issues.newest_frozen(connection, "monthly")
    if last is None or last.frozen_at is None:
        return
    before = issues.frozen_before(connection, last.frozen_at, settings.issue.rhythm)
    for ids in deliveries.recipients_only_in(connection, last.id, before, _PAGE):
        if page := people.active_by_ids(connection, ids, monthly=False):
            yield page


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


def profile_of_reader(issue: Issue, settings: Settings, reader: Subscriber) -> Profile | None:
    """Return the edition of an issue that a reader would get, None if none of its posts.

    Unlike `EditionPicker`, it does not ask which editions were rendered.
    """
    return _profile_picker(issue, settings)(reader.hemisphere, join_labels(reader.topics))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What the readers of an issue need of it."""

    #: The editions that they need, the author's own first and always.
    profiles: tuple[Profile, ...]
    #: How many readers get one of them.
    readers: int


def demand_for(connection: Connection, settings: Settings, issue: Issue) -> Demand:
    """Return the editions that readers of the issue need, and how many get one."""
    profile_for = _profile_picker(issue, settings)
    choices = reader_choices(connection, settings, issue.rhythm)
    counts = Counter[Profile | None]()
    for choice, count in choices.items():
        counts[profile_for(*choice)] += count
    default, *others = possible_profiles(issue, settings)
    profiles = (default, *(profile for profile in others if profile in counts))
    # None stands for those whose topics no post is of.
    return Demand(profiles=profiles, readers=counts.total() - counts[None])


def required_profiles(
    connection: Connection, settings: Settings, issue: Issue
) -> tuple[Profile, ...]:
    """Return the editions that readers of the issue need, the author's own first and always."""
    return demand_for(connection, settings, issue).profiles


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
