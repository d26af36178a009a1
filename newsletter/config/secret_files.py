"""Secrets that lie in files: Docker's secrets and systemd's credentials.

Where `SENDGRID_API_KEY_FILE` names a file, what the file holds is `SENDGRID_API_KEY`. An
environment is shown by `docker inspect` and inherited by every child; a file is not.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path

from newsletter.config.secrets import NAMES
from newsletter.errors import SettingsError

_SUFFIX = "_FILE"
# A key for webhooks has some hundred characters.
_MOST_BYTES = 64 * 1024


def take_secret_files(environ: MutableMapping[str, str]) -> None:
    """Replace each `NAME_FILE` in an environment by `NAME`, with what its file holds.

    Raise SettingsError for a file that cannot be read or is empty, and for a secret that is there
    twice.
    """
    for name in NAMES:
        variable = name + _SUFFIX
        path = environ.get(variable, "")
        if not path:
            continue
        if environ.get(name):
            raise SettingsError(
                f"Both {name} and {variable} are set, and only one can count.",
                cure=f"Take {name} out of the environment, so that the file counts.",
            )
        environ[name] = _read_secret(variable, Path(path))
        # Programs that this one starts have the same environment, and would find it twice.
        del environ[variable]


def _read_secret(variable: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            value = file.read(_MOST_BYTES).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SettingsError(
            f"{variable} names {path}, which cannot be read: {reason}.",
            cure="Correct the name, or let the user who runs this program read the file.",
        ) from error
    if not value:
        raise SettingsError(
            f"{variable} names {path}, which is empty.",
            cure="Write the secret into it, or take the variable out of the environment.",
        )
    return value
