"""Looks an issue over before it goes out: what readers would stumble over, and cures."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from newsletter.addressing.recipients import largest_recipient
from newsletter.collecting.picture_copies import with_copies
from newsletter.composer.checks.finding import RULES, Finding, warning
from newsletter.composer.checks.first_lines import check_from_name
from newsletter.composer.checks.lint import lint
from newsletter.composer.checks.proof import make_proof
from newsletter.composer.checks.reach import MessageUrl, judge_answers, message_urls
from newsletter.context import Context
from newsletter.editorial.checks.network import fetch_addresses
from newsletter.editorial.checks.spam_score import SpamScore, spam_score
from newsletter.editorial.compose import select_posts
from newsletter.editorial.editions import editions_of, notes_on
from newsletter.editorial.find_issue import find_issue
from newsletter.editorial.preview import render_preview
from newsletter.errors import NotReady, UsageError
from newsletter.models import Edition, Issue
from newsletter.storage.database.engine import snapshot

_SUSPICIOUS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """An issue and what was found, errors first. `score` is SpamAssassin's, None without it."""

    issue: Issue
    findings: tuple[Finding, ...]
    score: SpamScore | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing holds the issue back; warnings do not."""
        return not any(finding.level == "error" for finding in self.findings)


def check_issue(context: Context, name: str, *, network: bool) -> CheckReport:
    """Every check of the issue called `name`; with `network`, its links and pictures too.

    The network takes ten seconds at most. Changes nothing. Raises NotFound.
    """
    with snapshot(context.engine) as connection:
        issue = find_issue(context, connection, name)
        editions = editions_of(context, connection, issue)
    findings = lint_editions(context, issue, editions)
    most = max_posts_setting(context, issue)
    findings += tuple(
        warning("shortened", "in the posts", note, f"Lower {most}, or write shorter posts.")
        for note in notes_on(context, issue)
    )
    if network:
        findings += _asked_of_others(context, issue, editions)
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


def max_posts_setting(context: Context, issue: Issue) -> str:
    """The name of the setting that says how many posts the issue may have."""
    beside = issue.rhythm == "monthly" and context.settings.issue.rhythm != "monthly"
    return "monthly_max_posts" if beside else "max_posts"


def lint_editions(
    context: Context, issue: Issue, editions: Sequence[Edition]
) -> tuple[Finding, ...]:
    """The checks that need no network. What only some editions have names them."""
    letterhead = context.settings.letterhead()
    fields = dict(largest_recipient(context.config).fields)
    limit = max_posts_setting(context, issue)
    issue = with_copies(context, issue)
    found: dict[Finding, list[str]] = {}
    for edition in editions:
        part = select_posts(issue, edition.posts)
        for finding in lint(edition, part, letterhead, fields=fields, limit=limit):
            found.setdefault(finding, []).append(edition.key)
    named = (
        one if len(keys) == len(editions) else replace(one, where=f"{one.where} ({_only(keys)})")
        for one, keys in found.items()
    )
    every = (*named, *check_from_name(context.settings.newsletter.from_))
    return tuple(sorted(every, key=lambda finding: finding.level != "error"))


def _only(keys: Sequence[str]) -> str:
    return f"edition {' and '.join(keys)}"


def require_passing_checks(
    context: Context, issue: Issue, editions: Sequence[Edition], *, forced: Collection[str]
) -> None:
    """Raises NotReady when a check finds an error whose rule is not among `forced`."""
    errors = [
        finding
        for finding in lint_editions(context, issue, editions)
        if finding.level == "error" and finding.rule not in forced
    ]
    if not errors:
        return
    told = " ".join(f"[{one.rule}] {one.where}: {one.problem} {one.cure}" for one in errors)
    rules = " ".join(dict.fromkeys(one.rule for one in errors))
    raise NotReady(
        f"Issue {issue.number} does not go out as it is. {told}",
        cure=f"To send it all the same: `newsletter send {issue.number} --force {rules}`.",
    )


def parse_rules(names: Collection[str]) -> frozenset[str]:
    """`names` as rules to force. Raises UsageError for one that is none."""
    for name in names:
        if name not in RULES:
            near = difflib.get_close_matches(name, RULES, n=1)
            hint = f"Did you mean {near[0]}?" if near else "`newsletter check` names the rules."
            raise UsageError(f"There is no check called {name!r}.", cure=hint)
    return frozenset(names)


def _asked_of_others(
    context: Context, issue: Issue, editions: Sequence[Edition]
) -> tuple[Finding, ...]:
    letterhead = context.settings.letterhead()
    fields = dict(largest_recipient(context.config).fields)
    issue = with_copies(context, issue)
    asked: dict[str, MessageUrl] = {}
    for edition in editions:
        for address in message_urls(make_proof(edition, issue, letterhead, fields=fields)):
            asked.setdefault(address.url, address)
    allow = context.settings.fetch.allow_private_addresses
    answers = fetch_addresses(tuple(asked.values()), allow_private=allow)
    return tuple(judge_answers(asked.values(), answers))
