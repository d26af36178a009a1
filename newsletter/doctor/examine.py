"""Run every check of an installation, side by side and in bounded time."""

from __future__ import annotations

import datetime as dt
import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.config.load import load_settings
from newsletter.config.secrets import load_environment, read_secrets
from newsletter.config.settings import Settings
from newsletter.doctor.clock import check_clock
from newsletter.doctor.configuration import check_configuration
from newsletter.doctor.database import check_database
from newsletter.doctor.diagnosis import Diagnosis, error
from newsletter.doctor.feeds import check_feeds
from newsletter.doctor.files import check_files
from newsletter.doctor.installation import Installation
from newsletter.doctor.kept_copies import check_kept_copies
from newsletter.doctor.known_secret import check_known_secret
from newsletter.doctor.last_backup import check_backup
from newsletter.doctor.mail_domain import check_mail_domain
from newsletter.doctor.public_site import check_site
from newsletter.doctor.sendgrid import check_sendgrid
from newsletter.doctor.smtp import check_smtp
from newsletter.doctor.upkeep import check_upkeep
from newsletter.errors import SettingsError
from newsletter.storage.database.health import database_file
from subscribers.errors import HappyTrailsError

if TYPE_CHECKING:
    from dns.resolver import Resolver

Check = Callable[[Installation], Iterable[Diagnosis]]
FOLDER, SETTINGS = "Folder", "Settings"
#: The checks in the order in which they are shown, each with the heading it is shown under.
CHECKS: tuple[tuple[str, Check], ...] = (
    (SETTINGS, check_configuration),
    (SETTINGS, check_known_secret),
    ("Clock", check_clock),
    ("Blog", check_feeds),
    ("Database", check_database),
    ("Mailer", check_sendgrid),
    ("Mailer", check_smtp),
    ("Sender's domain", check_mail_domain),
    ("Readers' site", check_site),
    ("Upkeep", check_upkeep),
    ("Upkeep", check_backup),
    ("Upkeep", check_kept_copies),
)
#: When all checks must have ended, in seconds.
MOST_SECONDS = 20.0
_GRACE = 2.0


def examine(
    folder: Path,
    environ: Mapping[str, str],
    *,
    fix: bool = False,
    selectors: Sequence[str] = (),
    resolver: Resolver | None = None,
    checks: Sequence[tuple[str, Check]] = CHECKS,
    seconds: float = MOST_SECONDS,
) -> tuple[Diagnosis, ...]:
    """Return what every check found out, in the order in which it is shown. Sends nothing.

    Nothing is changed either, except that `fix` takes files from other users of this machine.
    Raise SettingsError only if there is no newsletter in `folder`. `selectors` are names of DKIM
    keys; `resolver` is asked in place of the machine's name servers. The whole ends after
    `seconds`: a check that has not is said to be late.
    """
    settings, problem = _load(folder)
    # `check_files` says so if others may read `.env`; the rest is judged all the same.
    env, unreadable = _load_environment(folder, environ)
    url = env.get("NEWSLETTER_DATABASE_URL") or (settings.database.url if settings else "")
    files = check_files(
        folder,
        outbox=folder / (settings.sender.outbox.folder if settings else "outbox"),
        database=database_file(url, folder),
        fix=fix,
    )
    in_folder = tuple(replace(diagnosis, area=FOLDER) for diagnosis in files)
    if settings is None:
        assert problem is not None  # noqa: S101  # either the settings or why there are none
        broken = error("settings", problem.message, problem.cure)
        return (replace(broken, area=SETTINGS), *in_folder)
    installation = Installation(
        folder=folder,
        settings=settings,
        secrets=read_secrets(env),
        database_url=url,
        environ=env,
        now=dt.datetime.now(dt.UTC),
        deadline=time.monotonic() + seconds,
        selectors=tuple(selectors),
        resolver=resolver,
    )
    diagnoses = (*unreadable, *_run_all(checks, installation))
    settings_first = tuple(diagnosis for diagnosis in diagnoses if diagnosis.area == SETTINGS)
    rest = tuple(diagnosis for diagnosis in diagnoses if diagnosis.area != SETTINGS)
    return (*settings_first, *in_folder, *rest)


def _run_all(
    checks: Sequence[tuple[str, Check]], installation: Installation
) -> tuple[Diagnosis, ...]:
    """Run the checks side by side and wait for all of them, or for the deadline."""
    results: queue.SimpleQueue[tuple[int, tuple[Diagnosis, ...]]] = queue.SimpleQueue()

    def run(place: int, check: Check) -> None:
        results.put((place, _run(check, installation)))

    for place, (_, check) in enumerate(checks):
        # A daemon: a system's name lookup knows no deadline, and must not hold the program up.
        threading.Thread(target=run, args=(place, check), daemon=True).start()
    by_place: dict[int, tuple[Diagnosis, ...]] = {}
    while len(by_place) < len(checks):
        try:
            left = installation.deadline + _GRACE - time.monotonic()
            place, diagnoses = results.get(timeout=max(left, 0.001))
        except queue.Empty:
            break
        by_place[place] = diagnoses
    late = (
        error(
            "late",
            "This could not be looked into in time.",
            "See that this machine is online, and try again.",
        ),
    )
    return tuple(
        replace(diagnosis, area=area)
        for place, (area, _) in enumerate(checks)
        for diagnosis in by_place.get(place, late)
    )


def _run(check: Check, installation: Installation) -> tuple[Diagnosis, ...]:
    try:
        return tuple(check(installation))
    except HappyTrailsError as problem:
        return (error("check", problem.message, problem.cure),)
    except Exception as problem:  # noqa: BLE001  # what one check stumbles over hides no other's findings
        return (
            error(
                "check",
                f"This could not be looked into: {type(problem).__name__}: {problem}.",
                "Tell the makers of this program.",
            ),
        )


def _load(folder: Path) -> tuple[Settings | None, SettingsError | None]:
    if not (folder / "newsletter.toml").is_file():
        # Not a newsletter that is ill: none at all.
        load_settings(folder)
    try:
        return load_settings(folder), None
    except SettingsError as problem:
        return None, problem


def _load_environment(
    folder: Path, environ: Mapping[str, str]
) -> tuple[Mapping[str, str], tuple[Diagnosis, ...]]:
    """Return the environment with `.env`, or without it and why."""
    try:
        return load_environment(folder, environ, even_exposed=True), ()
    except SettingsError as problem:
        unreadable = error("secrets", problem.message, problem.cure)
        return environ, (replace(unreadable, area=SETTINGS),)
