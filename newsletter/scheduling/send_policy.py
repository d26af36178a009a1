"""Decide whether an issue may be sent now, and say why or why not, and what happens next."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from newsletter.models import Issue
from newsletter.schedule import format_when
from newsletter.scheduling.run_times import has_leapt

# Two issues of one rhythm lie at least this far apart, unless the author insists.
_MIN_GAP = dt.timedelta(hours=72)


def is_too_soon(newest_sent: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether an issue at `now` would come too soon after the one before it."""
    return newest_sent is not None and now - newest_sent < _MIN_GAP


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
    real_now: dt.datetime | None = None,
    known: dt.datetime | None = None,
) -> Decision:
    """Return whether `run` sends the issue at `now`.

    `newest_sent` is when an issue of its rhythm was sent last. `yes` overrides the checks of
    the clock and of the gap between issues. `name` is what commands call the issue. `real_now`
    is the time by the real clock, if it differs. `known` is the latest time that is not in doubt.
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
    if issue.release_at is not None:
        return _decide_release(called, issue.release_at, real_now or now, zone)
    if not due:
        posts = f"{len(issue.posts)} post{'s' if len(issue.posts) != 1 else ''}"
        if issue.status == "approved":
            return _wait(f"{called} is approved with {posts} and goes out {when}.")
        return _wait(f"{called} is drafted with {posts} and due {when}.")
    if not yes and (why := _leap_reason(known, now, zone) or _gap_reason(newest_sent, now, zone)):
        return _wait(f"{called} is due, but {why}", "held")
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


def _decide_release(called: str, at: dt.datetime, now: dt.datetime, zone: ZoneInfo) -> Decision:
    """Return whether an issue goes that the author sent, with a grace until `at`."""
    if now >= at:
        return Decision(act="send", reason=f"{called} was let go.")
    until = f"{at.astimezone(zone):%H:%M}"
    return _wait(f"{called} goes out at {until}; until then that can be undone on the desk.")


def _leap_reason(known: dt.datetime | None, now: dt.datetime, zone: ZoneInfo) -> str:
    """Return why the clock keeps an issue back, "" if it does not."""
    if known is None or not has_leapt(known, now):
        return ""
    return (
        f"by this machine's clock it is {now.astimezone(zone):%Y-%m-%d}, and the newsletter knows "
        f"of nothing after {known.astimezone(zone):%Y-%m-%d}: is the clock right? If it is, "
        "`newsletter run --yes` sends the issue."
    )


def _gap_reason(newest_sent: dt.datetime | None, now: dt.datetime, zone: ZoneInfo) -> str:
    """Return why the issue before it keeps one back, "" if it does not."""
    if newest_sent is not None and now < newest_sent:
        return (
            f"by this machine's clock the one before it went out in the future, on "
            f"{newest_sent.astimezone(zone):%Y-%m-%d}: the clock is wrong, or was then. Set it "
            "right; `newsletter run --yes` sends the issue all the same."
        )
    if is_too_soon(newest_sent, now):
        return (
            "another went out less than three days ago; `newsletter run --yes` sends it all the "
            "same."
        )
    return ""


def _wait(
    reason: str, waits_for: Literal["stopped", "due", "held", ""] = "", *, look: bool = True
) -> Decision:
    attention = look and bool(waits_for)
    return Decision(act="wait", reason=reason, waits_for=waits_for, attention=attention)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusDescription:
    """The status of an issue that is not frozen yet, in words."""

    #: One word, such as "Approved".
    word: str
    #: What happens next: to how many readers it goes and when, or what it waits for.
    sentence: str
    #: "good" if the author approved it, "look" if it waits for the author past its date.
    tone: Literal["calm", "good", "look"]


def describe_status(
    issue: Issue,
    *,
    due: bool,
    approval: Literal["required", "veto", "auto"],
    veto_hours: int,
    readers: int,
    now: dt.datetime,
    zone: ZoneInfo,
) -> StatusDescription:
    """Return the one description of an unfrozen issue: on the desk, by `draft`, on the site.

    `due` says that its date has come, `readers` how many get it as the list is now.
    """
    when = format_when(issue.planned_for, now, zone)
    whom = format_readers(readers)
    if issue.status == "stopped":
        sentence = "You stopped it. Nobody gets it until you let it go on."
        return StatusDescription(word="Stopped", sentence=sentence, tone="look")
    if issue.release_at is not None and issue.status == "approved":
        at = f"{issue.release_at.astimezone(zone):%H:%M}"
        sentence = f"You sent it: it goes to {whom} at {at} unless you undo that."
        return StatusDescription(word="Let go", sentence=sentence, tone="good")
    if issue.status == "approved":
        sentence = (
            f"You approved it. It was due {when} and goes to {whom} with the next run unless "
            "you stop it."
            if due
            else f"You approved it. It goes to {whom} on {when} unless you stop it."
        )
        return StatusDescription(word="Approved", sentence=sentence, tone="good")
    if approval == "required":
        if due:
            sentence = (
                f"It was due {when} and is held. Nobody gets it until you approve it; then it "
                f"goes to {whom} with the next run."
            )
            return StatusDescription(word="Held", sentence=sentence, tone="look")
        sentence = f"Nobody gets it until you approve it. Then it goes to {whom} on {when}."
        return StatusDescription(word="Draft", sentence=sentence, tone="calm")
    goes_out = issue.planned_for
    if approval == "veto":
        if issue.noticed_at is None:
            sentence = (
                f"It goes to {whom} {veto_hours} hours after its notice was sent to you, on {when} "
                "at the earliest unless you stop it."
            )
            return StatusDescription(word="Draft", sentence=sentence, tone="calm")
        goes_out = max(goes_out, issue.noticed_at + dt.timedelta(hours=veto_hours))
    is_late = due and now >= goes_out
    goes = "with the next run" if is_late else f"on {format_when(goes_out, now, zone)}"
    sentence = f"It goes to {whom} {goes} unless you stop it."
    return StatusDescription(word="Draft", sentence=sentence, tone="calm")


def format_readers(count: int) -> str:
    """Return `1,240 readers`, `1 reader` or `your readers (none so far)`."""
    if count == 0:
        return "your readers (none so far)"
    return "1 reader" if count == 1 else f"{count:,} readers"
