"""`resolve` and `reset`: decisions about past deliveries that only a person may take."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.exit_codes import exit_with
from newsletter.cli.invocation import Invocation, command, pass_invocation
from newsletter.cli.output import progress_json
from newsletter.cli.progress import delivery_bar
from newsletter.errors import UsageError

if TYPE_CHECKING:
    from newsletter.delivery.resolve import Decision
    from newsletter.delivery.status import IssueProgress
    from newsletter.pipeline.rehearsals import RehearsalReset


@command()
@click.argument("issue")
@click.option("--resend", is_flag=True, help="Send to them again; some may get it twice.")
@click.option("--leave", is_flag=True, help="Leave them; some may not have got it.")
@click.option(
    "--retry-failed",
    metavar="[REASON]",
    is_flag=False,
    flag_value="",
    default=None,
    help="Send again what failed by no fault of the reader: all, or where the server's words, or "
    "the fault that `newsletter issues ISSUE` names, are REASON.",
)
@click.option("--yes", is_flag=True, help="Do not ask before sending again.")
@pass_invocation
def resolve(
    invocation: Invocation,
    issue: str,
    *,
    resend: bool,
    leave: bool,
    retry_failed: str | None,
    yes: bool,
) -> None:
    """Decide about deliveries whose outcome is unknown, or that failed."""
    if [resend, leave, retry_failed is not None].count(True) != 1:
        raise UsageError(
            "Say what is to become of them.", cure="Give --resend, --leave or --retry-failed."
        )
    if retry_failed is not None:
        progress = _retry_failed(invocation, issue, retry_failed, yes=yes)
    else:
        from newsletter.delivery.resolve import resolve as resolve_unknown

        decision: Decision = "resend" if resend else "leave"
        context = invocation.open()
        with delivery_bar(invocation) as draw:
            progress = resolve_unknown(context, issue, decision, progress=draw)
    document = progress_json(progress.issue, progress.figures, progress.reason)
    invocation.print_result(progress.reason, document)
    on_hold = progress.issue.status in ("stopped", "cancelled")
    exit_with(failed=progress.failed and not on_hold, attention=progress.attention)


def _retry_failed(invocation: Invocation, name: str, reason: str, *, yes: bool) -> IssueProgress:
    """Send again what failed, once the author has agreed to how many they are."""
    from newsletter.delivery.resolve import count_failed, retry_failed
    from newsletter.storage.database.engine import snapshot

    context = invocation.open()
    with snapshot(context.engine) as connection:
        issue, count = count_failed(connection, context.settings, name, reason)
    if count and not yes:
        if not sys.stdin.isatty():
            raise UsageError(
                f"Issue {issue.number} would be sent again to {count} for whom it failed.",
                cure="Give --yes where nobody can be asked.",
            )
        readers = "1 reader" if count == 1 else f"{count} readers"
        click.confirm(
            f"Send issue {issue.number} again to {readers} for whom it failed?",
            abort=True,
            err=True,
        )
    with delivery_bar(invocation) as draw:
        return retry_failed(context, str(issue.number), reason, progress=draw)


@command()
@click.option("--rehearsals", is_flag=True, help="Forget what outbox trials used up.")
@pass_invocation
def reset(invocation: Invocation, *, rehearsals: bool) -> None:
    """Before the first real send: posts, greetings and numbers of trials are free again."""
    if not rehearsals:
        raise UsageError("Say what is to be forgotten.", cure="Give --rehearsals.")
    from newsletter.pipeline.rehearsals import reset_rehearsals

    forgotten = reset_rehearsals(invocation.open())
    text = _format_reset(forgotten)
    moved_to = str(forgotten.moved_to) if forgotten.moved_to else None
    invocation.print_result(text, {**asdict(forgotten), "moved_to": moved_to, "reason": text})


def _format_reset(forgotten: RehearsalReset) -> str:
    if not forgotten.issues and not forgotten.posts:
        return "No issue was rehearsed: there is nothing to forget."
    issues = (
        "1 rehearsed issue is"
        if forgotten.issues == 1
        else f"{forgotten.issues} rehearsed issues are"
    )
    posts = "1 post waits" if forgotten.posts == 1 else f"{forgotten.posts} posts wait"
    text = f"{issues} forgotten; {posts} again."
    if forgotten.draft_number:
        text += f" The draft is issue {forgotten.draft_number} now, to be approved anew."
    if forgotten.moved_to:
        text += f" Their messages are in {forgotten.moved_to}."
    return text
