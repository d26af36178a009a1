"""The head of a message in the mailbox: whether it asks to unsubscribe, or is a report."""

from __future__ import annotations

from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser

from newsletter.mailbox.return_path import RECIPIENT_FIELDS, tokens_in
from newsletter.mailbox.unsubscribe_request import WORD, token_in

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
