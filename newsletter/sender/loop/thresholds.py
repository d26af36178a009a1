"""Stop by ourselves where too much comes back: providers block who does not. Pure."""

from __future__ import annotations

from dataclasses import dataclass

# Fewer say nothing: of twenty readers one bad address is five per cent.
ENOUGH = 200
MOST_BOUNCED = 0.05
MOST_COMPLAINED = 0.003
MOST_REFUSED = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureCounts:
    """What came back of an issue so far, out of how many handed over."""

    handed_over: int
    bounced: int = 0
    complained: int = 0
    refused: int = 0


def alarm(of: FailureCounts) -> str:
    """Why the issue should pause, "" where all is well.

    More than 5 % hard bounces, 0.3 % complaints (Gmail and Yahoo act at that rate) or 10 %
    refused, once 200 are handed over.
    """
    if of.handed_over < ENOUGH:
        return ""
    for count, most, words in (
        (of.bounced, MOST_BOUNCED, "came back as undeliverable"),
        (of.complained, MOST_COMPLAINED, "were reported as spam"),
        (of.refused, MOST_REFUSED, "were refused"),
    ):
        if count > most * of.handed_over:
            return f"{count} of {of.handed_over} messages {words}"
    return ""
