"""Detect that the database was restored from a stale backup, and block all sending.

The signs of it lie outside the database: a freeze or claim in the journal, or in its second file
in the user's state directory, and a webhook event for a delivery that carries our signature. If
the database knows nothing of it, readers got an issue that they would get again, and nothing here
could tell who they are.

A SQLite newsletter that comes to another machine blocks sending as well until the author was asked
once, because the machine before may still send from its own copy.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from newsletter.errors import StaleBackup
from newsletter.models.delivery_state import IN_DELIVERY
from newsletter.storage import identity, issues
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.journal import Journal, JournalDelivery
from newsletter.storage.ledger import deliveries, events

if TYPE_CHECKING:
    # Every command opens a newsletter and comes here: cryptography would make it wait.
    from newsletter.sender.mailers.sendgrid.webhook import Event


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
    _add_missing(connection, JournalDelivery(issue_key=event.issue_key), now)


def detect_stale_database(
    engine: Engine, journal: Journal, *, machine: str, now: dt.datetime
) -> None:
    """Compare the database with the journal and the machine; store what contradicts it.

    `machine` is this machine's mark, "" if that is not known or does not matter, as with
    PostgreSQL. Every issue in delivery is stopped when deliveries are missing. Raise StorageError.
    """
    newest = journal.newest_deliveries()
    with snapshot(engine) as connection:
        is_current = all(_is_known(connection, delivery) for delivery in newest)
        is_settled = events.other_machine(connection) == _unasked_machine(connection, machine)
    if is_current and is_settled:
        return
    with transaction(engine) as connection:
        for delivery in newest:
            if not _is_known(connection, delivery):
                _add_missing(connection, delivery, now)
        events.clear_other_machine(connection)
        if unasked := _unasked_machine(connection, machine):
            events.set_other_machine(connection, unasked, now)


def missing_deliveries(connection: Connection, journal: Journal) -> tuple[str, ...]:
    """Return the keys of the issues of which the journal knows more than the database."""
    newest = journal.newest_deliveries()
    keys = [d.issue_key for d in newest if not _is_known(connection, d)]
    return tuple(dict.fromkeys(keys))


def remember_machine(connection: Connection, machine: str) -> None:
    """Store that an issue is delivered from this machine."""
    if machine and identity.read_identity(connection).machine != machine:
        identity.set_machine(connection, machine)


def _is_known(connection: Connection, delivery: JournalDelivery) -> bool:
    """Whether the database holds this freeze or claim, or the author knows that it does not."""
    if events.is_missing_stored(connection, delivery.issue_key, delivery.attempt_id):
        return True
    if not delivery.attempt_id:
        return issues.is_frozen(connection, delivery.issue_key)
    return deliveries.batch_of_attempt(connection, delivery.attempt_id) is not None


def _unasked_machine(connection: Connection, machine: str) -> str:
    """Return this machine if the newsletter was last sent from another one, else ""."""
    known = identity.read_identity(connection).machine
    return machine if known not in ("", machine) else ""


def _add_missing(connection: Connection, delivery: JournalDelivery, now: dt.datetime) -> None:
    is_news = events.add_missing_issue(
        connection, delivery.issue_key, now, attempt_id=delivery.attempt_id
    )
    if is_news:
        for issue in issues.issues_in_delivery(connection):
            issues.set_status(connection, issue.id, "stopped")


def require_current_database(connection: Connection) -> None:
    """Raise StaleBackup if deliveries are missing, or the newsletter came to another machine.

    Nothing once the author has acknowledged it.
    """
    missing = events.missing_issues(connection)
    if missing:
        raise StaleBackup(
            f"Deliveries of {', '.join(missing)} went out that the database knows nothing of: an "
            "older backup of it was put back. Nothing is sent.",
            cure="Put the newer database back; or, where that is lost, "
            f"{_resume_command(connection)} goes on, and some may get an issue twice. Does a copy "
            "of this newsletter send as well? It needs a NEWSLETTER_SECRET of its own.",
        )
    if events.other_machine(connection):
        raise StaleBackup(
            "This newsletter was last sent from another machine. If it still runs there, your "
            "readers would get each issue from both. Nothing is sent.",
            cure="Take it out of the other machine's timer, and see that this is its newest copy; "
            f"then {_resume_command(connection)} goes on here. This is asked once.",
        )


def stale_backup_warning(connection: Connection) -> str:
    """Return the same as a sentence, "" if nothing blocks sending."""
    try:
        require_current_database(connection)
    except StaleBackup as error:
        return str(error)
    return ""


def acknowledge(connection: Connection) -> bool:
    """Accept that deliveries stay missing, and the machine; False if nothing blocks sending."""
    machine = events.other_machine(connection)
    if machine:
        identity.set_machine(connection, machine)
        events.clear_other_machine(connection)
    return events.acknowledge_missing(connection) or bool(machine)


def _resume_command(connection: Connection) -> str:
    """Return the command that resumes: of the issue in delivery, else of the newest draft."""
    going_on = (*issues.OPEN, *IN_DELIVERY)
    unsent = [issue for issue in issues.all_issues(connection) if issue.status in going_on]
    issue = max(unsent, key=lambda issue: (issue.frozen_at is not None, issue.number), default=None)
    return f"`newsletter resume {issue.number if issue else 'next'}`"
