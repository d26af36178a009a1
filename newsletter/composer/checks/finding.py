"""What a check found, said so that the author can mend it."""

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
    "leftover",
    "link-dead",
    "link-same-text",
    "link-text",
    "network",
    "postal-address",
    "preheader",
    "shortened",
    "spam-phrase",
    "spam-score",
    "subject",
    "subject-emoji",
    "subject-length",
    "subject-shouting",
    "table-role",
    "target-size",
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
RULES: tuple[RuleName, ...] = get_args(RuleName)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong with a message.

    An error holds the issue back unless its `rule` is forced; a warning does not.
    `where` is the place in words, `problem` what is wrong, `cure` what to do.
    """

    level: Level
    rule: RuleName
    where: str
    problem: str
    cure: str


def error(rule: RuleName, where: str, problem: str, cure: str) -> Finding:
    return Finding(level="error", rule=rule, where=where, problem=problem, cure=cure)


def warning(rule: RuleName, where: str, problem: str, cure: str) -> Finding:
    return Finding(level="warning", rule=rule, where=where, problem=problem, cure=cure)
