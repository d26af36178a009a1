"""The address of the database: which one counts, and how it is written down after a move.

An address with a password belongs into `.env`, which only this user may read. Comments and order
of newsletter.toml stay.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from newsletter.config.load import decode_toml, load_settings
from newsletter.config.secrets import FILE_NAME as ENV_NAME
from newsletter.config.secrets import load_environment, store_variable
from newsletter.config.settings import FILE_NAME
from newsletter.config.text_files import replace_file
from newsletter.errors import SettingsError

_VARIABLE = "NEWSLETTER_DATABASE_URL"


def read_database_url(folder: Path, environ: Mapping[str, str]) -> str:
    """Return the address that counts. Raise SettingsError."""
    env = load_environment(folder, environ)
    return env.get(_VARIABLE) or load_settings(folder).database.url


def write_database_url(folder: Path, environ: Mapping[str, str], url: str) -> str:
    """Write the address where the one that counts stands; return a sentence that says where.

    Raise SettingsError if newsletter.toml cannot be changed safely.
    """
    if environ.get(_VARIABLE):
        return f"Now set {_VARIABLE} to the new address, where it is set in the environment."
    if load_environment(folder, environ).get(_VARIABLE) or _has_password(url):
        store_variable(folder / ENV_NAME, _VARIABLE, url)
        return f"{_VARIABLE} in .env names it now."
    path = (folder / FILE_NAME).resolve()
    replace_file(path, _with_url(path.read_bytes(), url).decode())
    return f"[database] url in {FILE_NAME} names it now."


def without_database_password(octets: bytes) -> bytes:
    """Return newsletter.toml without the password in the database's address."""
    url = tomllib.loads(decode_toml(octets)).get("database", {}).get("url", "")
    if not isinstance(url, str) or not _has_password(url):
        return octets
    before, _, host = url.rpartition("@")
    return _with_url(octets, f"{before.rpartition(':')[0]}@{host}")


def _has_password(url: str) -> bool:
    return bool(urlsplit(url).password)


def _with_url(octets: bytes, url: str) -> bytes:
    """Return the file with another `[database] url`, and nothing else changed."""
    import tomlkit

    text = octets.decode("utf-8-sig")
    document = tomlkit.parse(text)
    if "database" not in document:
        document["database"] = tomlkit.table()
    document["database"]["url"] = url
    changed = tomlkit.dumps(document)
    expected = tomllib.loads(text)
    expected["database"] = {**expected.get("database", {}), "url": url}
    if tomllib.loads(changed) != expected:
        raise SettingsError(
            f"{FILE_NAME} is written in a way that cannot be changed safely from here.",
            cure=f'Set url = "{url}" below [database] by hand.',
        )
    return changed.encode()
