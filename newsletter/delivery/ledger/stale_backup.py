"""Notices that an older backup of the database was put back, and holds every issue then.

An event of a delivery of ours that the database knows nothing of is the only sign of it.
What was sent after the backup would be sent again, and nobody here could tell to whom.
"""

from __future__ import annotations

import hashlib
import hmac

from sqlalchemy import Connection

from newsletter.context import Context
from newsletter.errors import StaleBackup
from newsletter.sender.mailers.sendgrid.webhook import Event
from newsletter.storage import issues
from newsletter.storage.ledger.stale_backup import add_missing_issue, missing_issues


def origins(secrets: tuple[str, ...]) -> tuple[str, ...]:
    """How deliveries of this newsletter's issues are marked, by each of its secrets.

    Other programs may send over the same account. The mark tells nothing of the secret.
    """
    return tuple(
        hmac.new(one.encode(), b"happy trails: origin", hashlib.sha256).hexdigest()[:16]
        for one in secrets
    )


def is_missing_delivery(context: Context, of_no_batch: Event) -> bool:
    """Whether it is of an issue's delivery to a reader that this newsletter once made."""
    one = of_no_batch
    about_a_delivery = bool(one.attempt_id and one.issue_key) and one.subscriber_id > 0
    return about_a_delivery and one.origin in origins(context.secrets.signing)


def stop_all_issues(context: Context, connection: Connection, sign: Event) -> None:
    """Remembers the sign and stops what is under way, once for each issue that is missing."""
    now = context.clock()
    if add_missing_issue(connection, sign.issue_key, now):
        for issue in issues.unfinished(connection):
            issues.set_status(connection, issue.id, "stopped")


def require_current_database(connection: Connection) -> None:
    """Raises OlderBackup where one was put back and nobody has borne that yet."""
    missing = missing_issues(connection)
    if missing:
        raise StaleBackup(
            f"SendGrid tells of deliveries of {', '.join(missing)} that the database knows "
            "nothing of: an older backup of it was put back. Nothing is sent.",
            cure="Put the newer database back; or, where that is lost, "
            f"{_way_on(connection)} goes on, and some may get an issue twice. Does a copy of "
            "this newsletter send as well? It needs a NEWSLETTER_SECRET of its own.",
        )


def stale_backup_warning(connection: Connection) -> str:
    """The same in a line, "" where all is well."""
    try:
        require_current_database(connection)
    except StaleBackup as error:
        return str(error)
    return ""


def _way_on(connection: Connection) -> str:
    """The command that lets an issue go on: the one under way, else the newest draft."""
    waiting = [one for one in issues.all_issues(connection) if one.status in issues.OPEN]
    first = max(waiting, key=lambda one: (one.frozen_at is not None, one.number), default=None)
    name = first.number if first else "next"
    return f"`newsletter resume {name}`"
