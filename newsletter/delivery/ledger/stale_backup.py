"""Detect that the database was restored from a stale backup, and block all sending.

The only symptom is a webhook event for a delivery that carries our signature but is missing from
the ledger. Readers who got an issue after the backup would get it again, and nothing here could
tell who they are.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac

from sqlalchemy import Connection

from newsletter.errors import StaleBackup
from newsletter.sender.mailers.sendgrid.webhook import Event
from newsletter.storage import issues
from newsletter.storage.ledger import events


def origins(secrets: tuple[str, ...]) -> tuple[str, ...]:
    """Return the signatures that this newsletter's messages carry, one for each of its secrets.

    They set them apart from messages of other programs that use the same SendGrid account. The
    signature is an HMAC and reveals nothing about the secret.
    """
    return tuple(
        hmac.new(secret.encode(), b"happy trails: origin", hashlib.sha256).hexdigest()[:16]
        for secret in secrets
    )


def is_missing_delivery(event: Event, secrets: tuple[str, ...]) -> bool:
    """Whether an event without a batch is about an issue's delivery by this newsletter."""
    names_delivery = bool(event.attempt_id and event.issue_key) and event.subscriber_id > 0
    return names_delivery and event.origin in origins(secrets)


def stop_all_issues(connection: Connection, event: Event, now: dt.datetime) -> None:
    """Store the missing issue and stop every issue in delivery, once for each missing issue."""
    if events.add_missing_issue(connection, event.issue_key, now):
        for issue in issues.issues_in_delivery(connection):
            issues.set_status(connection, issue.id, "stopped")


def require_current_database(connection: Connection) -> None:
    """Raise StaleBackup if deliveries are missing and the author has not acknowledged it."""
    missing = events.missing_issues(connection)
    if missing:
        raise StaleBackup(
            f"SendGrid tells of deliveries of {', '.join(missing)} that the database knows "
            "nothing of: an older backup of it was put back. Nothing is sent.",
            cure="Put the newer database back; or, where that is lost, "
            f"{_resume_command(connection)} goes on, and some may get an issue twice. Does a copy "
            "of this newsletter send as well? It needs a NEWSLETTER_SECRET of its own.",
        )


def stale_backup_warning(connection: Connection) -> str:
    """Return the same as a sentence, "" if nothing is missing."""
    try:
        require_current_database(connection)
    except StaleBackup as error:
        return str(error)
    return ""


def acknowledge(connection: Connection) -> bool:
    """Accept that deliveries stay missing, so that sending may go on; False if none are."""
    return events.acknowledge_missing(connection)


def _resume_command(connection: Connection) -> str:
    """Return the command that resumes: of the issue in delivery, else of the newest draft."""
    open_issues = [issue for issue in issues.all_issues(connection) if issue.status in issues.OPEN]
    issue = max(
        open_issues, key=lambda issue: (issue.frozen_at is not None, issue.number), default=None
    )
    return f"`newsletter resume {issue.number if issue else 'next'}`"
