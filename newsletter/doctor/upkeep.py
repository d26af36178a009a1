"""Upkeep: when `run` last came by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.doctor.diagnosis import Diagnosis, note, ok, warning
from newsletter.doctor.installation import Installation
from newsletter.errors import StorageError
from newsletter.models import Rhythm
from newsletter.scheduling.run_gap import longest_run_gap
from newsletter.storage.database.engine import open_engine, snapshot
from newsletter.storage.runs import LastRun, last_run

_DAY = dt.timedelta(days=1)
_FAILED = (1, 2)
_INSTALL = "Install the timer: `newsletter schedule install`."


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepFacts:
    """What keeps the newsletter going by itself."""

    rhythm: Rhythm
    #: The run that ended last, None if there was none.
    run: LastRun | None


def check_upkeep(installation: Installation) -> Iterator[Diagnosis]:
    """Judge the last run."""
    try:
        engine = open_engine(installation.database_url, installation.folder, make=False)
        with snapshot(engine) as connection:
            run = last_run(connection)
        engine.dispose()
    except StorageError:
        # The check of the database says why.
        return
    facts = UpkeepFacts(rhythm=installation.settings.issue.rhythm, run=run)
    yield from judge_upkeep(facts, installation.now)


def judge_upkeep(facts: UpkeepFacts, now: dt.datetime) -> Iterator[Diagnosis]:
    """Judge the last run. Pure."""
    if facts.run is None:
        yield note("last-run", "`newsletter run` has not come by yet.", _INSTALL)
        return
    ago = now - facts.run.at
    when = f"{facts.run.at:%Y-%m-%d %H:%M} UTC"
    if ago > longest_run_gap(facts.rhythm):
        yield warning("last-run", f"No run came by for {ago.days} days, since {when}.", _INSTALL)
    elif ago > _DAY:
        yield note("last-run", f"The last run was {ago.days} days ago, {when}.", _INSTALL)
    elif facts.run.exit_code in _FAILED:
        yield warning(
            "last-run",
            f"The last run failed, {when}.",
            "`newsletter run` says why.",
        )
    else:
        yield ok("last-run", f"The last run was {when}.")
