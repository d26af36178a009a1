"""A notice: one state that the author should know, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from newsletter.composer.transactional import NoticeContent

#: The keys of `[notices]`, and "remark": what is only said on standard error.
NoticeKind = Literal[
    "draft",
    "changed",
    "reminder",
    "due",
    "held",
    "stopped",
    "void",
    "passed",
    "feed",
    "posts",
    "failed",
    "waiting",
    "account",
    "timer",
    "remark",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One state of one thing. A new `state` of the same kind is sent as another notice."""

    kind: NoticeKind
    #: An issue, by `name_issue`; a feed's URL; or "newsletter".
    about: str
    state: str
    #: The number of the issue it is about, 0 for none.
    issue: int = 0
    #: What `run` says on standard error, "" for nothing.
    sentence: str = ""
    #: What is mailed, None for nothing.
    content: NoticeContent | None = None


def name_issue(number: int) -> str:
    """Return how a notice names the issue it is about."""
    return f"issue {number}"


def format_date(moment: dt.datetime, zone: ZoneInfo) -> str:
    """Return `Sunday, 18 October 2026 at 07:00`."""
    local = moment.astimezone(zone)
    return f"{local:%A}, {local.day} {local:%B %Y} at {local:%H:%M}"


def join_sentences(sentences: Iterable[str]) -> str:
    """Return the sentences that are there, each once, on one line."""
    return " ".join(dict.fromkeys(filter(None, sentences)))
