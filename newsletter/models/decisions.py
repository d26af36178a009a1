"""What the author decides about an issue, and the record of who decided it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from newsletter.models.issues import Rhythm

#: How a decision came.
Way = Literal["desk", "command line", "mail link"]
DecisionKind = Literal[
    "approve",
    "unapprove",
    "send now",
    "undo",
    "stop",
    "resume",
    "cancel",
    "schedule",
    "skip",
    "unskip",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """Who decides, as far as the program can tell."""

    way: Way
    #: The login name of a command, or the address that a notice was sent to; "" on the desk.
    who: str = ""


COMMAND_LINE = Decider(way="command line")
DESK = Decider(way="desk")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedDecision:
    """One decision about an issue, as it was made."""

    #: The issue's number and key then.
    number: int
    key: str
    at: datetime
    kind: DecisionKind
    by: Decider
    #: More about it, such as the new time of an issue that was moved.
    detail: str = ""
    #: The hash of what was approved.
    content_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotChange:
    """What the author changed of the schedule: one slot is skipped, or at another time."""

    rhythm: Rhythm
    #: The key of the slot.
    key: str
    #: When it is instead, None if it is skipped.
    moved_to: datetime | None
