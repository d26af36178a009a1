"""What an attack found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The figures of one attack, and its faults in words."""

    figures: str
    faults: tuple[str, ...] = ()
