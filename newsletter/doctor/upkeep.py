"""Upkeep: when `run` last came by, who calls it, and what blocks all sending."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from newsletter.delivery.ledger.stale_backup import stale_backup_warning
from newsletter.doctor.diagnosis import Diagnosis, error, note, ok, warning
from newsletter.doctor.installation import Installation
from newsletter.errors import StorageError, UsageError
from newsletter.models import Rhythm
from newsletter.scheduling.run_times import longest_run_gap
from newsletter.storage.database.engine import snapshot_at
from newsletter.storage.runs import LastRun, last_run
from newsletter.timer.install import Machine, find_timers
from newsletter.timer.plan import make_plan

_DAY = dt.timedelta(days=1)
_FAILED = 1
_INSTALL = "Install the timer: `newsletter schedule install`."


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepFacts:
    """What keeps the newsletter going by itself."""

    rhythm: Rhythm
    #: The run that ended last, None if there was none.
    run: LastRun | None
    #: Why nothing is sent: an older copy was put back, or another machine sent last; "" if not.
    blocked: str = ""
    #: The timers of this user that call it: "cron", "systemd", "launchd".
    timers: tuple[str, ...] = ()


def check_upkeep(installation: Installation) -> Iterator[Diagnosis]:
    """Judge the last run and the timer."""
    try:
        with snapshot_at(installation.database_url, installation.folder) as connection:
            run = last_run(connection)
            blocked = stale_backup_warning(connection)
    except StorageError:
        # The check of the database says why.
        return
    facts = UpkeepFacts(
        rhythm=installation.settings.issue.rhythm,
        run=run,
        blocked=blocked,
        timers=_timers(installation),
    )
    yield from judge_upkeep(facts, installation.now)


def judge_upkeep(facts: UpkeepFacts, now: dt.datetime) -> Iterator[Diagnosis]:
    """Judge the last run and the timer. Pure."""
    if facts.blocked:
        yield error("blocked", facts.blocked, "`newsletter issues` shows what went out so far.")
    cure = _INSTALL
    if facts.timers:
        yield ok("timer", f"A timer calls `newsletter run` ({', '.join(facts.timers)}).")
        cure = "See what the timer's log says, and that this machine was on."
    elif facts.run is not None:
        yield note(
            "timer",
            "No timer of yours calls `newsletter run`. Perhaps the system's does, or you do.",
            _INSTALL,
        )
    if facts.run is None:
        yield note(
            "last-run", "`newsletter run` has not come by yet.", "" if facts.timers else cure
        )
        return
    ago = now - facts.run.at
    when = f"{facts.run.at:%Y-%m-%d %H:%M} UTC"
    if ago > longest_run_gap(facts.rhythm):
        yield warning("last-run", f"No run came by for {ago.days} days, since {when}.", cure)
    elif ago > _DAY:
        yield note("last-run", f"The last run was {ago.days} days ago, {when}.", cure)
    elif facts.run.exit_code == _FAILED:
        yield warning(
            "last-run",
            f"The last run failed, {when}.",
            "`newsletter run` says why.",
        )
    else:
        # No timer of this user, so another user's timer or the author called it.
        yield ok("last-run", f"The last run was {when}.")


def _timers(installation: Installation) -> tuple[str, ...]:
    settings = installation.settings
    try:
        plan = make_plan(
            program=(),
            folder=installation.folder,
            issue=settings.issue,
            timezone=settings.newsletter.timezone,
            machine_zone=ZoneInfo("UTC"),
            has_site=False,
        )
    except UsageError:
        return ()
    return find_timers(plan, Machine.here(installation.environ))
