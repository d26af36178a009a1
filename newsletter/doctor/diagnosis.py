"""A diagnosis: what one check of `newsletter doctor` found out, with its cure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: "error" and "warning" ask for a person; "note" is worth knowing; "ok" is as it should be.
Verdict = Literal["error", "warning", "note", "ok"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One fact about an installation, judged."""

    verdict: Verdict
    #: A short name that scripts may rely on, such as "dmarc".
    rule: str
    #: The finding, in one or two sentences.
    text: str
    #: What the author can do, "" where nothing is to be done.
    cure: str = ""
    #: The group it is shown in; `examine` fills it in.
    area: str = ""

    @property
    def matters(self) -> bool:
        """Whether a person should look (exit code 3)."""
        return self.verdict in ("error", "warning")


def error(rule: str, text: str, cure: str) -> Diagnosis:
    return Diagnosis(verdict="error", rule=rule, text=text, cure=cure)


def warning(rule: str, text: str, cure: str) -> Diagnosis:
    return Diagnosis(verdict="warning", rule=rule, text=text, cure=cure)


def note(rule: str, text: str, cure: str = "") -> Diagnosis:
    return Diagnosis(verdict="note", rule=rule, text=text, cure=cure)


def ok(rule: str, text: str) -> Diagnosis:
    return Diagnosis(verdict="ok", rule=rule, text=text)
