"""Render an issue's editions. Preview, check, approval, archive and delivery all come here.

One renderer means that they show the same bytes (docs/architecture.md, rule 3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.addressing.audience import possible_profiles, required_profiles
from newsletter.addressing.envelope import largest_recipient
from newsletter.collecting.picture_copies import resolve_pictures
from newsletter.composer.render import FitResult, fit
from newsletter.context import NewsletterConfig
from newsletter.editorial.compose import narrow_issue
from newsletter.models import Edition, Issue, Profile
from newsletter.storage import editions


def editions_of(
    connection: Connection, config: NewsletterConfig, issue: Issue
) -> tuple[Edition, ...]:
    """Return the editions that readers need, the author's own first.

    They are read from the database once the issue is frozen, and rendered before that.
    """
    if issue.frozen_at is None:
        profiles = required_profiles(connection, config.settings, issue)
        return render_editions(connection, config, issue, profiles)
    own_hemisphere = config.settings.newsletter.hemisphere
    stored = editions.editions_of(connection, issue)
    return tuple(sorted(stored, key=lambda edition: edition.key != own_hemisphere))


def render_editions(
    connection: Connection, config: NewsletterConfig, issue: Issue, profiles: Sequence[Profile]
) -> tuple[Edition, ...]:
    """Render the editions of these groups of readers from the issue's posts."""
    return tuple(fitted.edition for fitted in fit_editions(connection, config, issue, profiles))


def fit_editions(
    connection: Connection, config: NewsletterConfig, issue: Issue, profiles: Sequence[Profile]
) -> tuple[FitResult, ...]:
    """Render the same editions, each with what was truncated so that it fits."""
    letterhead = config.settings.letterhead()
    folders = config.email_templates
    fields = dict(largest_recipient(config).fields)
    issue = resolve_pictures(connection, config, issue)
    results = []
    for profile in profiles:
        part = narrow_issue(config, issue, profile.posts)
        fitted = fit(
            part,
            profile.hemisphere,
            letterhead,
            folders=folders,
            fields=fields,
            merge_key=config.merge_key,
        )
        edition = replace(
            fitted.edition, key=profile.key, topics=profile.topics, posts=profile.posts
        )
        results.append(replace(fitted, edition=edition))
    return tuple(results)


def truncation_notes(
    connection: Connection, config: NewsletterConfig, issue: Issue
) -> tuple[str, ...]:
    """Return what was truncated in an issue that is not frozen, in words; () if nothing."""
    if issue.frozen_at is not None:
        return ()
    profiles = required_profiles(connection, config.settings, issue)
    editions = fit_editions(connection, config, issue, profiles)
    return tuple(dict.fromkeys(note for fitted in editions for note in fitted.notes))


def content_hash(connection: Connection, config: NewsletterConfig, issue: Issue) -> str:
    """Return one hash over every edition the issue could have. Approval is tied to it.

    All hemispheres and topics count: a reader who subscribes or chooses topics after the
    approval must not get an edition that the author never approved.
    """
    profiles = possible_profiles(issue, config.settings)
    editions = render_editions(connection, config, issue, profiles)
    hashes = "".join(edition.content_hash for edition in editions)
    return hashlib.sha256(hashes.encode()).hexdigest()
