"""What an import came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

MAX_KEPT = 1_000


class Reject(NamedTuple):
    """One line that cannot go in: its number in the file, and why, as a sentence."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """read = added + updated + unchanged + rejected_total, unless nothing went in at all.

    `read` counts the rows below the header, empty ones apart. `rejected` holds the first
    thousand, `rejected_total` counts them all. `format` names the program whose export
    was recognised, "" for a plain CSV.
    """

    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: tuple[Reject, ...] = ()
    rejected_total: int = 0
    format: str = ""
