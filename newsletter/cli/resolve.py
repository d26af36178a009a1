"""`resolve` and `reset`: decisions about past deliveries that only a person may take."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.exit_codes import exit_with
from newsletter.cli.invocation import Invocation, command, pass_invocation
from newsletter.cli.output import progress_json
from newsletter.cli.progress import delivery_bar
from newsletter.errors import UsageError

if TYPE_CHECKING:
    from newsletter.pipeline.rehearsals import RehearsalReset


@command()
@click.argument("issue")
@click.option("--resend", is_flag=True, help="Send to them again; some may get it twice.")
@click.option("--leave", is_flag=True, help="Leave them; some may not have got it.")
@pass_invocation
def resolve(invocation: Invocation, issue: str, *, resend: bool, leave: bool) -> None:
    """Decide about deliveries whose outcome is unknown."""
    if resend == leave:
        raise UsageError("Say what is to become of them.", cure="Give --resend or --leave.")
    from newsletter.delivery.resolve import resolve as resolve_unknown

    context = invocation.open()
    with delivery_bar(invocation) as draw:
        progress = resolve_unknown(context, issue, "resend" if resend else "leave", progress=draw)
    document = progress_json(progress.issue, progress.figures, progress.reason)
    invocation.print_result(progress.reason, document)
    on_hold = progress.issue.status in ("stopped", "cancelled")
    exit_with(failed=progress.failed and not on_hold, attention=progress.attention)


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
