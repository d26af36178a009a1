"""Keeps the pictures that readers may look at for ever, and lets go of the others.

An issue's pictures are there as long as its page in the archive. A copy made for a post
that was skipped, withdrawn or shown without it goes; taken back, it is copied anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import Connection

from newsletter.collecting.picture_copies import copies_in, urls_of
from newsletter.context import Context
from newsletter.models import Edition
from newsletter.storage import issues, pictures, posts
from newsletter.storage.database.engine import transaction

# The month's issue shows posts once more that went out in the weeks before it.
_AGAIN = dt.timedelta(days=70)


def keep_shown(connection: Connection, editions: Iterable[Edition]) -> None:
    """The copies that frozen editions show stay."""
    names = frozenset(name for one in editions for name in copies_in(one.html))
    pictures.mark_shown(connection, names)


def prune_pictures(context: Context) -> int:
    """Forgets copies that no issue shows and no post needs that may come into one.

    Returns how many.
    """
    if context.settings.images.host != "site":
        return 0
    with transaction(context.engine) as connection:
        wanted = (
            *posts.in_state(connection, "waiting", "held", "protected"),
            *posts.sent_after(connection, context.clock() - _AGAIN),
            *(post for one in issues.all_open(connection) for post in one.posts),
        )
        return pictures.prune(connection, {url for post in wanted for url in urls_of(post)})
