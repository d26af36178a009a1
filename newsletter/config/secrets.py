"""Secrets and other environment variables, from the environment and the `.env` file."""

from __future__ import annotations

import datetime as dt
import os
import re
import secrets as randomness
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.config.file_modes import create_private, keeps_modes
from newsletter.config.text_files import replace_file
from newsletter.errors import SettingsError

FILE_NAME = ".env"
#: The least length of the secret that signs, in characters. A shorter one could be guessed from
#: a single link, by trying.
LEAST_SECRET = 16
_SIGNING = "NEWSLETTER_SECRET"
#: The passphrase that seals backups.
PASSPHRASE = "NEWSLETTER_BACKUP_PASSPHRASE"  # noqa: S105  # its name
_LEAST_PASSPHRASE = 12
# What a backup keeps of the environment. Not the passphrase: it would lie inside what it opens.
_KEPT = (
    _SIGNING,
    "SENDGRID_API_KEY",
    "SENDGRID_WEBHOOK_KEY",
    "NEWSLETTER_SMTP_PASSWORD",
    "NEWSLETTER_MAILBOX_PASSWORD",
    "NEWSLETTER_BOUNCES_PASSWORD",
    "NEWSLETTER_DATABASE_URL",
)
_DESK_PASSWORD = "NEWSLETTER_DESK_PASSWORD_HASH"  # noqa: S105  # the name of a variable
#: Every variable that holds a secret.
NAMES = (*_KEPT, _DESK_PASSWORD, PASSPHRASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Values that must not be printed."""

    #: The first secret signs tokens; all of them verify, so that secrets can be rotated.
    signing: tuple[str, ...] = field(default=(), repr=False)
    sendgrid_key: str = field(default="", repr=False)
    smtp_password: str = field(default="", repr=False)
    mailbox_password: str = field(default="", repr=False)
    bounces_password: str = field(default="", repr=False)
    #: The argon2id hash of the password for a desk behind a web server, "" for none.
    desk_password_hash: str = field(default="", repr=False)
    #: The public key that verifies SendGrid's event webhook.
    webhook_key: str = ""

    def require_signing(self) -> tuple[str, ...]:
        """Return the signing secrets. Raise SettingsError if there is none, or it is too short.

        Only the first one signs: an older one may be short, as the links of before need it.
        """
        if not self.signing:
            raise SettingsError(
                "NEWSLETTER_SECRET is not set, so unsubscribe links cannot be signed.",
                cure="It was written to .env by `newsletter init`: bring that file back.",
            )
        if (length := len(self.signing[0])) < LEAST_SECRET:
            raise SettingsError(
                f"NEWSLETTER_SECRET has {length} characters, and could be guessed: it needs "
                f"{LEAST_SECRET} at least.",
                cure="`newsletter secret rotate` puts a new one before it, and the links of "
                "messages that went out go on working.",
            )
        return self.signing


def load_environment(
    folder: Path, environ: Mapping[str, str], *, even_exposed: bool = False
) -> dict[str, str]:
    """Return the environment with the variables of `.env`, which it takes precedence over.

    Raise SettingsError if other users of this machine may read the file, unless `even_exposed` or
    its disk keeps no modes, and if it is not UTF-8.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return dict(environ)
    is_exposed = os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    if is_exposed and not even_exposed and keeps_modes(folder):
        raise SettingsError(
            f"{path} holds secrets and others on this machine may read it.",
            cure=f"Run: chmod 600 {path}",
        )
    from dotenv import dotenv_values

    try:
        from_file = {k: v for k, v in dotenv_values(path, interpolate=False).items() if v}
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"{path} cannot be read: it is not UTF-8 text.",
            cure="Save it as UTF-8; editors ask for the encoding under “Save as”.",
        ) from error
    return from_file | dict(environ)


def read_secrets(env: Mapping[str, str]) -> Secrets:
    """Return the secrets in the environment. NEWSLETTER_SECRET may hold several, separated by
    commas.
    """
    signing = tuple(s.strip() for s in env.get("NEWSLETTER_SECRET", "").split(",") if s.strip())
    return Secrets(
        signing=signing,
        sendgrid_key=env.get("SENDGRID_API_KEY", ""),
        smtp_password=env.get("NEWSLETTER_SMTP_PASSWORD", ""),
        mailbox_password=env.get("NEWSLETTER_MAILBOX_PASSWORD", ""),
        bounces_password=env.get("NEWSLETTER_BOUNCES_PASSWORD", ""),
        # Docker's --env-file takes the quotes of a line for a part of it.
        desk_password_hash=env.get(_DESK_PASSWORD, "").strip("'\""),
        webhook_key=env.get("SENDGRID_WEBHOOK_KEY", ""),
    )


def read_rehearsed_now(env: Mapping[str, str]) -> dt.datetime | None:
    """Return the time in NEWSLETTER_NOW as UTC, None if unset. Raise SettingsError."""
    text = env.get("NEWSLETTER_NOW", "")
    if not text:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        moment = dt.datetime.min  # noqa: DTZ901  # naive on purpose: refused just below
    if moment.tzinfo is None:
        raise SettingsError(
            f"NEWSLETTER_NOW is {text!r}, which is not a moment with its offset.",
            cure='Write it as "2026-11-29T07:00:00-07:00".',
        )
    return moment.astimezone(dt.UTC)


