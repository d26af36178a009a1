"""Which program wrote a file, told by its headers, and what its columns and words mean.

Sources, looked up 2026-11: Mailchimp's audience export as quoted in many public
repositories (MEMBER_RATING, OPTIN_TIME, CONFIRM_TIME, LEID, EUID, TAGS; UNSUB_TIME and
CLEAN_TIME in the files of those who left or bounced); Substack's `email_list.csv`
(email, active_subscription, expiry, email_disabled, created_at) and its dashboard's export
(github.com/buttondown/roadmap/issues/2282); listmonk's `cmd/subscribers.go` (uuid, email,
name, attributes, status, created_at, updated_at; enabled, disabled, blocklisted);
Buttondown's API reference, whose field names its export uses, and its list of subscriber
types (docs.buttondown.com/api-subscribers-introduction, github.com/buttondown/openapi);
WordPress.com and Jetpack: mostly a bare list of addresses
(github.com/Automattic/jetpack/issues/40260), with the words of the subscribers page where
there is a status (wordpress.com/support/subscribers).

A date of sign-up is not taken for one of confirmation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from subscribers.models import Status

WORDS: Mapping[str, Status] = {
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
    """How one program lists people.

    `told_by`: any of these groups of headers gives it away. `columns`: our field to its
    headers, the best first; beside our own, `left`, `bounced` (a time, or empty) and
    `disabled` (true or false). `words`: its word for a status to ours.
    """

    name: str
    told_by: tuple[frozenset[str], ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: Mapping[str, Status] = field(default_factory=dict)


PLAIN = Format(name="")
FORMATS = (
    Format(
        name="Mailchimp",
        told_by=(frozenset({"leid", "euid"}), frozenset({"member_rating", "optin_time"})),
        columns={
            "confirmed_at": ("confirm_time",),
            "left": ("unsub_time",),
            "bounced": ("clean_time",),
            "source": (),
        },
        # A "non-subscribed" or "transactional" contact bought something; nobody asked them.
        words={"non_subscribed": "unsubscribed", "nonsubscribed": "unsubscribed"},
    ),
    Format(
        name="Substack",
        told_by=(
            frozenset({"active_subscription", "expiry"}),
            frozenset({"active_subscription", "created_at"}),
            frozenset({"subscription_type", "activity", "subscription_date"}),
        ),
        # active_subscription speaks of paying; readers of the free edition are readers too.
        columns={"disabled": ("email_disabled",), "status": ()},
    ),
    Format(
        name="listmonk",
        told_by=(frozenset({"uuid", "attributes", "status"}),),
        words={"enabled": "active", "disabled": "unsubscribed", "blocklisted": "unsubscribed"},
    ),
    Format(
        name="Buttondown",
        told_by=(
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
        told_by=(
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
# tells that its people never signed up.
_NEVER_SIGNED_UP = re.compile(r"(?:nonsubscribed|non_subscribed|transactional)[_-]", re.IGNORECASE)


def heading(text: str) -> str:
    """A header as compared: `Email Address`, `email-address` and `EMAIL_ADDRESS` are one."""
    return re.sub(r"[\s_-]+", "_", text.strip().strip("\ufeff").lower()).strip("_")


def recognise(headings: Sequence[str]) -> Format:
    """The format these (already compared) headers belong to; PLAIN if to no known one."""
    present = frozenset(headings)
    for known in FORMATS:
        if any(group <= present for group in known.told_by):
            return known
    return PLAIN


def places(found: Format, headings: Sequence[str]) -> dict[str, int]:
    """For each field of ours that the file has, the column it stands in."""
    wanted = {**COLUMNS, **found.columns}
    return {
        name: headings.index(present[0])
        for name, candidates in wanted.items()
        if (present := [one for one in candidates if one in headings])
    }


def never_signed_up(file_name: str) -> bool:
    """Whether a file's name says that its people never asked for a newsletter."""
    return bool(_NEVER_SIGNED_UP.match(file_name))
