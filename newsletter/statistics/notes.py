"""What has to be said beside figures: what they do not know, and why. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from newsletter.statistics.figures import IssueFigures

NOT_TRACKED = (
    "Opens and clicks are not tracked: your messages hold no spying pictures, and their links "
    "lead straight to your blog."
)
ESTIMATES = (
    "Opens and clicks are estimates. Apple's Mail opens whatever arrives, and filters of companies "
    "try every link: what is known to come from programs is counted apart, and one that does not "
    "name itself counts as a reader."
)
_NO_REPORTS = (
    "Bounces and complaints are not known: they come by SendGrid's webhook or by mail to a return "
    "path ([sender.smtp] envelope_from)."
)
_WEEK = (
    "“Left” counts who unsubscribed, by whatever way, within a week of an issue or until the next."
)


def notes_on(issues: Sequence[IssueFigures]) -> tuple[str, ...]:
    """Return the sentences that figures of these issues need beside them."""
    if not issues:
        return ()
    notes = []
    open_numbers = [str(issue.number) for issue in issues if issue.is_under_way]
    if open_numbers:
        verb = "is" if len(open_numbers) == 1 else "are"
        notes.append(f"{_name_issues(open_numbers)} {verb} still going out: the figures change.")
    rehearsed = [str(issue.number) for issue in issues if issue.is_rehearsal]
    if len(rehearsed) == len(issues):
        notes.append("Only the outbox took what is counted here: nobody was mailed.")
    elif rehearsed:
        notes.append(
            f"{_name_issues(rehearsed)} went to the outbox, nobody was mailed: not in the sums."
        )
    notes.extend(_tracking_notes(issues))
    if all(issue.bounced is None for issue in issues):
        notes.append(_NO_REPORTS)
    notes.append(_WEEK)
    return tuple(notes)


def _tracking_notes(issues: Sequence[IssueFigures]) -> tuple[str, ...]:
    tracked = [issue for issue in issues if issue.engagement.is_tracked]
    if not tracked:
        return (NOT_TRACKED,)
    if len(tracked) == len(issues):
        return (ESTIMATES,)
    known = f"Opens and clicks are known of {len(tracked)} of {len(issues)} issues."
    return (known, ESTIMATES)


def _name_issues(numbers: Sequence[str]) -> str:
    """Return `Issue 7`, or `Issues 7, 8 and 9`."""
    if len(numbers) == 1:
        return f"Issue {numbers[0]}"
    return f"Issues {', '.join(numbers[:-1])} and {numbers[-1]}"
