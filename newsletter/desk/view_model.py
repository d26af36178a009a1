"""What the desk's page shows of the next issue, gathered once for its template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from functools import lru_cache

from newsletter.addressing.envelope import require_sendable
from newsletter.collecting.post_decisions import all_posts
from newsletter.composer.checks.finding import Finding
from newsletter.composer.topics import groups_of, suffix_of
from newsletter.context import Context
from newsletter.delivery.ledger.stale_backup import stale_backup_warning
from newsletter.desk.mail import Mail, fit_on, mail_of, profile_on
from newsletter.desk.preview_options import Switches
from newsletter.desk.status_badge import StatusBadge, status_badge
from newsletter.editorial.checks.check import lint_editions
from newsletter.editorial.draft import Draft
from newsletter.editorial.editions import content_hash
from newsletter.errors import SettingsError
from newsletter.models import Issue, Post
from newsletter.storage.database.engine import snapshot

GMAIL_CUTS_AT = 102_400
_COMFORTABLE = 80_000
_SKIPPED_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePage:
    """The issue and all that is said around it.

    `needed` are the keys of the editions that have readers; `shown` the ids of the posts in
    the edition on the page. `seen` is the content hash an approval from this page is tied
    to; `hindrance` why it could not go out even if approved; `by_itself` that it needs no
    approval to go out. `findings` are of the checks that ask no network, errors first, and
    `cuts` what was shortened so that the edition on the page fits.
    """

    issue: Issue
    mail: Mail
    seen: str
    standing: StatusBadge
    sender: str
    needed: tuple[str, ...]
    shown: frozenset[int]
    hindrance: str
    by_itself: bool
    findings: tuple[Finding, ...]
    cuts: tuple[str, ...]

    @property
    def lived_in(self) -> frozenset[str]:
        """The hemispheres whose editions have readers."""
        return frozenset(key.partition("+")[0] for key in self.needed)

    @property
    def fullness(self) -> float:
        """The HTML's size in per cent of what Gmail shows uncut, at most 100."""
        return min(100.0, round(100 * self.mail.weight / GMAIL_CUTS_AT, 1))

    @property
    def weighs(self) -> str:
        """What the size means for the reader."""
        if self.mail.weight > GMAIL_CUTS_AT:
            return "Gmail will cut it off and show “View entire message”. Fewer posts would help."
        if self.mail.weight > _COMFORTABLE:
            return "Close to where Gmail cuts a message off."
        return "Well within what Gmail shows uncut."


def issue_page(context: Context, made: Draft, issue: Issue, switches: Switches) -> IssuePage:
    """The page's contents for `issue`, the one that `made` holds."""
    settings = context.settings
    fit = fit_on(context, issue, switches.key)
    with snapshot(context.engine) as connection:
        findings = lint_editions(connection, context.config, issue, (fit.edition,))
    name, address = parseaddr(settings.newsletter.from_)
    return IssuePage(
        issue=issue,
        mail=mail_of(context, issue, switches.key),
        seen=_seen(context, issue, _templates(context)),
        standing=status_badge(
            issue,
            due=made.target.due,
            approval=settings.issue.approval,
            veto_hours=settings.issue.veto_hours,
            zone=context.zone,
        ),
        sender=name or address,
        needed=made.editions,
        shown=frozenset(profile_on(context, issue, switches.key).posts)
        or frozenset(post.id for post in issue.posts),
        hindrance=_hindrance(context),
        by_itself=settings.issue.approval != "required",
        findings=findings,
        cuts=fit.notes,
    )


def choices_of(made: Sequence[Draft]) -> dict[str, str]:
    """The issues there are to look at: number and name, the one due first first."""
    found = sorted(
        (one for one in made if one.issue is not None),
        key=lambda one: (one.target.slot.at, one.is_second),
    )
    return {
        str(one.issue.number): f"{one.rhythm.capitalize()}, no. {one.issue.number}"
        for one in found
        if one.issue is not None
    }


def topics_of(context: Context, made: Draft, issue: Issue) -> dict[str, str]:
    """The selections of posts to look at, by a key's end: all, each topic's, and of several
    topics those that some reader comes to.
    """
    read = {f"+{more}" for key in made.editions if (more := key.partition("+")[2])}
    groups = groups_of(issue.posts, context.settings.topics_offered())
    found = ((suffix_of(one), one.topics) for one in groups)
    return {
        suffix: " + ".join(topics) or "All"
        for suffix, topics in found
        if len(topics) <= 1 or suffix in read
    }


def skipped(context: Context) -> tuple[Post, ...]:
    """The newest posts the author skipped, which can be taken back."""
    found = [post for post in all_posts(context) if post.state == "skipped"]
    return tuple(found[:_SKIPPED_SHOWN])


@lru_cache(maxsize=8)
def _seen(context: Context, issue: Issue, templates: tuple[tuple[str, int], ...]) -> str:  # noqa: ARG001  # other templates, other bytes
    """The content hash, kept while nothing changes: of many topics it takes seconds, and each
    switch of the page asks for it. The approval itself reckons anew.
    """
    with snapshot(context.engine) as connection:
        return content_hash(connection, context.config, issue)


def _templates(context: Context) -> tuple[tuple[str, int], ...]:
    """Every template of a message, and when it was written."""
    return tuple(
        (str(path), path.stat().st_mtime_ns)
        for folder in context.email_templates
        for path in sorted(folder.glob("*"))
    )


def _hindrance(context: Context) -> str:
    try:
        require_sendable(context)
    except SettingsError as error:
        return str(error)
    with snapshot(context.engine) as connection:
        return stale_backup_warning(connection)
