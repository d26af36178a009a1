"""`check`: errors and warnings about an issue, each with its cure."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.exit_codes import exit_with
from newsletter.cli.invocation import Invocation, command, pass_invocation

if TYPE_CHECKING:
    from newsletter.editorial.checks.check import CheckReport


@command()
@click.argument("issue")
@click.option("--no-network", is_flag=True, help="Do not ask for links and pictures.")
@pass_invocation
def check(invocation: Invocation, issue: str, no_network: bool) -> None:
    """Look an issue over before it goes out. ISSUE is a number, `next` or `last`."""
    from newsletter.editorial.checks.check import check_issue

    report = check_issue(invocation.open(), issue, network=not no_network)
    document: dict[str, object] = {
        "issue": report.issue.number,
        "ok": report.ok,
        "findings": [asdict(finding) for finding in report.findings],
    }
    if report.score is not None:
        document["spam_score"] = report.score.points
    invocation.print_result(_format_report(report), document)
    exit_with(attention=not report.ok)


def _format_report(report: CheckReport) -> str:
    number = report.issue.number
    score = ""
    if report.score:
        score = f" SpamAssassin scores it {report.score.points:g} (5 counts as spam)."
    if not report.findings:
        return f"Issue {number}: nothing found, it may go out.{score}"
    lines = [
        f"{finding.level.upper()} {finding.rule}, {finding.where}\n"
        f"    {finding.problem}\n    {finding.cure}"
        for finding in report.findings
    ]
    errors = sum(finding.level == "error" for finding in report.findings)
    warnings = len(report.findings) - errors
    count = f"{errors} error{'s' * (errors != 1)} and {warnings} warning{'s' * (warnings != 1)}"
    verdict = "it may go out"
    if not report.ok:
        verdict = "errors hold it back"
        # Nothing overrides what the settings lack.
        if all(finding.rule != "settings" for finding in report.findings):
            verdict += " (`send --force RULE` overrides)"
    return "\n".join([*lines, f"Issue {number}: {count}; {verdict}.{score}"])
