"""The finding of a check, and the names of all rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Level = Literal["error", "warning"]
RuleName = Literal[
    "active-content",
    "address",
    "client-support",
    "contrast",
    "contrast-turned",
    "css-size",
    "font-size",
    "from-name",
    "headings",
    "html-size",
    "https",
    "image-alt",
    "image-animated",
    "image-dead",
    "image-format",
    "image-weight",
    "image-width",
    "language",
    "left-out",
    "leftover",
    "link-dead",
    "link-same-text",
    "link-text",
    "network",
    "postal-address",
    "preheader",
    "settings",
    "shortened",
    "spam-phrase",
    "spam-score",
    "subject",
    "subject-emoji",
    "subject-length",
    "subject-shouting",
    "table-role",
    "target-size",
    "template",
    "text",
    "text-lines",
    "text-links",
    "text-marks",
    "text-share",
    "text-start",
    "title",
    "unsubscribe",
    "unsubscribe-late",
]
#: All rule names; authors see them in findings and pass them to `send --force`.
RULES: tuple[RuleName, ...] = get_args(RuleName)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem of a message."""

    #: An error holds the issue back unless its rule is forced; a warning does not.
    level: Level
    rule: RuleName
    #: The place, in words.
    where: str
    problem: str
    cure: str


def error(rule: RuleName, where: str, problem: str, cure: str) -> Finding:
    return Finding(level="error", rule=rule, where=where, problem=problem, cure=cure)


def warning(rule: RuleName, where: str, problem: str, cure: str) -> Finding:
    return Finding(level="warning", rule=rule, where=where, problem=problem, cure=cure)
