"""What a check found, said so that the author can mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong with a message.

    An error holds the issue back unless its `rule` is forced; a warning does not.
    `where` is the place in words, `problem` what is wrong, `cure` what to do.
    """

    level: Level
    rule: str
    where: str
    problem: str
    cure: str


def error(rule: str, where: str, problem: str, cure: str) -> Finding:
    return Finding(level="error", rule=rule, where=where, problem=problem, cure=cure)


def warning(rule: str, where: str, problem: str, cure: str) -> Finding:
    return Finding(level="warning", rule=rule, where=where, problem=problem, cure=cure)
