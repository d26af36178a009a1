"""Sign-ups by the public form: taken in alike for everybody, worked off behind the scenes."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.context import Context
from newsletter.errors import UsageError
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.subscriptions.transactional_mail import send_letters
from subscribers.consent import hash_wording, truncate_ip
from subscribers.models import MailKind, SignUp
from subscribers.preferences import normalise_choices
from subscribers.rate_limit import SignUpLimits, is_role_address, is_within_limits
from subscribers.storage import address_change, double_opt_in, mail_queue, sign_up_queue
from subscribers.storage.sign_up_queue import Admission

_LOG = logging.getLogger(__name__)

_SHUT_IS_NEWS = dt.timedelta(days=1)
_NOTED_EVERY = dt.timedelta(minutes=1)


def consent_words(context: Context) -> str:
    """What stands beside the button; its hash goes into the consent log."""
    title = context.settings.newsletter.title
    return (
        f"By pressing the button you ask for {title} by email. Every message has a link that "
        "ends it with one click, and your address is used for nothing else."
    )


def sign_up(context: Context, wish: SignUp, *, ip: str, mover: int = 0) -> Admission:
    """Takes a request in, from a visitor with this IP address.

    It looks at nothing that is known of the address, so that nobody can find out by it who
    is on the list. `mover` is the subscriber who wants to be written to at `wish.address`
    instead, 0 for a new one. Raises InvalidAddress, InvalidPreference, and UsageError for
    an address that belongs to a task.
    """
    wish = replace(
        normalise_choices(wish), wording=hash_wording(consent_words(context)), ip=truncate_ip(ip)
    )
    if is_role_address(wish.address):
        raise UsageError(
            f"{wish.address.partition('@')[0]}@ is the address of a task, not of a person.",
            cure="Please use an address of your own.",
        )
    now, secret, limits = (
        context.real_clock(),
        context.secrets.require_signing()[0],
        _limits(context),
    )
    with snapshot(context.engine) as connection:
        # A flood is turned away without a write, but for a note of it once a minute.
        found = sign_up_queue.check_limits(connection, ip, now=now, secret=secret, limits=limits)
        noted = found == "site limit" and sign_up_queue.last_closed(connection, now - _NOTED_EVERY)
    if found == "network limit" or noted:
        return found
    with transaction(context.engine) as connection:
        return sign_up_queue.enqueue(
            connection, wish, ip, now=now, secret=secret, limits=limits, mover_id=mover
        )


def work_off(context: Context) -> int:
    """Works off the requests that wait and sends the letters that are due.

    Returns how many letters left. Any number of processes may call this at the same time.
    """
    while _one(context):
        pass
    return send_letters(context)


def shut_lately(context: Context) -> str:
    """In words, that the form had to rest within the last day; "" if it had not."""
    with snapshot(context.engine) as connection:
        when = sign_up_queue.last_closed(connection, context.real_clock() - _SHUT_IS_NEWS)
    if when is None:
        return ""
    return (
        f"More than {_limits(context).all_hour} people an hour tried to sign up, last at "
        f"{when.astimezone(context.zone):%Y-%m-%d %H:%M}, and the form was closed for a while. "
        "If you are just popular, raise sign_ups_per_hour under [site]."
    )


def _limits(context: Context) -> SignUpLimits:
    return SignUpLimits(all_hour=context.settings.site.sign_ups_per_hour)


def _one(context: Context) -> bool:
    with snapshot(context.engine) as connection:
        waiting = sign_up_queue.oldest_waiting(connection)
    if waiting is None:
        return False
    request, address = waiting
    # Asks the network, so nobody may have to wait for it: neither the visitor nor a writer.
    domain = address.rpartition("@")[2]
    can_be_written_to = context.takes_mail(domain)
    if not can_be_written_to:
        _LOG.warning(
            "Nobody takes mail for %s: who signed up from there was not written to", domain
        )
    with transaction(context.engine) as connection:
        taken = sign_up_queue.claim(connection, request)
        if taken is None or not can_be_written_to:
            return True
        wish, mover = taken
        letter = _due(context, connection, wish, mover)
        if letter is not None:
            kind, subscriber_id = letter
            mail_queue.enqueue(connection, kind, subscriber_id, now=context.real_clock())
            sign_up_queue.record_mail(connection, request, kind)
    return True


def _due(
    context: Context, connection: Connection, wish: SignUp, mover: int
) -> tuple[MailKind, int] | None:
    """Does what a request asks for; which letter is due then, and to whom."""
    may = _within_limits(context, connection, wish.address)
    secrets = context.secrets.require_signing()
    if mover:
        if not may("move") or not address_change.request_change(
            connection, mover, wish.address, at=context.clock(), secrets=secrets
        ):
            return None
        return "move", mover
    due = double_opt_in.required_mail(connection, wish.address, secrets)
    if due is None or not may(due[0]):
        return None
    kind, known = due
    if kind == "already":
        return (kind, known.id) if known else None
    person = double_opt_in.request_subscription(connection, known, wish, at=context.clock())
    return kind, person.id


def _within_limits(
    context: Context, connection: Connection, address: str
) -> Callable[[MailKind], bool]:
    now = context.real_clock()
    secret = context.secrets.require_signing()[0]
    before = sign_up_queue.recent_mail(connection, address, now=now, secret=secret)
    return lambda kind: is_within_limits(kind, before, now, _limits(context))
