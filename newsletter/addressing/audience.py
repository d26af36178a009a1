"""The readers of an issue: those who chose its rhythm, page by page."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from newsletter.config.settings import Settings
from newsletter.models import HEMISPHERES, Hemisphere, Rhythm
from newsletter.storage import issues
from newsletter.storage.ledger import deliveries
from subscribers import storage as people
from subscribers.models import ActiveSubscriber

_PAGE = 1000


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
) -> frozenset[tuple[str, str]]:
    """Return every (hemisphere, stored topics) that some reader of `rhythm` chose."""
    choices = people.distinct_choices(connection, monthly=_monthly_filter(settings, rhythm))
    if not is_second_rhythm(settings, rhythm):
        return choices
    pages = _switched_from_monthly(connection, settings)
    return choices | {(reader.hemisphere, reader.topics) for page in pages for reader in page}


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
