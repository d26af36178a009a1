"""`backup`, `restore`, `database move`, `upgrade`: the whole newsletter elsewhere, and on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from newsletter.cli.exit_codes import exit_with
from newsletter.cli.invocation import (
    CommandGroup,
    Invocation,
    command,
    global_options,
    pass_invocation,
)

_MEGABYTE = 1_000_000


@command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--without-secrets", is_flag=True, help="Leave .env out.")
@click.option(
    "--keep",
    metavar="N",
    type=click.IntRange(min=1),
    default=None,
    help="FILE is a folder: delete all but its newest N backups.",
)
@pass_invocation
def backup(
    invocation: Invocation,
    file: Path,
    without_secrets: bool,  # click passes it by name
    keep: int | None,
) -> None:
    """Copy the whole newsletter into one file, while everything runs.

    Database, settings, secrets, templates and the journal; the copy is read back and checked. In
    a folder the file is named by the time. With NEWSLETTER_BACKUP_PASSPHRASE set, it is sealed.
    """
    from newsletter.backup.back_up import back_up

    _clean_up_on_sigterm()
    result = back_up(
        invocation.open(), file, os.environ, secrets=not without_secrets, keep=keep or 0
    )
    readers = "1 reader" if result.readers == 1 else f"{result.readers:,} readers"
    how = (
        "It is sealed: keep the passphrase elsewhere." if result.sealed else _advice(result.secrets)
    )
    what = f"{readers}, {_issues(result.issues)}, {_size(result.size)}"
    lines = [f"{result.path}: {what}, checked. {how}"]
    if result.removed:
        lines.append(f"Deleted: {', '.join(path.name for path in result.removed)}.")
    document = {
        "file": str(result.path),
        "bytes": result.size,
        "sealed": result.sealed,
        "secrets": result.secrets,
        "readers": result.readers,
        "issues": result.issues,
        "removed": [str(path) for path in result.removed],
    }
    if not result.private:
        invocation.say(
            "This disk keeps no file from other users: put the backup on another one, or seal it."
        )
    invocation.print_result("\n".join(lines), document)


def _advice(secrets: bool) -> str:  # the one question
    if secrets:
        return "Whoever has it has your readers and your secrets: keep it safe."
    return "The secrets in .env are not in it: keep a copy of that too."


@command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("target", metavar="[FOLDER]", type=click.Path(path_type=Path), required=False)
@click.option("--yes", is_flag=True, help="Also if what is there is newer.")
@pass_invocation
def restore(
    invocation: Invocation,
    file: Path,
    target: Path | None,
    yes: bool,  # click passes it by name
) -> None:
    """Put a backup back, into FOLDER or the newsletter's own.

    The file is verified first. What was there is kept beside it, and one that is newer is not
    replaced without --yes.
    """
    import datetime as dt

    from newsletter.backup.restore import restore as put_back

    _clean_up_on_sigterm()
    folder = target or _folder(invocation)
    result = put_back(
        file,
        Path(folder),
        _environ_with_passphrase(file),
        now=dt.datetime.now(dt.UTC),
        over_newer=yes,
    )
    made_at = f"{result.made_at:%Y-%m-%d at %H:%M} UTC"
    what = f"{result.readers:,} on the list, {_issues(result.issues)}"
    lines = [f"{result.title} is back in {result.folder} as it was on {made_at}: {what}."]
    if result.kept:
        lines.append(f"What was there is in {result.kept.name}/; delete it when all is well.")
    away = result.departures
    if away.left:
        lines.append(f"Who left since then stays away: {_people(away.left)}.")
    if away.erased:
        lines.append(f"Who was erased since then stays erased: {_people(away.erased)}.")
    if not result.secrets:
        lines.append("It was made without secrets: put .env back before you send.")
    if result.missing:
        lines.append(
            f"{', '.join(result.missing)} went out after it. Nothing is sent before you have said "
            "`newsletter resume next`; some may get an issue twice then."
        )
    lines.append(
        "Start `newsletter serve` again if it runs, so that it knows these settings and secrets."
    )
    document = {
        "folder": str(result.folder),
        "made_at": result.made_at.isoformat(),
        "readers": result.readers,
        "issues": result.issues,
        "kept": str(result.kept) if result.kept else None,
        "missing": list(result.missing),
        "stay_away": {"left": away.left, "erased": away.erased},
    }
    invocation.print_result("\n".join(lines), document)
    exit_with(attention=bool(result.missing) or not result.secrets)


@click.group(cls=CommandGroup)
@global_options
def database() -> None:
    """The database that the newsletter lives in."""


@command()
@click.argument("url")
@pass_invocation
def move(invocation: Invocation, url: str) -> None:
    """Move everything to the database at URL: from SQLite to PostgreSQL, or back.

    Sign-ups wait meanwhile. Every row is compared, then the old database is closed and the
    settings name the new one. Call it again if it was cut short.
    """
    from newsletter.backup.move import move_database

    result = move_database(Path(_folder(invocation)), os.environ, url)
    text = (
        f"The newsletter is in {result.target} now: {result.rows:,} rows, each compared. "
        f"{result.settings} {result.source} is closed and sends nothing any more; delete it when "
        "all is well. Start `newsletter serve`, `preview` and `worker` again, and copy "
        "newsletter.toml and .env to other machines."
    )
    document = {
        "source": result.source,
        "target": result.target,
        "rows": result.rows,
        "settings": result.settings,
    }
    invocation.print_result(text, document)


database.add_command(move)


@command()
@pass_invocation
def upgrade(invocation: Invocation) -> None:
    """Bring the database to this version of the program; a copy of it is kept.

    Every command does so when it finds an older one. This one says what it did.
    """
    from newsletter.backup.upgrade import upgrade_newsletter

    result = upgrade_newsletter(Path(_folder(invocation)), os.environ)
    # The settings of an older version are read as well, and what is wrong in them is said now.
    invocation.open()
    text = "The database is up to date."
    if result is not None:
        before, now = ("/".join(filter(None, versions)) for versions in (result.before, result.now))
        text = (
            f"The database went from version {before} to {now}. It is kept as it was in "
            f"{result.copy.name}, which the program of before opens; delete it when all is well. "
            "Start `newsletter serve`, `preview` and `worker` again."
        )
    document = {"upgraded": result is not None, "copy": str(result.copy) if result else None}
    invocation.print_result(text, document)


def _clean_up_on_sigterm() -> None:
    """Let SIGTERM undo what was begun, as Ctrl-C does."""
    import signal

    def end(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, end)


def _folder(invocation: Invocation) -> str:
    return invocation.folder or os.environ.get("NEWSLETTER_FOLDER") or "."


def _environ_with_passphrase(file: Path) -> dict[str, str]:
    """Return the environment; ask for the passphrase of a sealed file at a terminal."""
    from newsletter.backup.archive import is_sealed_file
    from newsletter.config.secrets import PASSPHRASE

    environ = dict(os.environ)
    is_asked = not environ.get(PASSPHRASE) and sys.stdin.isatty()
    if is_asked and file.is_file() and is_sealed_file(file):
        environ[PASSPHRASE] = click.prompt("Passphrase", hide_input=True, err=True)
    return environ


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def _issues(number: int) -> str:
    return {0: "no issue yet", 1: "1 issue"}.get(number, f"{number} issues")


def _size(octets: int) -> str:
    if octets < _MEGABYTE:
        return f"{max(1, octets // 1_000)} KB"
    return f"{octets / _MEGABYTE:,.1f} MB"
