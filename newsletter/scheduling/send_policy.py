"""Decide whether an issue may be sent now, and say why or why not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from newsletter.models import Issue

# Two issues of one rhythm lie at least this far apart, unless the author insists.
_MIN_GAP = dt.timedelta(hours=72)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a run should do with the draft, and why."""

    act: Literal["send", "wait"]
    #: One sentence for the author.
    reason: str
    #: What the author is to be told of: the issue is `stopped`, `due` and waits for an approval
    #: or a veto, or is `held` by something else. "" for nothing.
    waits_for: Literal["stopped", "due", "held", ""] = ""
    #: Whether a person should look (exit code 3).
    attention: bool = False


def decide(
    issue: Issue,
    *,
    due: bool,
    approval: Literal["required", "veto", "auto"],
    veto_hours: int,
    now: dt.datetime,
    newest_sent: dt.datetime | None,
    yes: bool,
    zone: ZoneInfo,
    name: str = "next",
) -> Decision:
    """Return whether `run` sends the issue at `now`.

    `newest_sent` is when an issue of its rhythm was sent last. `yes` overrides the checks of
    the clock and of the gap between issues. `name` is what commands call the issue.
    """
    called = f"Issue {issue.number}" if name == "next" else f"Issue {issue.number} ({issue.key})"
    when = f"{issue.planned_for.astimezone(zone):%A %Y-%m-%d %H:%M}"
    if issue.status == "stopped":
        is_or_was = "was due" if due else "is due"
        return _wait(
            f"{called} is stopped; it {is_or_was} {when}, and `newsletter resume {name}` lets it "
            "go.",
            "stopped",
        )
    if not due:
        posts = f"{len(issue.posts)} post{'s' if len(issue.posts) != 1 else ''}"
        if issue.status == "approved":
            return _wait(f"{called} is approved with {posts} and goes out {when}.")
        return _wait(f"{called} is drafted with {posts} and due {when}.")
    if newest_sent is not None and now < newest_sent and not yes:
        return _wait(
            f"{called} is due, but by this machine's clock the one before it went out in the "
            f"future, on {newest_sent.astimezone(zone):%Y-%m-%d}: the clock is wrong, or was then. "
            "Set it right; `newsletter run --yes` sends the issue all the same.",
            "held",
        )
    if newest_sent is not None and now - newest_sent < _MIN_GAP and not yes:
        return _wait(
            f"{called} is due, but another went out less than three days ago; "
            "`newsletter run --yes` sends it all the same.",
            "held",
        )
    if issue.status == "approved" or approval == "auto":
        return Decision(act="send", reason=f"{called} was due {when}.")
    if approval == "required":
        return _wait(
            f"{called} was due {when} and is held: it is not approved. "
            f"Approve it with `newsletter approve {name}`.",
            "due",
        )
    if issue.noticed_at is None:
        return _wait(
            f"{called} was due {when} and waits: its notice has not been sent to you yet, and the "
            f"{veto_hours} hours for your veto begin with it.",
            "held",
        )
    ends = issue.noticed_at + dt.timedelta(hours=veto_hours)
    if now < ends:
        return _wait(
            f"{called} goes out at {ends.astimezone(zone):%Y-%m-%d %H:%M} unless "
            f"`newsletter stop {name}` holds it.",
            "due",
            look=False,
        )
    return Decision(
        act="send",
        reason=f"{called} was due {when}, and the {veto_hours} hours for your veto are over.",
    )


def _wait(
    reason: str, waits_for: Literal["stopped", "due", "held", ""] = "", *, look: bool = True
) -> Decision:
    attention = look and bool(waits_for)
    return Decision(act="wait", reason=reason, waits_for=waits_for, attention=attention)
