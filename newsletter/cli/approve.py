"""`approve`, `unapprove`, `stop`, `resume`, `cancel`: the author's word on an issue."""

from __future__ import annotations

import click

from newsletter.cli.invocation import Invocation, command, pass_invocation
from newsletter.cli.output import local

_DONE = {
    "approve": "Issue {number} is approved and pinned; it is due {due}.",
    "unapprove": "Issue {number} is a draft again and follows the blog.",
    "stop": "Issue {number} is stopped. `newsletter resume {number}` lets it go on.",
    "resume": "Issue {number} goes on with the next `newsletter run` or `send`.",
    "cancel": "Issue {number} is cancelled.",
}


def _deciding(verb: str, line: str) -> click.Command:
    @command(verb, help=f"{line} ISSUE is a number, `next` or `last`.")
    @click.argument("issue")
    @pass_invocation
    def decide(frame: Invocation, issue: str) -> None:
        from newsletter.delivery import control
        from newsletter.editorial import approval

        context = frame.open()
        decide_now = getattr(approval if verb in ("approve", "unapprove") else control, verb)
        decided = decide_now(context, issue)
        due = local(decided.planned_for, context.zone)
        text = _DONE[verb].format(number=decided.number, due=due)
        frame.result(text, {"issue": decided.number, "status": decided.status, "reason": text})

    return decide


approve = _deciding("approve", "Approve the draft as it stands: its posts and bytes are pinned.")
unapprove = _deciding("unapprove", "Make an approved issue a draft again.")
stop = _deciding("stop", "Hold an issue, before it goes out or in the midst of it.")
resume = _deciding("resume", "Let a stopped issue go on from where it was.")
cancel = _deciding("cancel", "Give an issue up; a draft's posts wait for the next.")