def read_passphrase(env: Mapping[str, str]) -> str:
    """Return the passphrase that seals backups, "" if they are not sealed.

    Raise SettingsError if it could be guessed by whoever finds a backup.
    """
    passphrase = env.get(PASSPHRASE, "")
    if passphrase and len(passphrase) < _LEAST_PASSPHRASE:
        raise SettingsError(
            f"{PASSPHRASE} has {len(passphrase)} characters, and could be guessed.",
            cure=f"Use {_LEAST_PASSPHRASE} at least; four words that do not belong together do.",
        )
    return passphrase


def complete_env_file(folder: Path, environ: Mapping[str, str]) -> str:
    """Return the text of `.env`, with the secrets that only the environment holds at its end."""
    path = folder / FILE_NAME
    text = path.read_text("utf-8") if path.is_file() else ""
    # The environment has precedence, so the last line of a name counts here too.
    lines = [f"{name}={_quote_value(environ[name])}\n" for name in _KEPT if environ.get(name)]
    if lines and text and not text.endswith("\n"):
        text += "\n"
    return text + "".join(lines)


def _quote_value(value: str) -> str:
    """Return a value as python-dotenv reads it back."""
    if not re.search(r"[\s'\"#\\]", value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def write_env_file(folder: Path) -> None:
    """Write `.env` (mode 0600) with a new NEWSLETTER_SECRET.

    An existing file keeps its contents, including its own NEWSLETTER_SECRET.
    """
    path = folder / FILE_NAME
    before = path.read_text("utf-8") if path.exists() else ""
    if _holds_secret(path):
        return
    if before and not before.endswith("\n"):
        before += "\n"
    text = (
        f"{before}"
        "# Secrets of this newsletter. Keep a copy in a safe place and show it to nobody.\n"
        "# NEWSLETTER_SECRET signs the unsubscribe link of every message ever sent: if it\n"
        "# is lost or changed, those links stop working. `newsletter secret rotate` puts a\n"
        "# new one before the old one, which keeps the links of before working.\n"
        f"NEWSLETTER_SECRET={randomness.token_urlsafe(32)}\n"
        "# SENDGRID_API_KEY=\n"
        "# SENDGRID_WEBHOOK_KEY=\n"
        "# NEWSLETTER_SMTP_PASSWORD=\n"
        "# NEWSLETTER_MAILBOX_PASSWORD=\n"
        "# NEWSLETTER_BOUNCES_PASSWORD=\n"
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _holds_secret(path: Path) -> bool:
    from dotenv import dotenv_values

    return path.exists() and bool(dotenv_values(path, interpolate=False).get("NEWSLETTER_SECRET"))


def rotate_signing_secret(folder: Path, environ: Mapping[str, str]) -> int:
    """Put a new secret before those in `.env`, which keep verifying the links of before.

    Return how many there are now. The file is replaced at once and keeps its mode. Raise
    SettingsError if the secret is not in it.
    """
    path = folder / FILE_NAME
    if environ.get(_SIGNING):
        raise SettingsError(
            f"{_SIGNING} is set in the environment, which no command can change.",
            cure="Where it is set, write a new one (32 random letters and digits) before the old "
            "one, with a comma between.",
        )
    if not _holds_secret(path):
        raise SettingsError(
            f"There is no {_SIGNING} in {path}.",
            cure="It was written there by `newsletter init`: bring that file back.",
        )
    from dotenv import dotenv_values

    old_value = dotenv_values(path, interpolate=False)[_SIGNING]
    value = f"{randomness.token_urlsafe(32)},{old_value}"
    store_variable(path, _SIGNING, value)
    return len(read_secrets({_SIGNING: value}).signing)


def store_desk_password(folder: Path, environ: Mapping[str, str], password_hash: str) -> None:
    """Store the hash of the desk's password in `.env`, in place of an older one.

    The file is replaced at once, and other lines stay. Raise SettingsError if the environment
    holds a hash, which would win.
    """
    if environ.get(_DESK_PASSWORD):
        raise SettingsError(
            f"{_DESK_PASSWORD} is set in the environment, which no command can change.",
            cure="Take it out there, so that the one in .env counts.",
        )
    store_variable(folder / FILE_NAME, _DESK_PASSWORD, password_hash)


def store_variable(path: Path, name: str, value: str) -> None:
    """Set a variable in the file, which keeps its mode; a new one is only this user's."""
    import tempfile

    from dotenv import set_key

    path = path.resolve()
    create_private(path)
    # On a full disk dotenv leaves a copy with all secrets behind, and it flushes nothing.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f"{FILE_NAME}-") as folder:
        draft = Path(folder, FILE_NAME)
        draft.write_text(path.read_text("utf-8"), "utf-8")
        set_key(draft, name, value, quote_mode="auto")
        replace_file(path, draft.read_text("utf-8"))
