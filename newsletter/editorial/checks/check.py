"""Check an issue before it is sent: what readers would stumble over, each with its cure."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from newsletter.addressing.audience import is_second_rhythm
from newsletter.addressing.envelope import largest_recipient, sending_problems
from newsletter.collecting.picture_copies import resolve_pictures
from newsletter.composer.checks.first_lines import check_from_name
from newsletter.composer.checks.lint import lint
from newsletter.composer.checks.proof import RULES, Finding, error, make_proof, warning
from newsletter.composer.checks.reach import MessageUrl, judge_answers, message_urls
from newsletter.config.settings import Settings
from newsletter.context import Context, NewsletterConfig
from newsletter.editorial.checks.network import Progress, fetch_urls
from newsletter.editorial.checks.spam_score import SpamScore, spam_score
from newsletter.editorial.compose import narrow_issue, select_posts
from newsletter.editorial.editions import editions_of, truncation_notes
from newsletter.editorial.find_issue import find_issue
from newsletter.editorial.preview import render_preview
from newsletter.errors import ComposeError, NotReady, SettingsError, UsageError
from newsletter.models import Edition, Issue
from newsletter.storage.database.engine import snapshot

# SpamAssassin's points from which we warn; by default it calls a message spam at 5.
_SUSPICIOUS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """The findings of the checks of an issue."""

    issue: Issue
    #: Errors first.
    findings: tuple[Finding, ...]
    #: SpamAssassin's score, None where it is not installed.
    score: SpamScore | None = None

    @property
    def ok(self) -> bool:
        """Whether the issue may be sent. Warnings do not matter."""
        return not any(finding.level == "error" for finding in self.findings)


def check_issue(
    context: Context, name: str, *, network: bool, report: Progress | None = None
) -> CheckReport:
    """Run every check on the issue `name`. Changes nothing.

    With `network`, its links and pictures are requested too, for ten seconds at most;
    `report` is told how far that is. Raise NotFound.
    """
    config = context.config
    in_settings = _settings_findings(
        sending_problems(context.settings, context.secrets, context.mailer)
    )
    with snapshot(context.engine) as connection:
        issue = find_issue(connection, context.settings, name)
        try:
            if issue.frozen_at is None:
                # A subject template that was broken since the draft was made.
                narrow_issue(config, issue, [post.id for post in issue.posts])
            editions = editions_of(connection, config, issue)
        except ComposeError as problem:
            broken = error("template", "in your templates", problem.message, problem.cure)
            return CheckReport(issue=issue, findings=(*in_settings, broken))
        findings = lint_editions(connection, config, issue, editions)
        if not context.settings.newsletter.postal_address.strip():
            # The settings' own finding says it.
            findings = tuple(finding for finding in findings if finding.rule != "postal-address")
        notes = truncation_notes(connection, config, issue)
        targets = _urls_in(connection, config, issue, editions) if network else ()
    findings = (*in_settings, *findings, *_one_click_findings(context.settings))
    setting = max_posts_setting(context.settings, issue)
    findings += tuple(
        warning("shortened", "in the posts", note, f"Lower {setting}, or write shorter posts.")
        for note in notes
    )
    allow_private = context.settings.fetch.allow_private_addresses
    findings += tuple(
        judge_answers(
            targets,
            fetch_urls(targets, allow_private=allow_private, report=report),
            copied=context.settings.images.host == "site",
        )
    )
    score = spam_score(render_preview(context, str(issue.number)).eml)
    if score is not None and score.points > _SUSPICIOUS:
        findings += (
            warning(
                "spam-score",
                "in the whole message",
                f"SpamAssassin scores it {score.points:g}, where 5 counts as spam, by its rules "
                f"{', '.join(score.rules)}.",
                "Look these rules up in its documentation, and change what they point at.",
            ),
        )
    return CheckReport(issue=issue, findings=findings, score=score)


def _settings_findings(problems: Iterable[SettingsError]) -> tuple[Finding, ...]:
    """Return what keeps any issue from being sent: no --force overrides it."""
    return tuple(
        error("settings", "in the settings", problem.message, problem.cure) for problem in problems
    )


def _one_click_findings(settings: Settings) -> tuple[Finding, ...]:
    """Return the warning that a letter to the mailbox is no one-click way (RFC 8058)."""
    if settings.site.unsubscribe != "mailto":
        return ()
    return (
        warning(
            "one-click",
            "in the header",
            "Readers unsubscribe by a letter, which is no one-click way (RFC 8058): Gmail and "
            "Yahoo ask for one from whoever sends them more than 5,000 messages a day.",
            'Set unsubscribe = "sendgrid" under [site], or "own" with `newsletter serve`; '
            "docs/without-a-server.md says what each needs.",
        ),
    )


def lint_editions(
    connection: Connection, config: NewsletterConfig, issue: Issue, editions: Sequence[Edition]
) -> tuple[Finding, ...]:
    """Run the checks that need no network. Return errors first.

    A finding that only some of the editions have names them. The formats of pictures are
    named once, by an edition that shows the most posts.
    """
    letterhead = config.settings.letterhead()
    fields = dict(largest_recipient(config).fields)
    setting = max_posts_setting(config.settings, issue)
    issue = resolve_pictures(connection, config, issue)
    copied = config.settings.images.host == "site"
    fullest = max((frozenset(edition.posts) for edition in editions), key=len, default=frozenset())
    keys_by_finding: dict[Finding, list[str]] = {}
    for edition in editions:
        part = select_posts(issue, edition.posts)
        for finding in lint(edition, part, letterhead, fields=fields, limit=setting, copied=copied):
            if finding.rule != "image-format" or not fullest > frozenset(edition.posts):
                keys_by_finding.setdefault(finding, []).append(edition.key)
    findings = (
        finding
        if len(keys) == len(editions) or finding.rule == "image-format"
        else replace(finding, where=f"{finding.where} (edition {' and '.join(keys)})")
        for finding, keys in keys_by_finding.items()
    )
    every = (
        *findings,
        *check_from_name(config.settings.newsletter.from_),
        *_uploads_without_a_site(config, editions),
    )
    return tuple(sorted(every, key=lambda finding: finding.level != "error"))


def _uploads_without_a_site(
    config: NewsletterConfig, editions: Sequence[Edition]
) -> tuple[Finding, ...]:
    """Return an error for pictures that the author uploaded where no site serves them."""
    site = config.settings.site
    if site.url or site.unsubscribe == "own":
        # Without its address the settings of `own` let no real issue go out at all.
        return ()
    if not any(f"{config.site_url}/images/" in edition.html for edition in editions):
        return ()
    return (
        error(
            "image-dead",
            "in your note",
            "A picture that you uploaded would be served by your site, and there is none.",
            "Use a picture of your blog in its place, by its https address; or set [site] url.",
        ),
    )


def require_passing_checks(
    connection: Connection,
    config: NewsletterConfig,
    issue: Issue,
    editions: Sequence[Edition],
    *,
    forced: Collection[str],
) -> None:
    """Raise NotReady if a check finds an error whose rule is not among `forced`."""
    errors = [
        finding
        for finding in lint_editions(connection, config, issue, editions)
        if finding.level == "error" and finding.rule not in forced
    ]
    if not errors:
        return
    sentences = " ".join(f"[{e.rule}] {e.where}: {e.problem} {e.cure}" for e in errors)
    rules = " ".join(dict.fromkeys(e.rule for e in errors))
    raise NotReady(
        f"Issue {issue.number} does not go out as it is. {sentences}",
        cure=f"To send it all the same: `newsletter send {issue.number} --force {rules}`.",
    )


def parse_rules(names: Collection[str]) -> frozenset[str]:
    """Return `names` as rules to force. Raise UsageError for one that is no rule."""
    for name in names:
        if name not in RULES:
            near = difflib.get_close_matches(name, RULES, n=1)
            hint = f"Did you mean {near[0]}?" if near else "`newsletter check` names the rules."
            raise UsageError(f"There is no check called {name!r}.", cure=hint)
    return frozenset(names)


def max_posts_setting(settings: Settings, issue: Issue) -> str:
    """Return the name of the setting that limits how many posts the issue may have."""
    is_second = is_second_rhythm(settings, issue.rhythm)
    return "monthly_max_posts" if is_second else "max_posts"


def _urls_in(
    connection: Connection, config: NewsletterConfig, issue: Issue, editions: Sequence[Edition]
) -> tuple[MessageUrl, ...]:
    """Return every link and picture of the editions, each once."""
    letterhead = config.settings.letterhead()
    fields = dict(largest_recipient(config).fields)
    issue = resolve_pictures(connection, config, issue)
    by_url: dict[str, MessageUrl] = {}
    for edition in editions:
        for url in message_urls(make_proof(edition, issue, letterhead, fields=fields)):
            by_url.setdefault(url.url, url)
    return tuple(by_url.values())
