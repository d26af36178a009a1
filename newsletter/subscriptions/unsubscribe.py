"""Unsubscribe by the link in a message: one-click (RFC 8058), on the page, or by mail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from newsletter.addressing.envelope import TEST_TOKEN
from newsletter.context import Context
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.database.group_commit import GroupCommit
from subscribers import storage as people
from subscribers.lifecycle import truncate_ip
from subscribers.tokens import read_token

#: The link at the foot of a message, and the one to the reader's own page.
LinkPurpose = Literal["unsubscribe", "preferences"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribeOptions:
    """The choices on the unsubscribe page."""

    #: Whether the link is a proof copy's, which belongs to no reader.
    is_test: bool = False
    #: Whether the reader could have one issue a month instead.
    may_reduce: bool = False
    #: Whether the reader has unsubscribed already.
    is_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribeResult:
    """The result of an unsubscribe request."""

    #: Whether the link is a proof copy's, which unsubscribes no one.
    is_test: bool = False
    #: Whether this call unsubscribed the reader. A repeated call finds it done.
    changed: bool = False


def verify_link(purpose: LinkPurpose, token: str, secrets: tuple[str, ...]) -> str | None:
    """Return what a link holds; None for a proof copy's link. Raise BadToken.

    `people.find_by_link` returns the reader whom it names.
    """
    if token == TEST_TOKEN:
        return None
    return read_token(purpose, token, secrets)


def unsubscribe_options(context: Context, token: str) -> UnsubscribeOptions:
    """Return what the unsubscribe page offers. Changes nothing. Raise BadToken."""
    link = verify_link("unsubscribe", token, context.secrets.require_signing())
    is_monthly = context.settings.issue.rhythm == "monthly"
    if link is None:
        return UnsubscribeOptions(is_test=True, may_reduce=not is_monthly)
    with snapshot(context.engine) as connection:
        person = people.find_by_link(connection, link)
    if person is None:
        return UnsubscribeOptions()
    may_reduce = not is_monthly and person.status == "active" and person.rhythm != "monthly"
    return UnsubscribeOptions(may_reduce=may_reduce, is_out=person.status == "unsubscribed")


def unsubscribe(
    context: Context,
    token: str,
    *,
    source: str,
    purpose: LinkPurpose = "unsubscribe",
    group_commit: GroupCommit | None = None,
) -> UnsubscribeResult:
    """Unsubscribe the reader whose link this is. Idempotent.

    It takes no lock: a reader who leaves while an issue is sent must not wait. The wish of
    somebody who is not on the list is remembered. `source` goes into the consent log. Calls
    with the same `group_commit` share a commit. Raise BadToken and change nothing then.
    """
    secrets = context.secrets.require_signing()
    link = verify_link(purpose, token, secrets)
    if link is None:
        return UnsubscribeResult(is_test=True)
    at = context.clock()
    changed = (group_commit or GroupCommit(context.engine)).write(
        lambda connection: people.unsubscribe_by_link(
            connection,
            link,
            at=at,
            source=source,
            secrets=secrets,
            note_wish=partial(context.journal.record_wish, at=at),
        )
    )
    return UnsubscribeResult(changed=changed)


def switch_to_monthly(context: Context, token: str, *, ip: str) -> None:
    """Keep the reader subscribed, with one issue a month. Raise BadToken."""
    link = verify_link("unsubscribe", token, context.secrets.require_signing())
    if link is None:
        return
    with transaction(context.engine) as connection:
        person = people.find_by_link(connection, link)
        if person is not None:
            people.save_choices(
                connection,
                person.id,
                replace(person, rhythm="monthly"),
                at=context.clock(),
                ip=truncate_ip(ip),
                source="unsubscribe page",
            )
