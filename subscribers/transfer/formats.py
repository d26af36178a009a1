"""Detect which program wrote a file by its headers, and map its columns and words to ours.

Sources, looked up 2026-11: Mailchimp's audience export as quoted in many public
repositories (MEMBER_RATING, OPTIN_TIME, CONFIRM_TIME, LEID, EUID, TAGS; UNSUB_TIME and
CLEAN_TIME in the files of those who left or bounced); Substack's `email_list.csv`
(email, active_subscription, expiry, email_disabled, created_at) and its dashboard's export
(github.com/buttondown/roadmap/issues/2282); listmonk's `cmd/subscribers.go` (uuid, email,
name, attributes, status, created_at, updated_at; enabled, disabled, blocklisted);
Buttondown's API reference, whose field names its export uses, and its list of subscriber
types (docs.buttondown.com/api-subscribers-introduction, github.com/buttondown/openapi);
WordPress.com and Jetpack: mostly a bare list of addresses
(github.com/Automattic/jetpack/issues/40260); a status, if any, has the words of the
subscribers page (wordpress.com/support/subscribers).

A date of sign-up does not count as a date of confirmation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from subscribers.models import Status

STATUS_WORDS: Mapping[str, Status] = {
    "active": "active",
    "subscribed": "active",
    "confirmed": "active",
    "pending": "pending",
    "unconfirmed": "pending",
    "not confirmed": "pending",
    "unsubscribed": "unsubscribed",
    "bounced": "bounced",
    "cleaned": "bounced",
    "complained": "complained",
}
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "email": ("email", "email_address", "e_mail", "e_mail_address", "subscriber_email"),
    "name": ("name", "full_name", "display_name"),
    "first_name": ("first_name", "firstname", "given_name"),
    "last_name": ("last_name", "lastname", "surname", "family_name"),
    "status": ("status",),
    "hemisphere": ("hemisphere",),
    "rhythm": ("rhythm",),
    "topics": ("topics",),
    "tags": ("tags",),
    "confirmed_at": ("confirmed_at",),
    "source": ("source",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How one program exports people."""

    name: str
    #: Groups of headers: a file with all headers of any group has this format.
    signatures: tuple[frozenset[str], ...] = ()
    #: A field of ours to its headers, the best first. Besides our fields: `left` and
    #: `bounced` (a time, or empty), and `disabled` (true or false).
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Its word for a status to ours.
    words: Mapping[str, Status] = field(default_factory=dict)


PLAIN = Format(name="")
FORMATS = (
    Format(
        name="Mailchimp",
        signatures=(frozenset({"leid", "euid"}), frozenset({"member_rating", "optin_time"})),
        columns={
            "confirmed_at": ("confirm_time",),
            "left": ("unsub_time",),
            "bounced": ("clean_time",),
            "source": (),
        },
        # A "non-subscribed" or "transactional" contact bought something and never signed up.
        words={"non_subscribed": "unsubscribed", "nonsubscribed": "unsubscribed"},
    ),
    Format(
        name="Substack",
        signatures=(
            frozenset({"active_subscription", "expiry"}),
            frozenset({"active_subscription", "created_at"}),
            frozenset({"subscription_type", "activity", "subscription_date"}),
        ),
        # active_subscription means paying; readers of the free edition are readers too.
        columns={"disabled": ("email_disabled",), "status": ()},
    ),
    Format(
        name="listmonk",
        signatures=(frozenset({"uuid", "attributes", "status"}),),
        words={"enabled": "active", "disabled": "unsubscribed", "blocklisted": "unsubscribed"},
    ),
    Format(
        name="Buttondown",
        signatures=(
            frozenset({"email_address", "creation_date"}),
            frozenset({"email", "creation_date"}),
            frozenset({"subscriber_type"}),
        ),
        columns={
            "status": ("type", "subscriber_type", "status"),
            "left": ("unsubscription_date",),
            "bounced": ("undeliverability_date",),
            "source": (),
        },
        words={
            "regular": "active",
            "premium": "active",
            "paid": "active",
            "trialed": "active",
            "gifted": "active",
            "churning": "active",
            "paused": "active",
            "past_due": "active",
            "unactivated": "pending",
            "unpaid": "pending",
            "removed": "unsubscribed",
            "blocked": "unsubscribed",
            "spammy": "unsubscribed",
            "undeliverable": "bounced",
        },
    ),
    Format(
        name="WordPress.com",
        signatures=(
            frozenset({"email_subscription"}),
            frozenset({"subscription_status"}),
            frozenset({"subscription_type", "since"}),
        ),
        columns={"status": ("email_subscription", "subscription_status", "status")},
        words={
            "not subscribed": "unsubscribed",
            "not confirmed": "pending",
            "not sending": "bounced",
        },
    ),
)
# Mailchimp's archive holds four files with the same columns; only the name of this one
# shows that its people never signed up.
_NON_SUBSCRIBERS = re.compile(r"(?:nonsubscribed|non_subscribed|transactional)[_-]", re.IGNORECASE)


def normalise_heading(text: str) -> str:
    """Return a header for comparison: `Email Address` and `EMAIL-ADDRESS` become one."""
    return re.sub(r"[\s_-]+", "_", text.strip().strip("\ufeff").lower()).strip("_")


def detect_format(headings: Sequence[str]) -> Format:
    """Return the format of a file with these normalised headers; PLAIN if it is unknown."""
    present = frozenset(headings)
    for known in FORMATS:
        if any(signature <= present for signature in known.signatures):
            return known
    return PLAIN


def column_indexes(file_format: Format, headings: Sequence[str]) -> dict[str, int]:
    """Return the index of the column of each of our fields that the file has."""
    wanted = {**COLUMNS, **file_format.columns}
    return {
        name: headings.index(present[0])
        for name, candidates in wanted.items()
        if (present := [candidate for candidate in candidates if candidate in headings])
    }


def is_non_subscriber_file(file_name: str) -> bool:
    """Return whether a file's name says that its people never signed up."""
    return bool(_NON_SUBSCRIBERS.match(file_name))
