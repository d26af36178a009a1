"""The issues of the past as anybody may read them: the bytes that went out, nobody's own.

Listed is what was sent to the end. A page is there from the first message that left,
since messages say where to read them in a browser.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from dataclasses import dataclass

from sqlalchemy import Connection

from newsletter.composer.phrase_files import load_phrases
from newsletter.composer.public_copy import archive_nav, public_copy
from newsletter.context import Context
from newsletter.editorial.editions import editions_of
from newsletter.errors import NotFound
from newsletter.models import Issue
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot
from newsletter.storage.ledger import deliveries

_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveEntry:
    """An issue as a list of the archive shows it. `day` is its day on the author's calendar."""

    number: int
    subject: str
    preheader: str
    day: dt.date
    sent_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePage:
    """One issue's page, whole; `policy` is the Content-Security-Policy it may be served with.

    `older` and `newer` are the numbers of the issues beside it, None at the ends.
    """

    number: int
    subject: str
    preheader: str
    day: dt.date
    html: str
    policy: str
    older: int | None
    newer: int | None


def list_archive(context: Context) -> tuple[ArchiveEntry, ...]:
    """Every issue that was sent, newest first."""
    with snapshot(context.engine) as connection:
        every = issues.sent(connection)
    return tuple(
        ArchiveEntry(
            number=one.number,
            subject=one.subject,
            preheader=one.preheader,
            day=one.planned_for.astimezone(context.zone).date(),
            sent_at=one.sent_at or one.planned_for,
        )
        for one in every
    )


def archive_page(context: Context, number: int) -> ArchivePage:
    """The page of one issue: the author's own edition with everything of a reader left out.

    Raises NotFound for an issue that nobody has got.
    """
    with snapshot(context.engine) as connection:
        issue = issues.by_number(connection, number)
        if issue is None or not _is_out(connection, issue):
            raise NotFound(f"There is no issue {number} in the archive.")
        edition = editions_of(context, connection, issue)[0]
        older, newer = issues.sent_beside(connection, number)
    html = public_copy(
        edition.html,
        edition.nonce,
        nav=archive_nav(
            load_phrases(context.settings.newsletter.language, context.email_templates),
            older=older,
            newer=newer,
        ),
        canonical=_canonical(context, issue),
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


def _is_out(connection: Connection, issue: Issue) -> bool:
    """Whether a reader may have it. An unknown delivery may have arrived."""
    if issue.frozen_at is None:
        return False
    counted = deliveries.figures(connection, issue.id)
    return issue.status == "sent" or counted.accepted + counted.unknown > 0


def _canonical(context: Context, issue: Issue) -> str:
    """Where the text is at home: an issue with one post says nothing that the blog does not."""
    if len(issue.posts) == 1 and issue.posts[0].url:
        return issue.posts[0].url
    return f"{context.settings.site.url.rstrip('/')}/archive/{issue.number}"


def page_policy(html: str) -> str:
    """A policy under which this very page looks as it should and can do nothing else.

    Mail is styled by attributes, which no hash can name; style blocks are named by theirs.
    Browsers that know only `style-src` take that.
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


def _digest(block: str) -> str:
    return base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()
