"""The view model of the desk's page: everything its template shows of an issue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr

from newsletter.composer.checks.proof import Finding
from newsletter.composer.render import GMAIL_LIMIT, FitResult
from newsletter.composer.topics import groups_of, suffix_of
from newsletter.config.secrets import Secrets
from newsletter.config.settings import SenderSettings, Settings
from newsletter.context import NewsletterConfig
from newsletter.delivery.ledger.stale_backup import stale_backup_warning
from newsletter.delivery.status import issue_progress
from newsletter.desk.issue.check_places import PlacedFinding, place_findings
from newsletter.desk.issue.link_check import LinkCheckState
from newsletter.desk.issue.mail import Mail, fill_mail
from newsletter.desk.issue.memory import IssueMemory
from newsletter.desk.issue.post_rows import IssuePost, post_rows
from newsletter.desk.issue.preview_options import PreviewOptions
from newsletter.desk.issue.reader_view import ReaderView, find_reader
from newsletter.editorial.draft import Draft
from newsletter.editorial.edit_request import edits_token
from newsletter.editorial.find_issue import issue_state
from newsletter.editorial.issue_greetings import Candidates, greeting_candidates
from newsletter.editorial.pinned_edits import edited_titles, take_edits
from newsletter.models import (
    HEMISPHERES,
    Greeting,
    Hemisphere,
    Issue,
)
from newsletter.resources import file_versions
from newsletter.scheduling.send_policy import StatusDescription, describe_status
from newsletter.storage import issues
from newsletter.storage.database.engine import Connection

# Bytes of HTML that leave room below Gmail's limit.
_COMFORTABLE_SIZE = 80_000
_BROKEN = "A template is broken. The preview says which one, and where."


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePage:
    """An issue and what the page says about it."""

    issue: Issue
    #: The mail in the preview: the last good one if a template is broken, None without any.
    mail: Mail | None
    #: The key of its edition.
    edition: str
    #: What is wrong with a template, and what to do; "" if nothing.
    broken: str
    #: The reader whose mail it is, None for a made-up one.
    reader: ReaderView | None
    #: The posts with what the author made of them.
    rows: tuple[IssuePost, ...]
    #: The greeting of the edition on the page.
    greeting: Greeting | None
    #: What else the greeting could say, by part.
    candidates: Candidates
    #: The token of the own edits that the forms were made of.
    seen_edits: str
    #: A short hash that differs once anything of the issue, or of the posts that wait, does.
    state: str
    #: The hash of what the page shows; an approval from this page is tied to it.
    content_hash: str
    status: StatusDescription
    #: The name in the From header, or the address if it has no name.
    sender: str
    #: The keys of the editions that have readers.
    required_editions: tuple[str, ...]
    #: The ids of the posts in the edition on the page.
    post_ids: frozenset[int]
    #: Why the issue could not be sent even if approved, "" if it could.
    obstacle: str
    #: That sending it is a rehearsal, "" with a mailer that reaches people.
    rehearsal: str
    #: Whether the issue is sent without an approval.
    needs_no_approval: bool
    #: Findings of the checks, errors first, each with its place.
    findings: tuple[PlacedFinding, ...]
    #: The check of links and pictures, None if the author did not ask for it.
    links: LinkCheckState | None
    #: What was shortened to make the edition on the page fit.
    cuts: tuple[str, ...]
    #: Whether it was approved and reads otherwise by now, because of a setting or a template.
    altered: bool
    #: What was edited after the approval, "" for nothing, and the hash of the issue with that text.
    edits: str = ""
    edits_hash: str = ""

    @property
    def hemisphere(self) -> Hemisphere:
        """The hemisphere of the edition on the page."""
        name = self.edition.partition("+")[0]
        return next(known for known in HEMISPHERES if known == name)

    @property
    def inhabited(self) -> frozenset[str]:
        """The hemispheres whose editions have readers."""
        return frozenset(key.partition("+")[0] for key in self.required_editions)

    @property
    def percent_of_limit(self) -> float:
        """The HTML's size in per cent of Gmail's limit, at most 100."""
        return min(100.0, round(100 * self.size / GMAIL_LIMIT, 1))

    @property
    def size(self) -> int:
        """The size of the HTML in bytes."""
        return self.mail.size if self.mail else 0

    @property
    def size_remark(self) -> str:
        """A sentence on what the size means for the reader."""
        if self.size > GMAIL_LIMIT:
            return "Gmail will cut it off and show “View entire message”. Fewer posts would help."
        if self.size > _COMFORTABLE_SIZE:
            return "Close to where Gmail cuts a message off."
        return "Well within what Gmail shows uncut."


def build_issue_page(
    connection: Connection,
    config: NewsletterConfig,
    secrets: Secrets,
    draft: Draft,
    issue: Issue,
    options: PreviewOptions,
    memory: IssueMemory,
    *,
    obstacle: str,
    now: dt.datetime,
) -> IssuePage:
    """Return the view model of `issue`, which is the draft's issue.

    `obstacle` is what in the settings keeps every issue from being sent, "" if nothing does.
    """
    settings = config.settings
    name, address = parseaddr(settings.newsletter.from_)
    reader = (
        find_reader(connection, config, secrets, issue, options.reader) if options.reader else None
    )
    key = (reader.edition if reader else "") or options.key
    fitted, broken = memory.render(connection, config, issue, key)
    obstacle = obstacle or stale_backup_warning(connection)
    obstacle = obstacle or (_BROKEN if broken else "")
    with_edits = take_edits(connection, config, issue) if draft.edited else issue
    versions = file_versions(config.email_templates)
    findings: tuple[Finding, ...] = ()
    shown_hash = edits_hash = ""
    if not broken:
        findings = memory.lint(connection, config, issue, fitted.edition) if fitted else ()
        shown_hash = memory.hash_content(connection, config, issue, versions)
        if draft.edited:
            edits_hash = memory.hash_content(connection, config, with_edits, versions)
    links = memory.links.state(issue.number)
    every = dict.fromkeys((*findings, *(links.findings if links else ())))
    hemisphere = next((h for h in HEMISPHERES if h == key.partition("+")[0]), options.edition)
    return IssuePage(
        issue=issue,
        mail=fill_mail(fitted.edition, config, reader.fields if reader else None)
        if fitted
        else None,
        edition=key,
        broken=broken,
        reader=reader,
        rows=post_rows(issue, _shown_ids(issue, fitted)),
        greeting=issue.greeting(hemisphere),
        candidates=greeting_candidates(connection, config, issue, now),
        seen_edits=edits_token(issue.own_edits),
        state=issue_state(connection, issue.number),
        content_hash=shown_hash,
        status=describe_status(
            issue,
            due=draft.target.due,
            approval=settings.issue.approval,
            veto_hours=settings.issue.veto_hours,
            readers=draft.readers,
            now=now,
            zone=config.zone,
        ),
        sender=name or address,
        required_editions=draft.editions,
        post_ids=_shown_ids(issue, fitted),
        obstacle=obstacle,
        rehearsal=_describe_rehearsal(settings.sender, issue),
        needs_no_approval=settings.issue.approval != "required",
        findings=place_findings(
            sorted(every, key=lambda finding: finding.level != "error"), issue.posts
        ),
        links=links,
        cuts=fitted.notes if fitted else (),
        altered=not broken and issue.status == "approved" and shown_hash != issue.approved_hash,
        edits=f"{edited_titles(draft.edited)} after you approved." if draft.edited else "",
        edits_hash=edits_hash,
    )


def _shown_ids(issue: Issue, fitted: FitResult | None) -> frozenset[int]:
    shown = frozenset(fitted.edition.posts) if fitted else frozenset()
    return shown or frozenset(post.id for post in issue.posts)


def _describe_rehearsal(sender: SenderSettings, issue: Issue) -> str:
    if sender.mailer != "outbox":
        return ""
    folder = f"{sender.outbox.folder}/{issue.number}"
    return (
        f"A rehearsal: its messages are written to {folder}, and nobody is mailed "
        '(mailer = "outbox").'
    )


def last_rehearsal(connection: Connection, config: NewsletterConfig) -> str:
    """Return the sentence about the newest frozen issue if it was a rehearsal, else ""."""
    newest = issues.newest_frozen(connection)
    if newest is None:
        return ""
    progress = issue_progress(connection, config, newest)
    return progress.reason if progress.outbox_folder else ""


def issue_choices(drafts: Sequence[Draft]) -> dict[str, str]:
    """Return the label of each issue to choose from, by its number; the one due first first."""
    by_date = sorted(drafts, key=lambda draft: (draft.target.slot.at, draft.is_second))
    return {
        str(draft.issue.number): f"{draft.rhythm.capitalize()}, no. {draft.issue.number}"
        for draft in by_date
        if draft.issue is not None
    }


def topic_choices(draft: Draft, issue: Issue, settings: Settings) -> dict[str, str]:
    """Return the label of each selection of posts, by the end of its edition's key.

    They are all posts, the posts of each topic, and of several topics those that some
    reader gets.
    """
    required = {f"+{topics}" for key in draft.editions if (topics := key.partition("+")[2])}
    groups = groups_of(issue.posts, settings.offered_topics())
    labels = {suffix_of(group): group.topics for group in groups}
    return {
        suffix: " + ".join(topics) or "All"
        for suffix, topics in labels.items()
        if len(topics) <= 1 or suffix in required
    }
