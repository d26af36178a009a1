"""One person's messages out of the outbox: issues, confirmations, test copies, rehearsals."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from urllib.parse import unquote

from newsletter.sender.mailers.outbox.mailer import file_name

_ENDING = ".eml"


def erase_files(folder: Path, addresses: Collection[str], subscriber_id: int | None) -> int:
    """Deletes every message to one of these addresses, however capitalised; how many.

    Half-written ones to the subscriber count too.
    """
    wanted = {address.lower() for address in addresses}
    digests = {file_name(address) for address in addresses}
    half = f".{subscriber_id}.part"
    deleted = 0
    for where, _, names in os.walk(folder):
        for name in names:
            whole = name.endswith(_ENDING) and (
                name in digests or unquote(name.removesuffix(_ENDING)).lower() in wanted
            )
            if whole or (subscriber_id is not None and name.endswith(half)):
                (Path(where) / name).unlink(missing_ok=True)
                deleted += 1
    return deleted
