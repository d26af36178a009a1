"""An unsubscribe request by mail: the address that asks for it, and how a request is parsed.

The token is in the subject, which works with any mailbox. The sender proves nothing, because
anybody can write any From.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser

WORD = "unsubscribe"
FIELDS = ("SUBJECT", "AUTO-SUBMITTED", "PRECEDENCE", "RETURN-PATH", "CONTENT-TYPE")
# Bytes of the fields, or of the whole head, that are read.
MAX_HEAD = 16_384

# A token is a subscriber's number and a signature of 43 characters; in a proof copy, a word.
_TOKEN = re.compile(rf"(?i:{WORD})-([A-Za-z0-9_-]{{1,24}}\.[A-Za-z0-9_-]{{43}}|test\b)")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxMessage:
    """An unseen message in the mailbox."""

    #: The mailbox's own key for it.
    key: str
    #: The token in its subject, "" for none.
    token: str
    #: Whether it is an automatic reply or a bounce.
    is_automatic: bool


def unsubscribe_mailto(address: str, token: str) -> str:
    """Return the mailto: address that unsubscribes by this token, "" without a mailbox."""
    return f"mailto:{address}?subject={WORD}-{token}" if address else ""


def parse_request(key: str, head: bytes) -> MailboxMessage:
    """Return a message by its header fields, folded and encoded as they came. Never raise."""
    headers = BytesHeaderParser().parsebytes(head)
    subject = _decode(str(headers.get("Subject", "")))
    # Mail programs fold at spaces and insert some; a token has none.
    match = _TOKEN.search("".join(subject.split()))
    return MailboxMessage(
        key=key,
        token=match[1] if match else "",
        is_automatic=_is_automatic({name: str(headers.get(name, "")).strip() for name in FIELDS}),
    )


def mentions_unsubscribe(head: bytes) -> bool:
    """Whether the subject contains the word, as the search of an IMAP server finds it."""
    subject = _decode(str(BytesHeaderParser().parsebytes(head).get("Subject", "")))
    return WORD in "".join(subject.split()).lower()


def _is_automatic(fields: dict[str, str]) -> bool:
    """Whether a machine sent it: RFC 3834, its forerunners, bounces (RFC 5321, 4.5.5; 6522)."""
    submitted = fields["AUTO-SUBMITTED"].partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or fields["PRECEDENCE"].lower() in ("bulk", "junk", "auto_reply")
        or "".join(fields["RETURN-PATH"].split()) == "<>"
        or fields["CONTENT-TYPE"].lower().startswith("multipart/report")
    )


def _decode(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        return value
