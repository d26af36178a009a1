"""What the link of a confirmation message does: joining, or a change of address."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from newsletter.context import Context
from newsletter.storage.database.engine import snapshot, transaction
from subscribers import storage as people
from subscribers.consent import truncate_ip
from subscribers.errors import BadToken
from subscribers.models import Subscriber
from subscribers.storage import address_change, double_opt_in, mail_queue
from subscribers.tokens import Question, read_question, sign_token

State = Literal["open", "done", "too late"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationStatus:
    """How it stands with the question a link answers.

    open: it waits for the answer. done: it was answered with yes. `preferences` is the
    token of the reader's own page, "" as long as the answer is open or too late.
    """

    question: Question
    state: State
    preferences: str = ""


def confirmation_status(context: Context, link: str) -> ConfirmationStatus:
    """How it stands with the question. Changes nothing. Raises BadToken for a forged link."""
    question, subscriber_id, stamp = _read(context, link)
    now = context.clock()
    with snapshot(context.engine) as connection:
        person = people.find_by_id(connection, subscriber_id)
        if question == "move":
            address = address_change.requested_address(connection, subscriber_id, stamp, at=now)
            state: State = "open" if address and _is(person, "active") else "too late"
        else:
            state = _state(person, stamp, now)
    return _standing(context, question, state, subscriber_id)


def answer(context: Context, link: str, *, ip: str) -> ConfirmationStatus:
    """Says yes to the question, once and for all. Raises BadToken for a forged link.

    Whoever has just joined gets the newest issue soon, where the author wants that.
    """
    question, subscriber_id, stamp = _read(context, link)
    at, secrets = context.clock(), context.secrets.require_signing()
    network = truncate_ip(ip)
    with transaction(context.engine) as connection:
        if question == "move":
            reader = address_change.confirm_change(
                connection, subscriber_id, stamp, at=at, ip=network, secrets=secrets
            )
            return _standing(context, question, "done" if reader else "too late", reader)
        found = double_opt_in.confirm(
            connection, subscriber_id, stamp, at=at, ip=network, secrets=secrets
        )
        if found == "confirmed" and context.settings.site.welcome:
            mail_queue.enqueue(connection, "welcome", subscriber_id, now=context.real_clock())
    return _standing(
        context, question, "too late" if found == "too late" else "done", subscriber_id
    )


def _read(context: Context, link: str) -> tuple[Question, int, int]:
    secrets = context.secrets.require_signing()
    try:
        return ("confirm", *read_question("confirm", link, secrets))
    except BadToken:
        return ("move", *read_question("move", link, secrets))


def _state(person: Subscriber | None, stamp: int, now: dt.datetime) -> State:
    asked_at = person.asked_at if person else None
    if person is None or asked_at is None or int(asked_at.timestamp()) != stamp:
        return "too late"
    if _is(person, "active"):
        return "done"
    in_time = now - asked_at <= double_opt_in.CONFIRM_WITHIN
    return "open" if _is(person, "pending") and in_time else "too late"


def _is(person: Subscriber | None, status: str) -> bool:
    return person is not None and person.status == status


def _standing(
    context: Context, question: Question, state: State, subscriber_id: int
) -> ConfirmationStatus:
    if state != "done":
        return ConfirmationStatus(question=question, state=state)
    secrets = context.secrets.require_signing()
    return ConfirmationStatus(
        question=question,
        state=state,
        preferences=sign_token("preferences", subscriber_id, secrets),
    )
