"""The two addresses that readers' mail comes back to, and the tokens in the heads of such mail.

`bounce+TOKEN@example.com` is the return path of one reader's delivery of one issue (VERP,
https://cr.yp.to/proto/verp.txt): its bounces come back to it. An unsubscribe request goes to the
mailbox's own address, with the token in its subject, because a subject works with any mailbox.
The token is the only part that is believed: anybody can write the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from functools import lru_cache

# Separates a mailbox's name from the detail that follows it (RFC 5233).
SEPARATOR = "+"
# The longest local part, in octets (RFC 5321, 4.5.3.1.1).
MAX_LOCAL_PART = 64
# The header fields that tell where a message was delivered to: Postfix, qmail and Exim add one.
RECIPIENT_FIELDS = ("TO", "DELIVERED-TO", "X-ORIGINAL-TO", "ENVELOPE-TO")
WORD = "unsubscribe"
# A token is a subscriber's number and a signature of 43 characters; in a proof copy, a word.
_TOKEN = re.compile(rf"(?i:{WORD})-([A-Za-z0-9_-]{{1,24}}\.[A-Za-z0-9_-]{{43}}|test\b)")
FIELDS = (
    "SUBJECT",
    "AUTO-SUBMITTED",
    "PRECEDENCE",
    "RETURN-PATH",
    "CONTENT-TYPE",
    *RECIPIENT_FIELDS,
)
# Bytes of the fields, or of the whole head, that are read.
MAX_HEAD = 16_384


def verp_address(envelope_from: str, token: str) -> str:
    """Return the return path of the delivery that the token names."""
    local, _, domain = envelope_from.rpartition("@")
    return f"{local}{SEPARATOR}{token}@{domain}"


def verp_prefix(envelope_from: str) -> str:
    """Return what all return paths begin with."""
    return f"{envelope_from.rpartition('@')[0]}{SEPARATOR}"


def tokens_in(values: Iterable[str], envelope_from: str) -> tuple[str, ...]:
    """Return the different tokens of return paths in header values, in lower case.

    Relays may have changed the case, or the domain to the mail server's own.
    """
    pattern = _return_path_pattern(envelope_from)
    tokens = (
        match[1][:MAX_LOCAL_PART].lower() for value in values for match in pattern.finditer(value)
    )
    return tuple(dict.fromkeys(tokens))


@lru_cache(maxsize=8)
def _return_path_pattern(envelope_from: str) -> re.Pattern[str]:
    prefix = re.escape(verp_prefix(envelope_from))
    return re.compile(rf"(?<![\w.+-]){prefix}([^\s@<>,;\"]*)@", re.IGNORECASE)


def unsubscribe_mailto(address: str, token: str) -> str:
    """Return the mailto: address that unsubscribes by this token, "" without a mailbox."""
    return f"mailto:{address}?subject={WORD}-{token}" if address else ""


def token_in(subject: str) -> str:
    """Return the token in a subject, decoded and without spaces; "" for none."""
    match = _TOKEN.search(subject)
    return match[1] if match else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxMessage:
    """An unseen message in the mailbox."""

    #: The mailbox's own key for it.
    key: str
    #: Whether the subject contains the word, as the search of an IMAP server finds it.
    mentions_unsubscribe: bool
    #: The token in its subject, "" for none.
    token: str
    #: Whether it is an automatic reply or a bounce.
    is_automatic: bool
    #: The tokens of the return paths that it was delivered to: one if it is a report.
    return_path_tokens: tuple[str, ...] = ()


def parse_head(key: str, head: bytes, envelope_from: str = "") -> MailboxMessage:
    """Return a message by its header fields, folded and encoded as they came. Never raise."""
    headers = BytesHeaderParser().parsebytes(head)
    # Mail programs fold at spaces and insert some; a token has none.
    subject = "".join(_decode(str(headers.get("Subject", ""))).split())
    recipients = [
        "".join(str(value).split())
        for name in (RECIPIENT_FIELDS if envelope_from else ())
        for value in headers.get_all(name, [])
    ]
    return MailboxMessage(
        key=key,
        mentions_unsubscribe=WORD in subject.lower(),
        token=token_in(subject),
        is_automatic=_is_automatic(headers),
        return_path_tokens=tokens_in(recipients, envelope_from) if envelope_from else (),
    )


def says_automatic(headers: Message) -> bool:
    """Whether a message calls itself automatic, as RFC 3834 or its forerunners have it."""
    submitted = str(headers.get("Auto-Submitted", "")).partition(";")[0].strip().lower()
    precedence = str(headers.get("Precedence", "")).strip().lower()
    return submitted not in ("", "no") or precedence in ("bulk", "junk", "auto_reply")


def _is_automatic(headers: Message) -> bool:
    """Whether a machine sent it, also a bounce (RFC 5321, 4.5.5; RFC 6522)."""
    return (
        says_automatic(headers)
        or "".join(str(headers.get("Return-Path", "")).split()) == "<>"
        or str(headers.get("Content-Type", "")).strip().lower().startswith("multipart/report")
    )


def _decode(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        return value
