"""`approve`, `unapprove`, `stop`, `resume`, `cancel`: the author's decisions on an issue."""

from __future__ import annotations

import click

from newsletter.cli.invocation import Invocation, command, pass_invocation
from newsletter.cli.output import format_local_time

_SENTENCES = {
    "approve": "Issue {number} is approved and pinned; it is due {due}.",
    "unapprove": "Issue {number} is a draft again and follows the blog.",
    "stop": "Issue {number} is stopped. `newsletter resume {number}` lets it go on.",
    "resume": "Issue {number} goes on with the next `newsletter run` or `send`.",
    "cancel": "Issue {number} is cancelled.",
}


def _make_command(verb: str, help_line: str) -> click.Command:
    """Return the command that calls the function `verb` of approval.py or control.py."""

    @command(verb, help=f"{help_line} ISSUE is a number, `next` or `last`.")
    @click.argument("issue")
    @pass_invocation
    def decide(invocation: Invocation, issue: str) -> None:
        from newsletter.delivery import control
        from newsletter.editorial import approval

        context = invocation.open()
        act = getattr(approval if verb in ("approve", "unapprove") else control, verb)
        changed = act(context, issue)
        due = format_local_time(changed.planned_for, context.zone)
        text = _SENTENCES[verb].format(number=changed.number, due=due)
        document = {"issue": changed.number, "status": changed.status, "reason": text}
        invocation.print_result(text, document)

    return decide


approve = _make_command(
    "approve", "Approve the draft as it stands: its posts and bytes are pinned."
)
unapprove = _make_command("unapprove", "Make an approved issue a draft again.")
stop = _make_command("stop", "Hold an issue, before it goes out or in the midst of it.")
resume = _make_command("resume", "Let a stopped issue go on from where it was.")
cancel = _make_command("cancel", "Give an issue up; a draft's posts wait for the next.")
