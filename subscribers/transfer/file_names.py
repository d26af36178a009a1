"""Read from the name of a file whose addresses it holds.

Several programs write one file for each state and no column that tells it: Mailchimp
(`unsubscribed_email_audience_export_….csv`), Sendy (`list-marked-as-spam.csv`), Revue, and
mostly Campaign Monitor and MailerLite.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from subscribers.models import Status
from subscribers.transfer.formats import fold

_NEVER_SIGNED_UP = re.compile(r"\b(?:non ?subscribed|transactional)\b")
# Words that leave no doubt, then words that a name may also hold for another reason
# (“newsletter-cleaned.csv” may be the author's own tidy list).
_CERTAIN: tuple[tuple[Status, re.Pattern[str]], ...] = (
    ("complained", re.compile(r"\b(?:marked as spam|complain\w*|spam complaints?)\b")),
    ("bounced", re.compile(r"\b(?:bounced|bounces|hard bounces?|undeliverable)\b")),
    (
        "unsubscribed",
        re.compile(
            r"\b(?:unsubscri\w*|unsubs?|opted? out|optouts?|suppress\w*|blacklist\w*|"
            r"blocklist\w*|abgemeldet\w*|abmeldungen|desabonne\w*|desinscrit\w*|bajas|"
            r"disiscritt\w*|afgemeld\w*|uitgeschreven|descadastrad\w*)\b"
        ),
    ),
    ("pending", re.compile(r"\b(?:unconfirmed|unactivated|not confirmed)\b")),
    ("active", re.compile(r"\b(?:active|subscribed|confirmed)\b")),
)
_LIKELY: tuple[tuple[Status, re.Pattern[str]], ...] = (
    ("complained", re.compile(r"\b(?:spam|junk)\b")),
    ("bounced", re.compile(r"\b(?:cleaned|invalid)\b")),
    ("unsubscribed", re.compile(r"\b(?:inactive|deleted|removed|blocked|cancell?ed)\b")),
    ("pending", re.compile(r"\bpending\b")),
)
_SENDY = re.compile(r" (?:active|unconfirmed|unsubscribed|bounced|marked as spam|all)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class NameSays:
    """What a file's name says of the people in it."""

    status: Status
    #: The word that says it.
    word: str
    #: Whether it cannot mean anything else.
    certain: bool


def read_file_name(file_name: str) -> NameSays | None:
    """Return what the name says of the people's status; None if it says nothing."""
    plain = _plain_stem(file_name)
    for certain, patterns in ((True, _CERTAIN), (False, _LIKELY)):
        for status, pattern in patterns:
            if match := pattern.search(plain):
                return NameSays(status=status, word=match[0], certain=certain)
    return None


def is_non_subscriber_file(file_name: str) -> bool:
    """Return whether a file's name says that its people never signed up."""
    return _NEVER_SIGNED_UP.search(_plain_stem(file_name)) is not None


def is_sendy_file(file_name: str) -> bool:
    """Return whether a file is named as Sendy names the files of a list."""
    return _SENDY.search(_plain_stem(file_name)) is not None


def _plain_stem(file_name: str) -> str:
    stem = re.sub(r"\.(?:csv|txt|tsv)$", "", file_name.strip(), flags=re.IGNORECASE)
    # A browser numbers the copies of a download: “list-active (1).csv”.
    return fold(re.sub(r"(?<!\s)\s*\(\d+\)$", "", stem))
