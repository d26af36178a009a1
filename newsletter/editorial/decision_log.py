"""Say a decision about an issue in words: who, what, when, how."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from newsletter.models import DecisionKind, LoggedDecision

_ACTS: dict[DecisionKind, str] = {
    "approve": "Approved",
    "unapprove": "Approval taken back",
    "send now": "“Send now” pressed",
    "undo": "“Send now” undone",
    "stop": "Stopped",
    "resume": "Resumed",
    "cancel": "Given up",
    "schedule": "Moved to {detail}",
    "skip": "{detail} skipped",
    "unskip": "Back for {detail}",
}


def describe_decision(entry: LoggedDecision, zone: ZoneInfo) -> str:
    """Return `Approved on Friday 20 November 2026, 05:00 at the desk.`"""
    local = entry.at.astimezone(zone)
    when = f"{local:%A} {local.day} {local:%B %Y}, {local:%H:%M}"
    act = _ACTS[entry.kind].format(detail=entry.detail)
    return f"{act} on {when} {_format_way(entry)}."


def _format_way(entry: LoggedDecision) -> str:
    who = entry.by.who
    if entry.by.way == "mail link":
        return f"by a link in the notice to {who}" if who else "by a link in a notice"
    if entry.by.way == "command line":
        return f"on the command line by {who}" if who else "on the command line"
    return "at the desk"
