"""The mail of the issue on the desk: the HTML and text that delivery would send."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from newsletter import merge
from newsletter.addressing.audience import possible_profiles
from newsletter.addressing.envelope import sample_recipient
from newsletter.collecting.picture_copies import picture_file
from newsletter.composer.render import FitResult
from newsletter.config.settings import Settings
from newsletter.context import NewsletterConfig
from newsletter.editorial.editions import fit_editions
from newsletter.editorial.find_issue import find_issue
from newsletter.editorial.preview import SAMPLE_ADDRESS
from newsletter.models import Edition, Issue
from newsletter.storage import issues
from newsletter.storage.database.engine import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One edition, with the merge fields of one reader filled in."""

    subject: str
    preheader: str
    html: str
    text: str

    @property
    def size(self) -> int:
        """The size of the HTML in bytes, by which Gmail truncates a message."""
        return len(self.html.encode())


def open_issue(connection: Connection, settings: Settings, number: str = "") -> Issue:
    """Return the issue of that number if it is not frozen or cancelled, else the one due first.

    Raise NotFound if no issue is left to send.
    """
    if number:
        issue = issues.by_number(connection, int(number))
        if issue is not None and issue.frozen_at is None and issue.status != "cancelled":
            return issue
    return find_issue(connection, settings, "next")


def render_edition(
    connection: Connection, config: NewsletterConfig, issue: Issue, key: str
) -> FitResult:
    """Render one edition, whether or not a reader needs it, and say what was truncated.

    An unknown key gives the author's own edition.
    """
    profiles = possible_profiles(issue, config.settings)
    profile = next((profile for profile in profiles if profile.key == key), profiles[0])
    (fitted,) = fit_editions(connection, config, issue, (profile,))
    return fitted


def fill_mail(
    edition: Edition, config: NewsletterConfig, fields: Mapping[str, str] | None = None
) -> Mail:
    """Return the edition with these merge fields, by default those of a made-up reader."""
    if fields is None:
        fields = dict(sample_recipient(config, SAMPLE_ADDRESS).fields)
    return Mail(
        subject=edition.subject,
        preheader=edition.preheader,
        html=merge.fill(edition.html, edition.nonce, fields, html=True),
        text=merge.fill(edition.text, edition.nonce, fields, html=False),
    )


def site_pictures(connection: Connection, site_url: str, html: str) -> dict[str, tuple[bytes, str]]:
    """Return bytes and media type of the pictures in `html` that our site serves, by address."""
    pattern = re.compile(rf"{re.escape(site_url)}/images/([0-9a-f]{{64}}\.(?:jpg|png))")
    files = {match[0]: picture_file(connection, match[1]) for match in pattern.finditer(html)}
    return {url: file for url, file in files.items() if file is not None}
