"""Sign-ups from the public form: queued alike for everybody, processed in the background.

submit_sign_up (rate limit) ──▶ queue ──process_sign_ups──▶ double opt-in ──▶ mail queue
                                                            └─ change of address ─┘
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.config.settings import Settings
from newsletter.context import Context, NewsletterConfig
from newsletter.errors import UsageError
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.subscriptions.transactional_mail import send_due_mail
from subscribers import storage as people
from subscribers.lifecycle import hash_wording, truncate_ip
from subscribers.models import MailKind, SignUp, Subscriber
from subscribers.preferences import normalise_choices
from subscribers.rate_limit import SignUpLimits, is_role_address, is_within_limits
from subscribers.storage import double_opt_in, mail_queue, sign_up_queue
from subscribers.storage.sign_up_queue import Admission

_LOG = logging.getLogger(__name__)

_NOTICE_FOR = dt.timedelta(days=1)
_RECORD_EVERY = dt.timedelta(minutes=1)


def consent_wording(settings: Settings) -> str:
    """Return the consent text above the button; its hash goes into the consent log."""
    # A letter to the mailbox has to be sent as well.
    ends = "ends it" if settings.site.unsubscribe == "mailto" else "ends it with one click"
    return (
        f"By pressing the button you ask for {settings.newsletter.title} by email. Every message "
        f"has a link that {ends}, and your address is used for nothing else."
    )


def submit_sign_up(context: Context, sign_up: SignUp, *, ip: str, mover_id: int = 0) -> Admission:
    """Queue a request from a visitor with this IP address, if the rate limit lets it in.

    The list is not read, so the answer does not reveal who is on it. `mover_id` is the
    subscriber who wants to change to `sign_up.address`, 0 for a sign-up. Raise
    InvalidAddress, InvalidPreference, and UsageError for a role address (postmaster@).
    """
    wording = consent_wording(context.settings)
    sign_up = replace(normalise_choices(sign_up), wording=hash_wording(wording), ip=truncate_ip(ip))
    if is_role_address(sign_up.address):
        raise UsageError(
            f"{sign_up.address.partition('@')[0]}@ is the address of a task, not of a person.",
            cure="Please use an address of your own.",
        )
    now, secret = context.real_clock(), context.secrets.require_signing()[0]
    limits = _limits(context.settings)
    with snapshot(context.engine) as connection:
        # In a flood most requests are refused without a write; one a minute records it.
        admission = sign_up_queue.check_limits(
            connection, ip, now=now, secret=secret, limits=limits
        )
        is_recorded = admission == "site limit" and sign_up_queue.last_closed(
            connection, now - _RECORD_EVERY
        )
    if admission == "network limit" or is_recorded:
        return admission
    with transaction(context.engine) as connection:
        return sign_up_queue.enqueue(
            connection, sign_up, ip, now=now, secret=secret, limits=limits, mover_id=mover_id
        )


def queue_return(
    connection: Connection,
    person: Subscriber,
    settings: Settings,
    *,
    secret: str,
    now: dt.datetime,
) -> Admission:
    """Queue a sign-up of somebody who wishes to return by SendGrid's own page.

    They get the message that asks to confirm, as after the form on the site.
    """
    return sign_up_queue.enqueue(
        connection,
        SignUp(address=person.address),
        "",
        now=now,
        secret=secret,
        limits=_limits(settings),
    )


def process_sign_ups(context: Context) -> int:
    """Process the queued requests and send the mail that is due; return how many were sent.

    Any number of processes may call this at the same time.
    """
    limits, secrets = _limits(context.settings), context.secrets.require_signing()
    while True:
        with snapshot(context.engine) as connection:
            waiting = sign_up_queue.oldest_waiting(connection)
        if waiting is None:
            return send_due_mail(context)
        request_id, address = waiting
        # A DNS query: neither the visitor nor a transaction may wait for it.
        domain = address.rpartition("@")[2]
        takes_mail = context.takes_mail(domain)
        if not takes_mail:
            _LOG.warning(
                "Nobody takes mail for %s: who signed up from there was not written to", domain
            )
        with transaction(context.engine) as connection:
            claimed = sign_up_queue.claim(connection, request_id)
            if claimed is None or not takes_mail:
                continue
            at, now = context.clock(), context.real_clock()
            required = _carry_out(
                connection, *claimed, at=at, now=now, limits=limits, secrets=secrets
            )
            if required is not None:
                kind, subscriber_id = required
                context.journal.record_people(people.highest_number(connection), at=now)
                mail_queue.enqueue(connection, kind, subscriber_id, now=now)
                sign_up_queue.record_mail(connection, request_id, kind)


def expire_unconfirmed(context: Context) -> int:
    """Expire what was not confirmed in time, and the counts of the rate limit.

    Return how many sign-ups and changes of address expired.
    """
    with transaction(context.engine) as connection:
        sign_up_queue.delete_expired(connection, now=context.real_clock())
        at = context.clock()
        return double_opt_in.expire_pending(
            connection, at=at
        ) + double_opt_in.expire_address_changes(connection, at=at)


def sign_up_limit_notice(connection: Connection, config: NewsletterConfig, at: dt.datetime) -> str:
    """Return a sentence if the site's rate limit was exceeded within a day, else "".

    `at` is the time by the real clock.
    """
    when = sign_up_queue.last_closed(connection, at - _NOTICE_FOR)
    if when is None:
        return ""
    return (
        f"More than {_limits(config.settings).all_hour} people an hour tried to sign up, last at "
        f"{when.astimezone(config.zone):%Y-%m-%d %H:%M}, and the form was closed for a while. "
        "If you are just popular, raise sign_ups_per_hour under [site]."
    )


def _limits(settings: Settings) -> SignUpLimits:
    return SignUpLimits(all_hour=settings.site.sign_ups_per_hour)


def _carry_out(
    connection: Connection,
    sign_up: SignUp,
    mover_id: int,
    *,
    at: dt.datetime,
    now: dt.datetime,
    limits: SignUpLimits,
    secrets: tuple[str, ...],
) -> tuple[MailKind, int] | None:
    """Carry out a request; return the kind of message it calls for, and its subscriber."""
    address = sign_up.address
    earlier = sign_up_queue.recent_mail(connection, address, now=now, secret=secrets[0])
    if mover_id:
        if not is_within_limits("move", earlier, now, limits):
            return None
        is_asked = double_opt_in.request_change(
            connection, mover_id, address, at=at, secrets=secrets
        )
        return ("move", mover_id) if is_asked else None
    required = double_opt_in.required_mail(connection, address, secrets)
    if required is None or not is_within_limits(required[0], earlier, now, limits):
        return None
    kind, known = required
    if kind == "already":
        return (kind, known.id) if known else None
    person = double_opt_in.request_subscription(connection, known, sign_up, at=at)
    return kind, person.id
