"""Which outbox a batch was written to, where several machines share one database.

Whether a message is in an outbox can only be seen where that folder is.
"""

from __future__ import annotations

import uuid
from contextlib import suppress

from newsletter.context import Context
from newsletter.storage.database.postgresql import is_postgresql

_NAME = ".place"


def outbox_place(context: Context) -> str:
    """The name of this outbox, kept in its folder; "" where it is the only one there is.

    A SQLite database is one machine's, as its outbox is; other mailers have none.
    """
    if context.settings.sender.mailer != "outbox" or not is_postgresql(context.engine):
        return ""
    path = context.folder / context.settings.sender.outbox.folder / _NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    # Of two that begin at once, one names it.
    with suppress(FileExistsError), path.open("x", encoding="ascii") as file:
        file.write(uuid.uuid4().hex)
    return path.read_text("ascii")
