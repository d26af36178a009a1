"""A plan for tests, with a folder as awkward as folders are."""

from __future__ import annotations

from pathlib import Path

from newsletter.timer.plan import TimerPlan

AWKWARD = Path('/home/me/50% Läufe & "Runs" $HOME\'s')


def make_plan(
    folder: Path = AWKWARD, *, program: str = "/opt/trail news/newsletter", has_site: bool = True
) -> TimerPlan:
    return TimerPlan(
        program=(program,),
        folder=folder,
        minute=30,
        description="weekly issue on sunday at 07:00 (Australia/Adelaide)",
        has_site=has_site,
    )
