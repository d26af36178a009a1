"""An issue's editions: rendered by one call, whoever looks (design.md rule 3)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.addressing.edition_choice import possible_profiles, required_profiles
from newsletter.addressing.recipients import largest_recipient
from newsletter.collecting.picture_copies import with_copies
from newsletter.composer.fit import FitResult, fit
from newsletter.context import Context
from newsletter.editorial.compose import narrow_issue
from newsletter.models import Edition, Issue, Profile
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot


def editions_of(context: Context, connection: Connection, issue: Issue) -> tuple[Edition, ...]:
    """The issue's editions, the author's own first: as frozen, else as they would be."""
    if issue.frozen_at is None:
        return render_editions(
            context, issue, required_profiles(connection, context.settings, issue)
        )
    own = context.settings.newsletter.hemisphere
    stored = issues.editions_of(connection, issue)
    return tuple(sorted(stored, key=lambda edition: edition.key != own))


def render_editions(
    context: Context, issue: Issue, profiles: Sequence[Profile]
) -> tuple[Edition, ...]:
    """The editions of these groups of readers from the issue's posts as they are now."""
    return tuple(one.edition for one in fit_editions(context, issue, profiles))


def fit_editions(
    context: Context, issue: Issue, profiles: Sequence[Profile]
) -> tuple[FitResult, ...]:
    """The same editions, each with what was cut so that it fits into the inbox."""
    letterhead = context.settings.letterhead()
    folders = context.email_templates
    fields = dict(largest_recipient(context.config).fields)
    issue = with_copies(context, issue)
    made = []
    for profile in profiles:
        part = narrow_issue(context, issue, profile.posts)
        one = fit(part, profile.hemisphere, letterhead, folders=folders, fields=fields)
        edition = replace(one.edition, key=profile.key, topics=profile.topics, posts=profile.posts)
        made.append(replace(one, edition=edition))
    return tuple(made)


def notes_on(context: Context, issue: Issue) -> tuple[str, ...]:
    """In words, what was cut from an issue that is not frozen yet; () when all of it fits."""
    if issue.frozen_at is not None:
        return ()
    with snapshot(context.engine) as connection:
        profiles = required_profiles(connection, context.settings, issue)
    every = (note for one in fit_editions(context, issue, profiles) for note in one.notes)
    return tuple(dict.fromkeys(every))


def content_hash(context: Context, issue: Issue) -> str:
    """One hash over every edition the issue could have: what an approval is tied to.

    All hemispheres and all topics count, so that a reader who joins or chooses after the
    approval cannot get an edition nobody approved.
    """
    every = render_editions(context, issue, possible_profiles(issue, context.settings))
    return hashlib.sha256("".join(one.content_hash for one in every).encode()).hexdigest()
