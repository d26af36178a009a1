"""Confirm what the link of a message asks: a sign-up (double opt-in) or a change of address."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Literal

from newsletter.context import Context
from newsletter.storage.database.engine import snapshot, transaction
from subscribers import storage as people
from subscribers.errors import BadToken
from subscribers.lifecycle import truncate_ip
from subscribers.models import Subscriber
from subscribers.storage import double_opt_in, mail_queue
from subscribers.tokens import Question, read_question, sign_token

ConfirmationState = Literal["open", "done", "too late"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationStatus:
    """The state of the question that a link answers."""

    question: Question
    #: open: not answered yet. done: confirmed. too late: expired, replaced or withdrawn.
    state: ConfirmationState
    #: The token of the reader's preferences page once confirmed, else "".
    preferences: str = ""


def confirmation_status(context: Context, token: str) -> ConfirmationStatus:
    """Return the state of the question. Changes nothing. Raise BadToken."""
    secrets = context.secrets.require_signing()
    question, link, stamp = _read_token(token, secrets)
    now = context.clock()
    with snapshot(context.engine) as connection:
        person = people.find_by_link(connection, link)
        if person is None:
            return ConfirmationStatus(question=question, state="too late")
        if question == "move":
            address = double_opt_in.requested_address(connection, person.id, stamp, at=now)
            is_open = bool(address) and person.status == "active"
            state: ConfirmationState = "open" if is_open else "too late"
        else:
            state = _sign_up_state(person, stamp, now)
    return _status(question, state, person, secrets)


def confirm(context: Context, token: str, *, ip: str) -> ConfirmationStatus:
    """Answer the question with yes. Idempotent. Raise BadToken.

    A new reader is sent the newest issue if the author wants that.
    """
    secrets = context.secrets.require_signing()
    question, link, stamp = _read_token(token, secrets)
    at, network = context.clock(), truncate_ip(ip)
    with transaction(context.engine) as connection:
        person = people.find_by_link(connection, link)
        if person is None:
            return ConfirmationStatus(question=question, state="too late")
        if question == "move":
            reader_id = double_opt_in.confirm_change(
                connection, person.id, stamp, at=at, ip=network, secrets=secrets
            )
            reader = people.find_by_id(connection, reader_id) if reader_id else None
            return _status(question, "done" if reader else "too late", reader or person, secrets)
        outcome = double_opt_in.confirm(
            connection,
            person.id,
            stamp,
            at=at,
            ip=network,
            secrets=secrets,
            note_wish=partial(context.journal.record_wish, at=at),
        )
        if outcome == "confirmed" and context.settings.site.welcome:
            mail_queue.enqueue(connection, "welcome", person.id, now=context.real_clock())
    state: ConfirmationState = "too late" if outcome == "too late" else "done"
    return _status(question, state, person, secrets)


def _read_token(token: str, secrets: tuple[str, ...]) -> tuple[Question, str, int]:
    try:
        return ("confirm", *read_question("confirm", token, secrets))
    except BadToken:
        return ("move", *read_question("move", token, secrets))


def _sign_up_state(person: Subscriber, stamp: int, now: dt.datetime) -> ConfirmationState:
    asked_at = person.asked_at
    if asked_at is None or int(asked_at.timestamp()) != stamp:
        return "too late"
    if person.status == "active":
        return "done"
    in_time = now - asked_at <= double_opt_in.CONFIRM_WITHIN
    return "open" if person.status == "pending" and in_time else "too late"


def _status(
    question: Question, state: ConfirmationState, person: Subscriber, secrets: tuple[str, ...]
) -> ConfirmationStatus:
    if state != "done":
        return ConfirmationStatus(question=question, state=state)
    preferences = sign_token("preferences", person.link_id, secrets)
    return ConfirmationStatus(question=question, state=state, preferences=preferences)
