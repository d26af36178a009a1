"""The public archive: past issues as anybody may read them, the bytes that were sent.

The list holds issues that were sent in full. A page exists from the first message that was
accepted, because messages link to it ("read in a browser").
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from dataclasses import dataclass

from sqlalchemy import Connection

from newsletter.addressing.audience import select_edition
from newsletter.composer.phrase_files import load_phrases
from newsletter.composer.phrases import Phrases
from newsletter.composer.public_copy import ArchivePaths, archive_nav, public_copy
from newsletter.context import Context, NewsletterConfig
from newsletter.editorial.editions import editions_of
from newsletter.errors import ComposeError, NotFound
from newsletter.models import Issue
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot
from newsletter.storage.ledger import deliveries

_SITE = ArchivePaths()
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveEntry:
    """An issue in the list of the archive."""

    number: int
    subject: str
    preheader: str
    #: The day it was due, on the author's calendar.
    day: dt.date
    #: That day as the issue itself writes it, and the BCP 47 tag of the language of those words.
    date: str
    date_language: str
    sent_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePage:
    """The page of one issue."""

    number: int
    subject: str
    preheader: str
    #: The day it was due, on the author's calendar.
    day: dt.date
    #: The whole page.
    html: str
    #: The Content-Security-Policy to serve the page with.
    policy: str
    #: The number of the issue before, None for the first.
    older: int | None
    #: The number of the issue after, None for the newest.
    newer: int | None


def list_archive(connection: Connection, config: NewsletterConfig) -> tuple[ArchiveEntry, ...]:
    """Return every issue that was sent, newest first."""
    phrases = _load_phrases(config)
    date_language = str(phrases.locale).replace("_", "-")
    entries = []
    for issue in issues.sent_issues(connection):
        day = issue.planned_for.astimezone(config.zone).date()
        entries.append(
            ArchiveEntry(
                number=issue.number,
                subject=issue.subject,
                preheader=issue.preheader,
                day=day,
                date=phrases.format_day(day),
                date_language=date_language,
                sent_at=issue.sent_at or issue.planned_for,
            )
        )
    return tuple(entries)


def _load_phrases(config: NewsletterConfig) -> Phrases:
    """Return the phrases of the newsletter's language, the shipped ones if the author's are broken.

    A broken file is told by every command that makes a message. Readers sign up all the same.
    """
    language = config.settings.newsletter.language
    try:
        return load_phrases(language, config.email_templates)
    except ComposeError:
        return load_phrases(language)


def archive_page(
    context: Context, number: int, paths: ArchivePaths = _SITE, *, address: str | None = None
) -> ArchivePage:
    """Return the page of one issue: the author's own edition without anything personal.

    `address` is where the archive is on the net, with a slash at its end: below the site by
    default, "" where nobody knows. Raise NotFound for an issue that no reader can have.
    """
    with snapshot(context.engine) as connection:
        issue = issues.by_number(connection, number)
        if issue is None or not _is_out(connection, issue):
            raise NotFound(f"There is no issue {number} in the archive.")
        edition = select_edition(editions_of(connection, context.config, issue))
        older, newer = issues.sent_neighbours(connection, number)
    phrases = load_phrases(context.settings.newsletter.language, context.email_templates)
    html = public_copy(
        edition.html,
        edition.nonce,
        nav=archive_nav(phrases, older=older, newer=newer, paths=paths),
        canonical=_canonical_url(context.settings.site.url, paths, address, issue),
        description=edition.preheader,
    )
    return ArchivePage(
        number=number,
        subject=edition.subject,
        preheader=edition.preheader,
        day=issue.planned_for.astimezone(context.zone).date(),
        html=html,
        policy=page_policy(html),
        older=older,
        newer=newer,
    )


def page_policy(html: str) -> str:
    """Return the Content-Security-Policy under which exactly this page looks as it should.

    Mail is styled by attributes, which no hash can name; style blocks are named by theirs.
    Browsers that only know `style-src` fall back to that (CSP Level 3).
    """
    blocks = " ".join(f"'sha256-{_digest(block)}'" for block in _STYLE.findall(html))
    return "; ".join(
        (
            "default-src 'none'",
            "img-src 'self' https: http:",
            "style-src 'unsafe-inline'",
            f"style-src-elem {blocks}" if blocks else "style-src-elem 'none'",
            "style-src-attr 'unsafe-inline'",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def _is_out(connection: Connection, issue: Issue) -> bool:
    """Whether a reader may have the issue. An unknown delivery may have arrived."""
    if issue.frozen_at is None:
        return False
    figures = deliveries.figures(connection, issue.id)
    return issue.status == "sent" or figures.accepted + figures.unknown > 0


def _canonical_url(site_url: str, paths: ArchivePaths, address: str | None, issue: Issue) -> str:
    """Return the address that search engines should know the page by, "" for none.

    An issue with one post says nothing that the blog does not, so the blog's page wins.
    """
    if len(issue.posts) == 1 and issue.posts[0].url:
        return issue.posts[0].url
    if address is not None:
        return f"{address}{paths.issue(issue.number)}" if address else ""
    return (
        f"{site_url.rstrip('/')}/archive/{issue.number}" if site_url else paths.issue(issue.number)
    )


def _digest(block: str) -> str:
    return base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()
