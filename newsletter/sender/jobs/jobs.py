"""What is handed out to workers, and how often they show that they live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

TASK = "deliver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """These batches of an issue (by its id), and what is planned anew `after` that id."""

    issue: int
    batches: tuple[int, ...]
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds between two signs of a worker's life, and of silence until it counts as dead."""

    beat: float
    silent: float


Deliver = Callable[[Job], bool]
