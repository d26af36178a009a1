"""A request to unsubscribe as a letter: how it is asked for, and how it is read. Pure.

The request is in the subject, which works with any mailbox; who it is from says nothing,
for anybody can write any From.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser

WORD = "unsubscribe"
FIELDS = ("SUBJECT", "AUTO-SUBMITTED", "PRECEDENCE", "RETURN-PATH", "CONTENT-TYPE")
LONGEST_HEAD = 16_384  # bytes of the fields, or of the whole head: more is not read

# A token is a reader's number and a signature of 43 characters; a test copy's is a word.
_ASKED = re.compile(rf"(?i:{WORD})-([A-Za-z0-9_-]{{1,24}}\.[A-Za-z0-9_-]{{43}}|test\b)")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxMessage:
    """One unseen letter. `key` is the mailbox's own name for it; `token` what it asks with,
    "" for none; `automatic` whether a machine answered, or it is a bounce.
    """

    key: str
    token: str
    automatic: bool


def unsubscribe_mailto(address: str, token: str) -> str:
    """The mailto: address that asks with this token; "" where no mailbox takes requests."""
    return f"mailto:{address}?subject={WORD}-{token}" if address else ""


def parse_request(key: str, head: bytes) -> MailboxMessage:
    """A letter by its header fields as they came, folded and encoded. Never raises."""
    found = BytesHeaderParser().parsebytes(head)
    subject = _decoded(str(found.get("Subject", "")))
    # Programs fold at spaces, and put some in: a token has none.
    asked = _ASKED.search("".join(subject.split()))
    return MailboxMessage(
        key=key,
        token=asked[1] if asked else "",
        automatic=_is_automatic({name: str(found.get(name, "")).strip() for name in FIELDS}),
    )


def mentions_unsubscribe(head: bytes) -> bool:
    """Whether the subject has the word in it, as a server's search would find."""
    subject = _decoded(str(BytesHeaderParser().parsebytes(head).get("Subject", "")))
    return WORD in "".join(subject.split()).lower()


def _is_automatic(fields: dict[str, str]) -> bool:
    """RFC 3834's mark, its forerunners, and bounces (RFC 5321, 4.5.5; RFC 6522)."""
    submitted = fields["AUTO-SUBMITTED"].partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or fields["PRECEDENCE"].lower() in ("bulk", "junk", "auto_reply")
        or "".join(fields["RETURN-PATH"].split()) == "<>"
        or fields["CONTENT-TYPE"].lower().startswith("multipart/report")
    )


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        return value
