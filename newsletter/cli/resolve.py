"""`resolve` and `reset`: a person closes what the machine leaves open."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from newsletter.cli.invocation import Invocation, command, exit_with, pass_invocation
from newsletter.cli.output import sent_json
from newsletter.cli.progress import progress_bar
from newsletter.cli.send import exit_code
from newsletter.errors import UsageError

if TYPE_CHECKING:
    from newsletter.pipeline.rehearsals import RehearsalReset


@command()
@click.argument("issue")
@click.option("--resend", is_flag=True, help="Send to them again; some may get it twice.")
@click.option("--leave", is_flag=True, help="Leave them; some may not have got it.")
@pass_invocation
def resolve(frame: Invocation, issue: str, *, resend: bool, leave: bool) -> None:
    """Decide about deliveries whose outcome is unknown."""
    if resend == leave:
        raise UsageError("Say what is to become of them.", cure="Give --resend or --leave.")
    from newsletter.delivery.resolve import resolve as decide

    context = frame.open()
    with progress_bar(frame) as show:
        sent = decide(context, issue, "resend" if resend else "leave", progress=show)
    frame.result(sent.reason, sent_json(sent.issue, sent.figures, sent.reason))
    waits = sent.issue.status in ("stopped", "cancelled")
    exit_with(exit_code(attention=sent.attention, failed=not sent.complete and not waits))


@command()
@click.option("--rehearsals", is_flag=True, help="Forget what outbox trials used up.")
@pass_invocation
def reset(frame: Invocation, *, rehearsals: bool) -> None:
    """Before the first real send: posts, greetings and numbers of trials are free again."""
    if not rehearsals:
        raise UsageError("Say what is to be forgotten.", cure="Give --rehearsals.")
    from newsletter.pipeline.rehearsals import reset_rehearsals

    done = reset_rehearsals(frame.open())
    text = _told(done)
    moved_to = str(done.moved_to) if done.moved_to else None
    frame.result(text, {**asdict(done), "moved_to": moved_to, "reason": text})


def _told(done: RehearsalReset) -> str:
    if not done.issues and not done.posts:
        return "No issue was rehearsed: there is nothing to forget."
    issues = "1 rehearsed issue is" if done.issues == 1 else f"{done.issues} rehearsed issues are"
    posts = "1 post waits" if done.posts == 1 else f"{done.posts} posts wait"
    text = f"{issues} forgotten; {posts} again."
    if done.kept:
        text += f" The draft is issue {done.kept} now, to be approved anew."
    if done.moved_to:
        text += f" Their messages are in {done.moved_to}."
    return text
