"""The values of this package: who is on the list, and how they got there.

All are immutable. Times are aware and in UTC; absent text is "".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from subscribers.link_ids import number_of

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
    "undone",
]
MailKind = Literal["confirm", "already", "move", "welcome"]
#: left: by a link, while the person was not on the list.
SuppressionReason = Literal["author", "complained", "bounced", "erased", "left"]
Outcome = Literal["added", "updated", "unchanged"]
HEMISPHERES = ("north", "south", "tropics")
RHYTHMS = ("weekly", "monthly")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """One person on the list."""

    #: The address that messages are sent to: the local part as the person writes it, the domain in
    #: lower-case ASCII.
    address: str
    id: int = 0
    name: str = ""
    status: Status = "active"
    #: north, south, tropics, or "" for the author's own.
    hemisphere: str = ""
    #: weekly, monthly, or "" for every issue.
    rhythm: str = ""
    #: The topics the reader chose.
    topics: tuple[str, ...] = ()
    #: The labels the author gave.
    tags: tuple[str, ...] = ()
    #: When the person confirmed; None if unknown.
    confirmed_at: datetime | None = None
    #: The origin of the subscription: a form, a file, the author.
    source: str = ""
    #: When the person signed up elsewhere, before they came to this list; None if unknown.
    signed_up_at: datetime | None = None
    created_at: datetime | None = None
    #: When a pending person was asked to confirm; None if not asked.
    asked_at: datetime | None = None
    #: For a pending person who had left: the status they return to if they do not confirm.
    previous_status: str = ""
    #: What the person's links hold; "" before they are on the list.
    link_id: str = ""
    #: The number that their links held before there were such ids; 0 for most people.
    old_link_number: int = 0

    @property
    def links(self) -> tuple[str, ...]:
        """The person's own links: their id, and the number of before if they have one."""
        if not self.old_link_number:
            return (self.link_id,)
        return (self.link_id, str(self.old_link_number))


class ImportRow(NamedTuple):
    """A person in one row of an import; a named tuple, for files of a million rows."""

    #: The address without case.
    key: str
    address: str
    name: str = ""
    status: Status = "active"
    hemisphere: str = ""
    rhythm: str = ""
    #: Topics as stored, separated by commas.
    topics: str = ""
    #: Tags as stored, separated by commas.
    tags: str = ""
    confirmed_at: datetime | None = None
    source: str = ""
    #: When the person signed up with the program that wrote the file.
    signed_up_at: datetime | None = None
    #: The number of the row's first line in the file.
    line: int = 0
    #: The person's links, from an export of this program, the ids first (see link_ids.py).
    links: tuple[str, ...] = ()
    #: The proof that they belong to the address; "" if the file has none.
    seal: str = ""

    @property
    def link_id(self) -> str:
        """The person's own id; "" if the row names none."""
        return self.links[0] if self.links and number_of(self.links[0]) is None else ""

    @property
    def old_link_number(self) -> int:
        """The person's own number of before; 0 if the row names none."""
        for link in self.links:
            if number := number_of(link):
                return number
        return 0


class RejectedRow(NamedTuple):
    """A row of an import that cannot be used."""

    #: The number of its first line in the file.
    line: int
    #: Why, as a sentence.
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportAnswers:
    """The author's answers to what a file that is imported does not say."""

    #: What everybody in the file is at least; "" if the file says it.
    status: Status | Literal[""] = ""
    #: Headers of columns that are about the status.
    status_columns: tuple[str, ...] = ()
    #: Headers of columns that look like a status and are none.
    ignored_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportQuestion:
    """What only the author can say about a file before it is imported."""

    #: The header of a column that may say who left; "" if the question is what everybody in the
    #: file is.
    column: str = ""
    #: The first different values of that column.
    examples: tuple[str, ...] = ()


class RowOutcome(NamedTuple):
    """What becomes of a row of an import."""

    #: The number of its first line in the file.
    line: int
    #: The address; "" for a rejected row.
    address: str
    outcome: Literal["added", "updated", "unchanged", "rejected"]
    #: The person's status afterwards; "" for who is not on the list.
    status: str = ""
    #: Why, as a sentence.
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastImport:
    """The newest import, remembered so that it can be undone."""

    id: int
    at: datetime
    #: Where the people came from: the name of the file.
    source: str
    #: Who it added have ids above this one …
    above: int
    #: … and up to this one.
    up_to: int
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoneImport:
    """The result of undoing an import."""

    #: Where the people had come from.
    source: str
    #: How many people it had added, who are off the list again.
    removed: int
    #: How many people it had changed, who are as they were.
    restored: int
    #: How many people it had changed who changed again since, and stay as they are.
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """The result of an import.

    read = added + updated + unchanged + rejected_total, unless the whole file was rejected.
    """

    #: Rows below the header, without empty ones.
    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    #: The first thousand rejected rows.
    rejected: tuple[RejectedRow, ...] = ()
    #: How many rows were rejected in all.
    rejected_total: int = 0
    #: The program whose export was recognised; "" for a plain CSV.
    format: str = ""
    #: How many of the added and updated people have each status now.
    statuses: tuple[tuple[Status, int], ...] = ()
    #: The headers of the columns that were not read.
    unread_columns: tuple[str, ...] = ()
    #: What the author should know about the file, as sentences.
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """The fields of a sign-up form that a visitor sent. The address is not confirmed yet."""

    address: str
    name: str = ""
    hemisphere: str = ""
    rhythm: str = ""
    topics: tuple[str, ...] = ()
    #: The SHA-256 of the consent text above the button.
    wording: str = ""
    #: The visitor's IP address, truncated (see lifecycle.py).
    ip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionalMail:
    """A message about the subscription, claimed from the mail queue for sending."""

    id: int
    #: confirm: asks whether the person wants the newsletter (double opt-in). already: says
    #: that they are subscribed. move: asks a new address to confirm. welcome: the newest
    #: issue.
    kind: MailKind
    subscriber_id: int
    #: What the link in the message holds.
    link_id: str
    address: str
    #: When the question was asked, in seconds since 1970. The link in the message is bound
    #: to it.
    stamp: int
    #: Attempts to send it, with this one.
    tries: int


class ActiveSubscriber(NamedTuple):
    """The fields of an active subscriber that a message needs, as a tuple: lists are long."""

    id: int
    address: str
    name: str
    hemisphere: str
    #: Topics as stored, separated by commas.
    topics: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """An entry of the consent log: what was agreed or withdrawn, when, where and by whom.

    It identifies the person only by number, for the log outlives an erasure.
    """

    subscriber_id: int
    event: ConsentEvent
    at: datetime
    actor: Actor
    source: str = ""
    #: The SHA-256 of the consent text the person saw.
    wording: str = ""
    #: The person's IP address, truncated (see lifecycle.py).
    ip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """Why an address must not be written to, and since when. It holds no address."""

    reason: SuppressionReason
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedSubscriber:
    """The result of erasing an address."""

    #: None if no subscriber had the address.
    subscriber_id: int | None
    #: Whether this call suppressed the address.
    suppressed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """The result of adding a person."""

    outcome: Outcome
    #: None if the address is suppressed and not on the list.
    subscriber: Subscriber | None
    #: Why nothing changed, as a sentence.
    reason: str = ""
