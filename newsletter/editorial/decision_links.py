"""The links in a notice by which the author approves or stops an issue on the public site.

A link is tied to the issue, to what it holds and to one purpose: after an edit it decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from newsletter.config.secrets import Secrets
from newsletter.context import NewsletterConfig
from newsletter.editorial.editions import content_hash
from newsletter.editorial.pinned_edits import edited_posts, take_edits
from newsletter.models import Issue
from subscribers.tokens import AuthorPurpose, read_decision, sign_decision

# Characters of the content hash in a link: 128 bits, and a short link.
_HASH_LENGTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLinks:
    """The two links of a notice, and the hash that they are tied to."""

    approve: str
    stop: str
    content: str


def approvable(connection: Connection, config: NewsletterConfig, issue: Issue) -> Issue:
    """Return the issue as an approval now would pin it: with the edits since the last one."""
    if not edited_posts(connection, issue):
        return issue
    return take_edits(connection, config, issue)


def decision_links(
    connection: Connection, config: NewsletterConfig, secrets: Secrets, issue: Issue
) -> DecisionLinks | None:
    """Return the links for an issue that is not frozen; None without a public site."""
    if not config.settings.site.url or not secrets.signing:
        return None
    content = _content_of(connection, config, issue)
    keys = secrets.require_signing()

    def link(purpose: AuthorPurpose) -> str:
        token = sign_decision(purpose, issue.number, content, keys)
        return f"{config.site_url}/{purpose}/{token}"

    return DecisionLinks(approve=link("approve"), stop=link("stop"), content=content)


def read_link(purpose: AuthorPurpose, token: str, secrets: Secrets) -> tuple[int, str]:
    """Return the issue's number and the content that a link is tied to. Raise BadToken."""
    return read_decision(purpose, token, secrets.require_signing())


def full_hash(connection: Connection, config: NewsletterConfig, issue: Issue, content: str) -> str:
    """Return the hash to approve the issue by, "" if it no longer holds `content`."""
    current = content_hash(connection, config, approvable(connection, config, issue))
    return current if current[:_HASH_LENGTH] == content else ""


def _content_of(connection: Connection, config: NewsletterConfig, issue: Issue) -> str:
    current = content_hash(connection, config, approvable(connection, config, issue))
    return current[:_HASH_LENGTH]
