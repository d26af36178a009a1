"""Refuse a database that has vanished: only a few commands may make a new one.

An empty database in its place would look like a newsletter without readers and posts: `run` would
send nothing for weeks, and new readers would get the links of those who were lost.
"""

from __future__ import annotations

from pathlib import Path

from newsletter.errors import DatabaseMissing

_DEFAULT_FILE = "newsletter.db"
_PUT_BACK = (
    "Put it back from your latest copy, or give its address under [database] in newsletter.toml. "
    "Nothing was changed. If it is lost for good, `newsletter init` in another folder begins anew."
)


def require_file(path: Path) -> None:
    """Raise DatabaseMissing if a SQLite database is not there or holds no byte."""
    try:
        size = path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        raise DatabaseMissing(
            f"{path.name} is gone from {path.parent}: it holds your readers, and the memory of "
            "what went out to whom.",
            cure=_PUT_BACK,
        ) from None
    if size == 0:
        raise DatabaseMissing(
            f"{path.name} in {path.parent} is empty: your readers, and the memory of what went "
            "out to whom, are not in it.",
            cure=_PUT_BACK,
        )


def missing_tables_error(folder: Path, *, server: bool) -> DatabaseMissing:
    """Return the error for a database without tables; `server` if it is not a file."""
    beside = folder / _DEFAULT_FILE
    if server and beside.is_file() and beside.stat().st_size:
        return DatabaseMissing(
            f"The database of [database] url, or of NEWSLETTER_DATABASE_URL, is empty, and "
            f"{_DEFAULT_FILE} beside the settings is not.",
            cure='To go on as before, set url = "sqlite:///newsletter.db" and unset the '
            "variable. Nothing was changed.",
        )
    if server:
        return DatabaseMissing(
            "The database of [database] url, or of NEWSLETTER_DATABASE_URL, holds no newsletter.",
            cure="See that the address names the right one. To begin a newsletter on it, set "
            "NEWSLETTER_DATABASE_URL and call `newsletter init` in a new folder.",
        )
    return DatabaseMissing("The database holds no newsletter.", cure=_PUT_BACK)
