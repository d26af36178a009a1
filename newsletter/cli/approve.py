"""`approve`, `unapprove`, `stop`, `resume`, `cancel`: the author's decisions on an issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.exit_codes import exit_with
from newsletter.cli.invocation import Invocation, command, pass_invocation
from newsletter.cli.output import format_local_time

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from newsletter.models import Decider, Issue

_SENTENCES = {
    "unapprove": "Issue {number} is a draft again and follows the blog.",
    "stop": "Issue {number} is stopped. `newsletter resume {number}` lets it go on.",
    "cancel": "Issue {number} is cancelled.",
}
_GOES_ON = "Issue {number} goes on with the next `newsletter run` or `send`."
_WAITS = "Issue {number} is a draft again, due {due}, and waits for your approval."
_APPROVED = "Issue {number} is approved as before and due {due}."


def _make_command(verb: str, help_line: str) -> click.Command:
    """Return the command that calls the function `verb`, which takes an approval back or controls
    an issue.
    """

    @command(verb, help=f"{help_line} ISSUE is a number, `next` or `last`.")
    @click.argument("issue")
    @pass_invocation
    def decide(invocation: Invocation, issue: str) -> None:
        from newsletter.delivery import control
        from newsletter.editorial import approval

        context = invocation.open()
        act = approval.unapprove if verb == "unapprove" else getattr(control, verb)
        changed = act(context, issue, by=_decider())
        _print_decision(invocation, changed, _SENTENCES[verb], context.zone)

    return decide


def _decider() -> Decider:
    """Return who calls this command, for the log of decisions."""
    import getpass

    from newsletter.models import Decider

    try:
        who = getpass.getuser()
    except (KeyError, OSError):
        # A user without a name, as in a container.
        who = ""
    return Decider(way="command line", who=who)


def _print_decision(invocation: Invocation, changed: Issue, sentence: str, zone: ZoneInfo) -> None:
    due = format_local_time(changed.planned_for, zone)
    text = sentence.format(number=changed.number, due=due)
    document = {"issue": changed.number, "status": changed.status, "reason": text}
    invocation.print_result(text, document)


@command(
    help="Approve the draft as it stands: its posts and bytes are pinned. Approve it again to take "
    "in what you edited since. ISSUE is a number, `next` or `last`."
)
@click.argument("issue")
@pass_invocation
def approve(invocation: Invocation, issue: str) -> None:
    from newsletter.editorial import approval
    from newsletter.editorial.pinned_edits import join_titles

    context = invocation.open()
    approved = approval.approve(context, issue, by=_decider())
    number, due = approved.issue.number, format_local_time(approved.issue.planned_for, context.zone)
    what = f" with the new text of {join_titles(approved.taken)}" if approved.taken else ""
    if approved.altered:
        what = " as it reads with the changed settings or templates"
    is_late = approved.issue.planned_for <= context.clock()
    goes = f"was due {due} and goes out with the next run" if is_late else f"is due {due}"
    text = f"Issue {number} is approved and pinned{what}; it {goes}."
    if approved.errors:
        held_back = " ".join(f"{e.problem} {e.cure}" for e in approved.errors)
        text += f" As it is, though, it is held back: {held_back}"
    document = {"issue": number, "status": approved.issue.status, "reason": text}
    invocation.print_result(text, document)
    exit_with(attention=bool(approved.errors))


@command(help="Let a stopped issue go on from where it was. ISSUE is a number, `next` or `last`.")
@click.argument("issue")
@pass_invocation
def resume(invocation: Invocation, issue: str) -> None:
    from newsletter.delivery import control
    from newsletter.editorial.find_issue import describe_issue
    from newsletter.storage.database.engine import snapshot

    context = invocation.open()
    resumed = control.resume(context, issue, by=_decider())
    sentence = _GOES_ON
    if resumed.status == "approved":
        sentence = _APPROVED
    elif resumed.status == "draft" and context.settings.issue.approval == "required":
        sentence = _WAITS
    elif resumed.status == "draft" and resumed.planned_for > context.clock():
        with snapshot(context.engine) as connection:
            status = describe_issue(connection, context.config, resumed, context.clock())
        sentence = f"Issue {{number}} is a draft again. {status.sentence}"
    _print_decision(invocation, resumed, sentence, context.zone)


unapprove = _make_command("unapprove", "Make an approved issue a draft again.")
stop = _make_command("stop", "Hold an issue, before it goes out or in the midst of it.")
cancel = _make_command("cancel", "Give an issue up; a draft's posts wait for the next.")
