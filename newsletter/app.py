"""The composition root: build a Context from a newsletter folder and an environment."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import assert_never
from urllib.parse import urlsplit

from filelock import FileLock, Timeout
from sqlalchemy import Engine

from newsletter.backup.finish_restore import finish_restore, is_unfinished
from newsletter.backup.move import read_here, require_here
from newsletter.backup.upgrade import upgrade_database
from newsletter.config.address import is_loopback
from newsletter.config.edit import write_file
from newsletter.config.load import load_settings, parse_settings
from newsletter.config.secrets import Secrets, load_environment, read_rehearsed_now, read_secrets
from newsletter.config.settings import Settings, ThemeSettings
from newsletter.context import LOCK_NAME, Context
from newsletter.delivery.ledger.stale_backup import detect_stale_database
from newsletter.errors import Busy, SettingsError
from newsletter.sender.mailers import Mailer
from newsletter.storage.database.engine import is_read_only, open_engine, snapshot, transaction
from newsletter.storage.database.migrate import require_newsletter
from newsletter.storage.database.postgresql import RunLock, is_postgresql, require_sessions
from newsletter.storage.database.sqlite_file import sqlite_path
from newsletter.storage.identity import machine_mark
from newsletter.storage.journal import Journal, state_folder
from subscribers.address import takes_mail
from subscribers.storage import highest_number, skip_numbers
from subscribers.storage.staging import remove_abandoned


def open_newsletter(
    folder: Path, environ: Mapping[str, str], *, make_database: bool = False
) -> Context:
    """Return the context of the newsletter in `folder`.

    An older database is brought to this version, with a copy kept.
    Only with `make_database` is one created that is not there. Raise SettingsError if the folder
    holds no newsletter or its settings are wrong, DatabaseMissing if its database vanished, and
    DatabaseMoved if it moved to another one.
    """
    folder = folder.resolve()
    if is_unfinished(folder):
        with _lock_folder(FileLock(folder / LOCK_NAME)):
            finish_restore(folder)
    settings = load_settings(folder)
    require_usable(settings)
    env = load_environment(folder, environ)
    secrets = read_secrets(env)
    now = read_rehearsed_now(env)
    if now is not None:
        _refuse_rehearsal_by_real_mail(settings)
    url = env.get("NEWSLETTER_DATABASE_URL") or settings.database.url
    engine = open_engine(url, folder, make=make_database)
    try:
        journal, machine = _prepare_database(engine, folder, environ, make=make_database)
    except BaseException:
        # The caller gets no context to close.
        engine.dispose()
        raise
    file_lock, run_lock = FileLock(folder / LOCK_NAME), RunLock(engine)
    real_clock = _clock(None)
    return Context(
        folder=folder,
        settings=settings,
        secrets=secrets,
        engine=engine,
        journal=journal,
        # The same one if no rehearsal sets it, see `with_settings`.
        clock=real_clock if now is None else _clock(now),
        real_clock=real_clock,
        wait=time.sleep,
        lock=lambda: _lock_newsletter(file_lock, run_lock),
        mailer=lambda: make_mailer(settings, secrets, folder),
        machine=machine,
        # If no mail leaves this machine, no DNS query does either.
        takes_mail=takes_mail if now is None and _reaches_readers(settings) else _any_domain,
    )


def _prepare_database(
    engine: Engine, folder: Path, environ: Mapping[str, str], *, make: bool
) -> tuple[Journal, str]:
    """Bring the database to this version and compare it with what lies outside it.

    Return the journal, and the mark of this machine.
    """
    require_sessions(engine)
    if not make:
        require_newsletter(engine, folder)
    upgrade_database(engine, folder)
    identity = read_here(engine)
    require_here(identity)
    journal = Journal(folder, state=state_folder(environ), newsletter=identity.newsletter)
    machine = "" if is_postgresql(engine) else machine_mark()
    if not is_read_only(engine):
        if (database := sqlite_path(engine)) is not None:
            remove_abandoned(database)
        _keep_numbers(engine, journal)
        detect_stale_database(engine, journal, machine=machine, now=_clock(None)())
    return journal, machine


def require_usable(settings: Settings) -> None:
    """Raise SettingsError for settings that contradict what other packages know."""
    if settings.theme != ThemeSettings():
        from newsletter.composer.layout.palette import check_theme

        check_theme(settings.theme.theme())
    if settings.images.host == "site" and not settings.site.url:
        raise SettingsError(
            '[images] host is "site", but [site] url is empty: no reader could see the pictures.',
            cure='Write the public address of `newsletter serve` there, or set host = "blog".',
        )


def with_settings(context: Context, settings: Settings) -> Context:
    """Return the context of the same newsletter after newsletter.toml changed.

    Raise SettingsError for settings that cannot be used, or that name another database.
    """
    require_usable(settings)
    if settings.database != context.settings.database:
        raise SettingsError(
            "newsletter.toml names another database now.",
            cure="Close the desk and open it again, so that it uses that one.",
        )
    is_rehearsal = context.clock is not context.real_clock
    if is_rehearsal:
        _refuse_rehearsal_by_real_mail(settings)
    return replace(
        context,
        settings=settings,
        mailer=lambda: make_mailer(settings, context.secrets, context.folder),
        takes_mail=_any_domain if is_rehearsal or not _reaches_readers(settings) else takes_mail,
    )


def save_settings(context: Context, text: str, *, seen: str) -> None:
    """Make `text` the newsletter.toml, if it is one that can be used.

    `seen` is the mark of the file that the author changed. Raise SettingsError, and NotReady if the
    file has changed since; it stays as it is then.
    """
    settings = parse_settings(text.encode())
    require_usable(settings)
    if context.clock is not context.real_clock:
        _refuse_rehearsal_by_real_mail(settings)
    with context.lock():
        write_file(context.folder, text, seen=seen)


def make_mailer(settings: Settings, secrets: Secrets, folder: Path) -> Mailer:
    """Open the mailer that the settings name. Raise SettingsError if its key is missing."""
    sender = settings.sender
    if sender.mailer == "outbox":
        from newsletter.sender.mailers.outbox import Outbox

        return Outbox(folder / sender.outbox.folder, sender.batch_size)
    if sender.mailer == "smtp":
        from newsletter.sender.mailers.smtp.mailer import Smtp

        return Smtp(
            host=sender.smtp.host,
            port=sender.smtp.port,
            security=sender.smtp.security,
            username=sender.smtp.username,
            password=secrets.smtp_password,
            batch_size=sender.batch_size,
        )
    if sender.mailer == "sendgrid":
        if not secrets.sendgrid_key:
            raise SettingsError(
                "The mailer is SendGrid, but there is no SENDGRID_API_KEY.",
                cure="Write the key to .env as SENDGRID_API_KEY=…",
            )
        from newsletter.sender.mailers.sendgrid.held_mailer import HeldSendGrid
        from newsletter.sender.mailers.sendgrid.mailer import SendGrid

        mailer = HeldSendGrid if sender.on_unknown == "cancel" else SendGrid
        return mailer(
            secrets.sendgrid_key,
            sender.sendgrid.host,
            sender.batch_size,
            unsubscribe_group=sender.sendgrid.unsubscribe_group,
            preferences_groups=sender.sendgrid.preferences_groups,
        )
    # mypy reports a mailer of the settings that has no branch here.
    assert_never(sender.mailer)


def _keep_numbers(engine: Engine, journal: Journal) -> None:
    """Let the list give no number that it gave before, in whatever database.

    An older copy that was put back, and a new database, know less of them than the journal.
    """
    journal_mark = journal.highest_person()
    with snapshot(engine) as connection:
        database_mark = highest_number(connection)
    if database_mark > journal_mark:
        journal.record_people(database_mark, at=dt.datetime.now(dt.UTC))
    elif database_mark < journal_mark:
        with transaction(engine) as connection:
            if highest_number(connection) < journal_mark:
                skip_numbers(connection, journal_mark)


@contextmanager
def _lock_newsletter(file_lock: FileLock, run_lock: RunLock) -> Iterator[None]:
    """Hold both locks: the file's against this machine, the database's against others.

    The operating system and the database release them when the process dies, so a killed
    run never blocks the next one.
    """
    with _lock_folder(file_lock), run_lock.held():
        yield


@contextmanager
def _lock_folder(file_lock: FileLock) -> Iterator[None]:
    try:
        with file_lock.acquire(timeout=0):
            yield
    except Timeout:
        raise Busy(
            "Another run is at work on this newsletter.", cure="Try again when it has ended."
        ) from None


def _clock(rehearsed: dt.datetime | None) -> Callable[[], dt.datetime]:
    if rehearsed is not None:
        return lambda: rehearsed
    return lambda: dt.datetime.now(dt.UTC)


def _mail_host(settings: Settings) -> str:
    """Return the host that the mailer hands messages to."""
    sender = settings.sender
    hosts = {
        "outbox": "localhost",
        "sendgrid": urlsplit(sender.sendgrid.host).hostname or "",
        "smtp": sender.smtp.host,
    }
    return hosts[sender.mailer]


def _reaches_readers(settings: Settings) -> bool:
    """Whether mail leaves this machine. A local SMTP server relays it."""
    mailer = settings.sender.mailer
    return mailer == "smtp" or not is_loopback(_mail_host(settings))


def _any_domain(_domain: str) -> bool:
    return True


def _refuse_rehearsal_by_real_mail(settings: Settings) -> None:
    box, bounces = settings.mailbox, settings.mailbox.bounces
    for table, host in (
        ("[mailbox]", box.host if box.kind == "imap" and box.address else ""),
        ("[mailbox.bounces]", bounces.host if bounces.kind == "imap" else ""),
    ):
        if host and not is_loopback(host):
            raise SettingsError(
                f"NEWSLETTER_NOW is for rehearsals, but the mailbox at {host} holds real requests.",
                cure=f"Unset it, or take {table} out for the rehearsal.",
            )
    if not is_loopback(_mail_host(settings)):
        raise SettingsError(
            f"NEWSLETTER_NOW is for rehearsals, but the mailer {settings.sender.mailer!r} reaches "
            "real people.",
            cure='Unset it, or rehearse with mailer = "outbox".',
        )
