"""What the issue page remembers from one request to the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from newsletter.composer.checks.proof import Finding
from newsletter.composer.render import FitResult
from newsletter.context import NewsletterConfig
from newsletter.desk.issue.link_check import LinkCheck
from newsletter.desk.issue.mail import render_edition
from newsletter.editorial.checks.check import lint_editions
from newsletter.editorial.editions import content_hash
from newsletter.errors import ComposeError
from newsletter.models import Edition, Issue
from newsletter.storage.database.engine import Connection

#: The files of the templates with what differs once one is changed, `resources.file_versions`.
FileVersions = tuple[tuple[str, int, int], ...]
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_MOST_RENDERED = 100
# What a page computes of an issue and all of its words; there is one issue on the desk, or two.
_MOST_COMPUTED = 8


@dataclass(slots=True)
class IssueMemory:
    """The last renderings that worked, what the checks found, and the check of the links.

    Several requests may use it at once. Two that miss the same value both compute it.
    """

    links: LinkCheck = field(default_factory=LinkCheck)
    #: The last rendering that worked, by the issue's number and the edition's key.
    _good: dict[tuple[int, str], FitResult] = field(default_factory=dict)
    _findings: dict[tuple[NewsletterConfig, Issue, Edition], tuple[Finding, ...]] = field(
        default_factory=dict
    )
    _hashes: dict[tuple[NewsletterConfig, Issue, FileVersions], str] = field(default_factory=dict)

    def render(
        self, connection: Connection, config: NewsletterConfig, issue: Issue, key: str
    ) -> tuple[FitResult | None, str]:
        """Return one edition, and what is wrong with a template: then it is the last good one."""
        try:
            fitted = render_edition(connection, config, issue, key)
        except ComposeError as error:
            return self._good.get((issue.number, key)), str(error)
        _keep(self._good, (issue.number, key), fitted, most=_MOST_RENDERED)
        return fitted, ""

    def lint(
        self, connection: Connection, config: NewsletterConfig, issue: Issue, edition: Edition
    ) -> tuple[Finding, ...]:
        """Return what the checks find, computed once until the edition changes."""
        key = (config, issue, edition)
        findings = self._findings.get(key)
        if findings is None:
            findings = lint_editions(connection, config, issue, (edition,))
            _keep(self._findings, key, findings, most=_MOST_COMPUTED)
        return findings

    def hash_content(
        self,
        connection: Connection,
        config: NewsletterConfig,
        issue: Issue,
        versions: FileVersions,
    ) -> str:
        """Return the content hash, computed once until the issue or a template changes.

        With many topics it takes seconds, and each link of a switch asks for it. The approval
        itself computes it again.
        """
        key = (config, issue, versions)
        digest = self._hashes.get(key)
        if digest is None:
            digest = content_hash(connection, config, issue)
            _keep(self._hashes, key, digest, most=_MOST_COMPUTED)
        return digest


def _keep(values: dict[_Key, _Value], key: _Key, value: _Value, *, most: int) -> None:
    if len(values) >= most:
        values.clear()
    values[key] = value
