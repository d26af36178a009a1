"""Unsubscribe by the link in a message: one-click (RFC 8058), on the page, or by mail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from newsletter.addressing.recipients import TEST_TOKEN
from newsletter.context import Context
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.database.group_commit import GroupCommit
from subscribers import storage as people
from subscribers.consent import truncate_ip
from subscribers.tokens import read_token

#: The link at the foot of a message, and the one to the reader's own page.
LinkPurpose = Literal["unsubscribe", "preferences"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribeOptions:
    """The choices on the unsubscribe page."""

    #: Whether the link is a proof copy's, which belongs to no reader.
    is_test: bool
    #: Whether the reader could have one issue a month instead.
    may_reduce: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribeResult:
    """The result of an unsubscribe request."""

    #: Whether the link is a proof copy's, which unsubscribes no one.
    is_test: bool = False
    #: Whether this call unsubscribed the reader. A repeated call finds it done.
    changed: bool = False


def verify_link(purpose: LinkPurpose, token: str, secrets: tuple[str, ...]) -> int | None:
    """Return the subscriber's id in a link; None for a proof copy's link. Raise BadToken."""
    if token == TEST_TOKEN:
        return None
    return read_token(purpose, token, secrets)


def unsubscribe_options(context: Context, token: str) -> UnsubscribeOptions:
    """Return what the unsubscribe page offers. Changes nothing. Raise BadToken."""
    reader_id = verify_link("unsubscribe", token, context.secrets.require_signing())
    if context.settings.issue.rhythm == "monthly":
        return UnsubscribeOptions(is_test=reader_id is None, may_reduce=False)
    if reader_id is None:
        return UnsubscribeOptions(is_test=True, may_reduce=True)
    with snapshot(context.engine) as connection:
        person = people.find_by_id(connection, reader_id)
    may_reduce = person is not None and person.status == "active" and person.rhythm != "monthly"
    return UnsubscribeOptions(is_test=False, may_reduce=may_reduce)


def unsubscribe(
    context: Context,
    token: str,
    *,
    source: str,
    purpose: LinkPurpose = "unsubscribe",
    group_commit: GroupCommit | None = None,
) -> UnsubscribeResult:
    """Unsubscribe the reader whose link this is. Idempotent.

    It takes no lock: a reader who leaves while an issue is sent must not wait. `source` goes
    into the consent log. Calls with the same `group_commit` share a commit. Raise BadToken,
    and change nothing then.
    """
    reader_id = verify_link(purpose, token, context.secrets.require_signing())
    if reader_id is None:
        return UnsubscribeResult(is_test=True)
    at = context.clock()
    changed = (group_commit or GroupCommit(context.engine)).write(
        lambda connection: people.unsubscribe(connection, reader_id, at=at, source=source)
    )
    return UnsubscribeResult(changed=changed)


def switch_to_monthly(context: Context, token: str, *, ip: str) -> None:
    """Keep the reader subscribed, with one issue a month. Raise BadToken."""
    reader_id = verify_link("unsubscribe", token, context.secrets.require_signing())
    if reader_id is None:
        return
    with transaction(context.engine) as connection:
        person = people.find_by_id(connection, reader_id)
        if person is not None:
            people.save_choices(
                connection,
                reader_id,
                replace(person, rhythm="monthly"),
                at=context.clock(),
                ip=truncate_ip(ip),
                source="unsubscribe page",
            )
