"""The values of this package: who gets the newsletter, and how they came to.

All are frozen; times are aware and UTC, absent text is "".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

Status = Literal["pending", "active", "unsubscribed", "bounced", "complained"]
STATUSES: tuple[Status, ...] = ("pending", "active", "unsubscribed", "bounced", "complained")
Actor = Literal["subscriber", "author", "mailer"]
ConsentEvent = Literal[
    "added",
    "imported",
    "subscribed",
    "confirmed",
    "unsubscribed",
    "bounced",
    "complained",
    "suppressed",
    "changed",
    "moved",
    "lapsed",
    "erased",
]
LetterKind = Literal["confirm", "already", "move", "welcome"]
SuppressionReason = Literal["author", "complained", "bounced", "erased"]
Outcome = Literal["added", "updated", "unchanged"]
HEMISPHERES = ("north", "south", "tropics")
RHYTHMS = ("weekly", "monthly")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """One person on the list.

    `address` is what messages go to: the local part as the person writes it, the domain
    in lower-case ASCII. `hemisphere` is north, south, tropics or "" (the author's own);
    `rhythm` weekly, monthly or "" (every issue). `topics` are the reader's choice, `tags`
    the author's. `confirmed_at` is when the person said yes, None where nobody knows;
    `asked_at` when one who is pending was asked, None where nobody asked; `was` is the
    status one who had left and now is pending goes back to without an answer.
    """

    address: str
    id: int = 0
    name: str = ""
    status: Status = "active"
    hemisphere: str = ""
    rhythm: str = ""
    topics: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    confirmed_at: datetime | None = None
    source: str = ""
    created_at: datetime | None = None
    asked_at: datetime | None = None
    was: str = ""


class Arrival(NamedTuple):
    """What one row of an import says of a person; light, for files of a million.

    `key` is the address without case; topics and tags are as they are kept: between commas.
    """

    key: str
    address: str
    name: str = ""
    status: Status = "active"
    hemisphere: str = ""
    rhythm: str = ""
    topics: str = ""
    tags: str = ""
    confirmed_at: datetime | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """What somebody wrote into the sign-up form, checked; whose address it is nobody knows.

    `wording` is the SHA-256 of the words beside the button, `ip` truncated (see consent.py).
    """

    address: str
    name: str = ""
    hemisphere: str = ""
    rhythm: str = ""
    topics: tuple[str, ...] = ()
    wording: str = ""
    ip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionalMail:
    """One message out of turn that is to go to one person.

    confirm: asks whether they want the newsletter. already: tells that they get it.
    move: asks at a new address whether it is theirs. welcome: the newest issue. `stamp` is
    the moment, in whole seconds since 1970, that the link of the letter is bound to.
    `tries` counts this one.
    """

    id: int
    kind: LetterKind
    subscriber_id: int
    address: str
    stamp: int
    tries: int


class Mailable(NamedTuple):
    """What a message needs of an active subscriber; light, for lists of a million.

    `topics` are as they are kept: between commas.
    """

    id: int
    address: str
    name: str
    hemisphere: str
    topics: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One line of the consent log: what was agreed or withdrawn, when, where, by whom.

    `wording` is the SHA-256 of the text the person saw, `ip` truncated (see consent.py).
    Nothing here names the person: the log may outlive them.
    """

    subscriber_id: int
    event: ConsentEvent
    at: datetime
    actor: Actor
    source: str = ""
    wording: str = ""
    ip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """That an address must not be written to, why, and since when. It names nobody."""

    reason: SuppressionReason
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What erasing an address came to.

    `subscriber_id` is None where nobody was kept under it; `marked` tells whether this
    call left the mark that keeps the address out.
    """

    subscriber_id: int | None
    marked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """What adding one person came to; `reason` says in a sentence why nothing changed.

    `subscriber` is None where the address is suppressed and nobody is kept under it.
    """

    outcome: Outcome
    subscriber: Subscriber | None
    reason: str = ""
