"""Who an issue is for: the rhythm its readers chose, where they live, and their topics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from sqlalchemy import Connection

from newsletter.composer.topics import group_for, groups_of, profile_of
from newsletter.context import Context
from newsletter.models import HEMISPHERES, Hemisphere, Issue, Profile, Rhythm
from newsletter.storage import issues
from newsletter.storage.ledger import deliveries
from subscribers import storage as people
from subscribers.models import Mailable
from subscribers.storage.rows import to_labels

_PAGE = 1000
_WISHES_KEPT = 10_000
Place = Callable[[str, str], Profile | None]


def rhythms(context: Context, connection: Connection) -> tuple[Rhythm, ...]:
    """The rhythms in which issues go out: the newsletter's own, and monthly beside it where
    a reader chose that.
    """
    own = context.settings.issue.rhythm
    if own == "monthly" or not _monthly_is_read(context, connection):
        return (own,)
    return (own, "monthly")


def is_beside(context: Context, rhythm: Rhythm) -> bool:
    """Whether it is the rhythm of some readers only, beside the newsletter's own."""
    return rhythm == "monthly" and context.settings.issue.rhythm != "monthly"


def readers_of(
    context: Context, connection: Connection, rhythm: Rhythm
) -> Iterator[tuple[Mailable, ...]]:
    """Who gets the next issue of that rhythm, in pages.

    A month's issue also goes to those who had the one before and have chosen every issue
    since: what went out between is in it, and they would have it from nowhere else.
    """
    yield from people.active_pages(connection, _PAGE, monthly=_chosen(context, rhythm))
    if is_beside(context, rhythm):
        yield from _come_from_monthly(context, connection)


def hemispheres_needed(
    context: Context, connection: Connection, rhythm: Rhythm
) -> tuple[Hemisphere, ...]:
    """The author's own always, the others where a reader of that rhythm lives."""
    own = context.settings.newsletter.hemisphere
    used = {where for where, _ in _wishes(context, connection, rhythm)}
    return (own, *(h for h in HEMISPHERES if h in used and h != own))


def profiles_needed(context: Context, connection: Connection, issue: Issue) -> tuple[Profile, ...]:
    """The editions that readers of the issue need; the author's own first, and always."""
    place = place_in(context, issue)
    wanted = {place(*wish) for wish in _wishes(context, connection, issue.rhythm)}
    return tuple(
        one
        for count, one in enumerate(profiles_possible(context, issue))
        if count == 0 or one in wanted
    )


def profiles_possible(context: Context, issue: Issue) -> tuple[Profile, ...]:
    """Every edition the issue could have, whoever reads it, the author's own first."""
    own = context.settings.newsletter.hemisphere
    hemispheres = (own, *(h for h in HEMISPHERES if h != own))
    groups = groups_of(issue.posts, context.settings.topics_offered())
    return tuple(profile_of(group, where) for where in hemispheres for group in groups)


def place_in(context: Context, issue: Issue) -> Place:
    """A function from a reader's (hemisphere, topics as kept) to their edition of the issue.

    It gives None where no post is of the topics they chose.
    """
    topics = context.settings.topics_offered()
    own = context.settings.newsletter.hemisphere
    groups = groups_of(issue.posts, topics)

    @lru_cache(maxsize=_WISHES_KEPT)
    def place(hemisphere: str, chosen: str) -> Profile | None:
        group = group_for(to_labels(chosen), groups, issue.posts, topics)
        where = next((one for one in HEMISPHERES if one == hemisphere), own)
        return profile_of(group, where) if group else None

    return place


def _wishes(context: Context, connection: Connection, rhythm: Rhythm) -> frozenset[tuple[str, str]]:
    found = people.wishes(connection, monthly=_chosen(context, rhythm))
    if not is_beside(context, rhythm):
        return found
    changed = _come_from_monthly(context, connection)
    return found | {(one.hemisphere, one.topics) for page in changed for one in page}


def _chosen(context: Context, rhythm: Rhythm) -> bool | None:
    """Whether readers of that rhythm chose monthly; None where the choice makes no issue."""
    if context.settings.issue.rhythm == "monthly":
        return None
    return rhythm == "monthly"


def _monthly_is_read(context: Context, connection: Connection) -> bool:
    if people.is_read(connection, monthly=True):
        return True
    return next(_come_from_monthly(context, connection), None) is not None


def _come_from_monthly(context: Context, connection: Connection) -> Iterator[tuple[Mailable, ...]]:
    """Readers of every issue now who had the last monthly one, and not in passing: in the
    newsletter's own issue before that one they were not.
    """
    last = issues.newest_frozen(connection, "monthly")
    if last is None or last.frozen_at is None:
        return
    before = issues.frozen_before(connection, last.frozen_at, context.settings.issue.rhythm)
    for ids in deliveries.only_in(connection, last.id, before, _PAGE):
        if page := people.active_among(connection, ids, monthly=False):
            yield page
