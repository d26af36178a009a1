"""`check`: what a reader would stumble over, before anybody does."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.invocation import Invocation, command, exit_with, pass_invocation

if TYPE_CHECKING:
    from newsletter.editorial.checks.check import CheckReport

_ATTENTION = 3


@command()
@click.argument("issue")
@click.option("--no-network", is_flag=True, help="Do not ask for links and pictures.")
@pass_invocation
def check(frame: Invocation, issue: str, no_network: bool) -> None:
    """Look an issue over before it goes out. ISSUE is a number, `next` or `last`."""
    from newsletter.editorial.checks.check import check_issue as check_now

    checked = check_now(frame.open(), issue, network=not no_network)
    document: dict[str, object] = {
        "issue": checked.issue.number,
        "ok": checked.ok,
        "findings": [asdict(finding) for finding in checked.findings],
    }
    if checked.score is not None:
        document["spam_score"] = checked.score.points
    frame.result(_told(checked), document)
    exit_with(0 if checked.ok else _ATTENTION)


def _told(checked: CheckReport) -> str:
    number = checked.issue.number
    score = f" SpamAssassin gives it {checked.score.points:g} points." if checked.score else ""
    if not checked.findings:
        return f"Issue {number}: nothing found, it may go out.{score}"
    lines = [
        f"{finding.level.upper()} {finding.rule}, {finding.where}\n"
        f"    {finding.problem}\n    {finding.cure}"
        for finding in checked.findings
    ]
    errors = sum(finding.level == "error" for finding in checked.findings)
    warnings = len(checked.findings) - errors
    count = f"{errors} error{'s' * (errors != 1)} and {warnings} warning{'s' * (warnings != 1)}"
    end = "it may go out" if checked.ok else "errors hold it back (`send --force RULE` overrides)"
    return "\n".join([*lines, f"Issue {number}: {count}; {end}.{score}"])
