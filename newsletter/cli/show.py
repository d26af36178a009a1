"""`show`, `test` and `issues`: one issue as a reader gets it, and the list of all."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.exit_codes import exit_with
from newsletter.cli.invocation import Invocation, command, pass_invocation, write_line
from newsletter.cli.output import format_columns, format_local_time, isoformat, issue_json

if TYPE_CHECKING:
    from newsletter.editorial.preview import Preview
    from newsletter.models import Figures
    from newsletter.storage.ledger.failures import DeliveryGroup

_EDITION = click.option(
    "--edition",
    metavar="KEY",
    help="Whose season and topics: one of the editions that `draft` names, such as north.",
)


@command()
@click.argument("issue")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["html", "text", "mjml", "eml", "json"]),
    default="text",
    show_default=True,
    help="What of it.",
)
@_EDITION
@click.option("--as", "address", metavar="ADDRESS", help="As this subscriber gets it.")
@pass_invocation
def show(
    invocation: Invocation, issue: str, output_format: str, edition: str | None, address: str | None
) -> None:
    """Print what would be, or was, sent. ISSUE is a number, `next` or `last`."""
    from newsletter.editorial.preview import render_preview

    preview = render_preview(invocation.open(), issue, edition=edition, address=address or "")
    if invocation.json or output_format == "json":
        invocation.json = True
        invocation.print_result("", _preview_json(preview))
    elif output_format == "eml":
        sys.stdout.buffer.write(preview.eml)
        sys.stdout.buffer.flush()
    else:
        write_line(
            {"html": preview.html, "text": preview.text, "mjml": preview.mjml}[output_format]
        )


def _preview_json(preview: Preview) -> dict[str, Any]:
    issue = preview.issue
    return {
        "issue": issue.number,
        "key": issue.key,
        "status": issue.status,
        "edition": preview.edition,
        "editions": list(preview.editions),
        "planned_for": isoformat(issue.planned_for),
        "subject": preview.subject,
        "preheader": preview.preheader,
        "greetings": [asdict(greeting) for greeting in issue.greetings],
        "posts": [
            {
                "id": post.id,
                "title": post.title,
                "url": post.url,
                "published": isoformat(post.published),
            }
            for post in preview.posts
        ],
        "html": preview.html,
        "text": preview.text,
        "content_hash": preview.content_hash,
    }


@command()
@click.argument("issue")
@click.option(
    "--to",
    "first_addresses",
    metavar="ADDRESS…",
    required=True,
    multiple=True,
    help="Who gets the copy.",
)
@click.argument("more_addresses", nargs=-1, metavar="")
@_EDITION
@pass_invocation
def test(
    invocation: Invocation,
    issue: str,
    first_addresses: tuple[str, ...],
    more_addresses: tuple[str, ...],
    edition: str | None,
) -> None:
    """Send a copy marked [Test] to one address or more. Changes no state."""
    from newsletter.delivery.status import NOBODY_MAILED
    from newsletter.editorial.proof_copy import live_link_sentence, send_proof_copy
    from subscribers.address import normalise

    context = invocation.open()
    addresses = [normalise(each) for each in (*first_addresses, *more_addresses)]
    copies = send_proof_copy(context, issue, addresses, edition=edition)
    outcomes = _OUTCOMES
    if context.settings.sender.mailer == "outbox":
        folder = context.settings.sender.outbox.folder
        outcomes = {**outcomes, "accepted": f"written to {folder}/test; {NOBODY_MAILED}"}
    text = "\n".join(
        f"{to}: {outcomes[receipt.outcome]}. {receipt.detail}".strip() for to, receipt in copies
    )
    text = f"{text}\n{live_link_sentence(context.settings)}".strip()
    document = {
        "issue": issue,
        "copies": [
            {"to": to, "outcome": receipt.outcome, "detail": receipt.detail}
            for to, receipt in copies
        ],
    }
    invocation.print_result(text, document)
    exit_with(failed=any(receipt.outcome != "accepted" for _, receipt in copies))


_OUTCOMES = {
    "accepted": "accepted",
    "refused": "refused",
    "not_sent": "not sent",
    "unknown": "nobody can say whether it was sent",
}


@command()
@click.argument("issue", required=False)
@pass_invocation
def issues(invocation: Invocation, issue: str | None) -> None:
    """List the issues with their figures; with ISSUE, who of it failed and why."""
    from newsletter.delivery.status import NOBODY_MAILED
    from newsletter.editorial.find_issue import list_issues
    from newsletter.storage.database.engine import snapshot
    from newsletter.storage.ledger.rehearsals import rehearsed_numbers

    if issue is not None:
        _print_failures(invocation, issue)
        return
    context = invocation.open()
    with snapshot(context.engine) as connection:
        oldest_first, rehearsed = list_issues(connection), rehearsed_numbers(connection)
    outbox = context.settings.sender.outbox.folder
    rows = [
        (
            str(issue.number),
            issue.key,
            issue.status,
            _format_accepted(
                figures, f"{outbox}/{issue.number}" if issue.number in rehearsed else ""
            ),
            format_local_time(issue.sent_at or issue.planned_for, context.zone),
            issue.subject,
        )
        for issue, figures in oldest_first
    ]
    heads = ("no", "key", "status", "accepted", "when", "subject")
    text = format_columns(rows, heads) if rows else "No issues yet."
    if rehearsed:
        text += f"\nOf what was written to {outbox}, {NOBODY_MAILED}."
    document = {"issues": [issue_json(issue, figures) for issue, figures in oldest_first]}
    invocation.print_result(text, document)


def _format_accepted(figures: Figures, folder: str) -> str:
    """Return how many of the planned messages were accepted, or written to an outbox folder."""
    if not figures.planned:
        return ""
    place = f" written to {folder}" if folder else ""
    return f"{figures.accepted}/{figures.planned}{place}"


def _print_failures(invocation: Invocation, name: str) -> None:
    """Print an issue's figures, and who failed or waits, by reason."""
    from newsletter.delivery.issue_report import report_issue
    from newsletter.editorial.decision_log import describe_decision
    from newsletter.editorial.find_issue import describe_issue
    from newsletter.storage.database.engine import snapshot
    from newsletter.storage.decisions import decisions_on
    from newsletter.storage.ledger.failures import reported_failures

    context = invocation.open()
    config = context.config
    with snapshot(context.engine) as connection:
        report = report_issue(connection, config, name)
        progress, groups = report.progress, report.groups
        issue, reason = progress.issue, progress.reason
        if issue.frozen_at is None and issue.status != "cancelled":
            status = describe_issue(connection, config, issue, context.clock())
            reason = f"Issue {issue.number}: {status.sentence}"
        reported = reported_failures(connection, issue.id)
        decisions = decisions_on(connection, issue.number)
    number = issue.number
    lines = [reason]
    for group in groups:
        waits = "waits" if len(group.addresses) == 1 else "wait"
        verb = "failed" if group.status == "failed" else f"{waits}, tried again by the next runs"
        words = _FAULTS.get(group.fault, "for a reason that nobody told")
        lines.append(f"{len(group.addresses)} {verb} ({words}): {group.detail or 'no words'}")
        addresses = ", ".join(group.addresses[:_MAX_ADDRESSES])
        more = len(group.addresses) - _MAX_ADDRESSES
        lines.append(f"    {addresses}{f' and {more} more' if more > 0 else ''}")
    lines += [
        f"{reported[kind]} accepted, and then {words}."
        for kind, words in _REPORTED.items()
        if kind in reported
    ]
    if again := sum(len(group.addresses) for group in groups if group.is_retryable):
        failed = sum(len(group.addresses) for group in groups if group.status == "failed")
        whom = f"to {again} of these {failed} again" if again < failed else "to them again"
        lines.append(f"`newsletter resolve {number} --retry-failed` sends it {whom}.")
    lines += [describe_decision(entry, context.zone) for entry in decisions]
    document = {
        **issue_json(issue, progress.figures),
        "reason": reason,
        "decisions": [
            {
                "at": isoformat(entry.at),
                "kind": entry.kind,
                "way": entry.by.way,
                "who": entry.by.who,
                "detail": entry.detail,
            }
            for entry in decisions
        ],
        "failures": [_group_json(group) for group in groups if group.status == "failed"],
        "waiting": [_group_json(group) for group in groups if group.status == "pending"],
        "waiting_until": isoformat(progress.waiting_until),
        "bounced": reported.get("bounce", 0),
        "complained": reported.get("spamreport", 0),
    }
    invocation.print_result("\n".join(lines), document)


def _group_json(group: DeliveryGroup) -> dict[str, Any]:
    return {
        "fault": group.fault or None,
        "reason": group.detail,
        "count": len(group.addresses),
        "addresses": list(group.addresses),
        "retryable": group.is_retryable,
    }


# What mail servers and readers report of a message that was accepted.
_REPORTED = {"bounce": "came back for good", "spamreport": "reported as spam"}
# The addresses of one reason that are printed; --json has them all.
_MAX_ADDRESSES = 10
_FAULTS = {
    "reader_gone": "reader_gone: the mailbox does not exist",
    "reader_later": "reader_later: the mailbox takes nothing now",
    "reader_refuses": "reader_refuses: the mailbox does not want it",
    "account": "account: your account, quota or domain is refused",
    "message": "message: what the issue holds is refused",
    "session": "session: the connection was refused",
    "server_later": "server_later: the server takes nothing now",
}
