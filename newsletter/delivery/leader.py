"""The machine that leads a delivery: offer batches to other machines, and wait for them.

Settings and secrets are files, and each machine has its own copy. The leader stores a
fingerprint of its copy, and a worker whose fingerprint differs refuses to take part: it would
send other messages.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine

from newsletter.addressing.envelope import salutation
from newsletter.composer.phrase_files import load_phrases
from newsletter.config.secrets import Secrets
from newsletter.config.settings import Settings
from newsletter.context import Context, NewsletterConfig
from newsletter.delivery.known_secret import SECRET, hash_secret
from newsletter.delivery.ledger.lease_holder import is_dead
from newsletter.errors import SettingsError, StorageError
from newsletter.models import Issue
from newsletter.models.delivery_state import IN_DELIVERY
from newsletter.sender.job_queue import JobQueue, is_installed, job_schema
from newsletter.storage import issues
from newsletter.storage.database.engine import retry_transaction, snapshot, transaction
from newsletter.storage.database.migrate import add_schema
from newsletter.storage.database.postgresql import connect_arguments, is_postgresql
from newsletter.storage.ledger import batches, machines, unknown_batches
from newsletter.storage.ledger.batches import EVERYTHING, BatchShare

# Jobs are large enough to pay for their overhead, and enough for all machines to end together.
_MAX_BATCHES_PER_JOB = 32
_MIN_JOBS = 16
# Seconds between two looks at what other machines have in flight.
_POLL_INTERVAL = 0.5


@contextmanager
def share_batches(context: Context, issue: Issue) -> Iterator[BatchShare]:
    """Offer the issue's batches to workers for as long as this lasts; yield our own share.

    Our share is every batch, claimed from the end: without a worker this process sends them all.
    """
    engine = context.engine
    with transaction(engine) as connection:
        fingerprint = config_fingerprint(context.config, context.secrets)
        machines.save_fingerprint(connection, issue.id, fingerprint)
    planned: tuple[int, ...] = ()
    if _can_share(engine, context.settings):
        with snapshot(engine) as connection:
            planned = batches.planned_ids(connection, issue.id, context.clock())
    if len(planned) < 2:  # noqa: PLR2004  # one batch cannot be shared
        yield EVERYTHING
        return
    queue = open_queue(engine)
    queue.replace_jobs(issue.id, split_batches(planned), after=planned[-1])
    try:
        yield BatchShare(backwards_from=planned[-1])
    finally:
        with suppress(StorageError):  # a job that stays finds no batch to claim
            queue.cancel_jobs(issue.id)


def wait_for_others(
    engine: Engine,
    issue: Issue,
    should_stop: Callable[[], bool],
    *,
    clock: Callable[[], dt.datetime],
    real_clock: Callable[[], dt.datetime],
    wait: Callable[[float], None],
) -> bool:
    """Wait for the batches that other machines have in flight, or until `should_stop`.

    Return whether planned batches may remain, as after the death of a worker. A dead worker on
    this machine is detected at once, one on another machine when its lease expires.
    """

    def read_progress(connection: Connection) -> tuple[bool, int, bool]:
        unknown_batches.expire_leases(
            connection, issue.id, at=real_clock(), is_dead=is_dead, now=clock()
        )
        return (
            batches.is_planned(connection, issue.id, clock()),
            batches.count_in_flight(connection, issue.id),
            issues.status_of(connection, issue.id) in IN_DELIVERY,
        )

    has_waited = False
    while is_postgresql(engine) and not should_stop():
        is_planned, in_flight, may_go_on = retry_transaction(engine, read_progress)
        if is_planned and may_go_on:
            return True
        if not in_flight:
            return has_waited and may_go_on
        has_waited = True
        wait(_POLL_INTERVAL)
    return False


def open_queue(engine: Engine) -> JobQueue:
    """Return the job queue; create its tables if they do not exist."""
    add_schema(engine, *job_schema())
    return JobQueue(connect_arguments(engine))


def split_batches(planned: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Split batches into jobs: small enough for many machines, few enough to be offered."""
    size = max(1, min(_MAX_BATCHES_PER_JOB, len(planned) // _MIN_JOBS))
    return tuple(planned[start : start + size] for start in range(0, len(planned), size))


def config_fingerprint(config: NewsletterConfig, secrets: Secrets) -> dict[str, str]:
    """Return the settings that decide what is sent, by the names the author knows."""
    newsletter, sender = config.settings.newsletter, config.settings.sender
    words = load_phrases(newsletter.language, config.email_templates)
    return {
        SECRET: hash_secret(secrets.require_signing()[0]),
        "title": newsletter.title,
        "from": newsletter.from_,
        "reply_to": newsletter.reply_to,
        "list_id": newsletter.list_id,
        "salutation": newsletter.salutation,
        "salutation_nameless": salutation("", newsletter, words),
        "[site] url": config.site_url,
        "[site] unsubscribe": config.settings.site.unsubscribe,
        "unsubscribe_group": str(sender.sendgrid.unsubscribe_group),
        "[mailbox] address": config.settings.mailbox.address,
        "mailer": sender.mailer,
        "[sender.smtp] envelope_from": sender.smtp.envelope_from,
        "rate_per_minute": str(sender.rate_per_minute),
        "on_unknown": sender.on_unknown,
    }


def require_same_config(
    config: NewsletterConfig, secrets: Secrets, fingerprint: Mapping[str, str]
) -> None:
    """Raise SettingsError that names the settings in which the leader's fingerprint differs."""
    ours = config_fingerprint(config, secrets)
    differing = [name for name, value in fingerprint.items() if ours.get(name, value) != value]
    if differing:
        raise SettingsError(
            f"This machine is not set up as the one that sends: {', '.join(differing)} "
            f"{'differs' if len(differing) == 1 else 'differ'}.",
            cure="Copy newsletter.toml and .env from there, then start the worker again.",
        )


def _can_share(engine: Engine, settings: Settings) -> bool:
    """Whether other machines can take part. An outbox is a folder on this one."""
    return is_postgresql(engine) and settings.sender.mailer != "outbox" and is_installed()
