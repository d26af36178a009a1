"""Parse a report about a message of ours: a bounce, a delay or a complaint. Pure.

::

    raw message ─▶ delivery status    RFC 3464, one block of fields for each recipient
                ─▶ feedback report    RFC 5965 (ARF), what mailbox providers make of complaints
                ─▶ free text          the formats from before, and besides, RFC 3464

Free text is what qmail, Exim and older servers write. flufl.bounce knows some dozens of formats
(https://fluflbounce.readthedocs.io/): it finds the addresses that failed and whether they failed
for good; the server's words are found here.

A report may come from anybody. It never says which reader it is about: that is the token in the
address it was delivered to. Addresses in it only choose between recipients of one report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import errors
from email.message import Message
from email.parser import BytesParser, Parser
from email.utils import parseaddr
from typing import Literal, cast, get_args

from newsletter.mailbox.token_addresses import says_automatic
from newsletter.text import one_line

# Bytes of a report that are read. What follows is the message it is about.
MAX_REPORT = 262_144
# A report is at most so deep in what a gateway wrapped around it.
_MAX_DEPTH = 4
_MAX_DIAGNOSTIC = 300
_MAX_RECIPIENTS = 100
_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?![\d.])")

# RFC 6533 has the fields of RFC 3464 with addresses in UTF-8.
_MACHINE_READABLE = frozenset(
    {"message/delivery-status", "message/global-delivery-status", "message/feedback-report"}
)
Action = Literal["failed", "delayed", "delivered", "relayed", "expanded"]
_ACTIONS: tuple[Action, ...] = get_args(Action)
# The beginning of a message that is looked at, and of each of its lines. The library's
# expressions take quadratic time on a line, and a line has 998 octets at most (RFC 5322, 2.1.1).
_MAX_TEXT = 16_384
_MAX_LINE = 500
# The library takes one address between commas for a failure. People write such lines too, so
# only what a mail system sends is given to it.
_MAIL_SYSTEM = re.compile(
    r"mailer[-_.]?daemon|post-?master|mail[-_.]?(system|delivery|daemon)|mdaemon|"
    r"microsoftexchange\w*",
    re.IGNORECASE,
)
_COPY = re.compile(
    r"^[ \t>]*-+ ?(this is a copy|below this line|below the next line|original message|"
    r"returned m|the header|message header).*|^(return-path|received):.*",
    re.IGNORECASE | re.MULTILINE,
)
# Not a part of a longer number, such as an IP address.
_STATUS_IN_WORDS = re.compile(r"(?:^|[\s(#-])([245]\.\d{1,3}\.\d{1,3})(?![\w.]*\w)")
_WORDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientStatus:
    """What became of a message for one of its recipients."""

    action: Action
    #: The enhanced status code (RFC 3463), "" if there is none.
    status: str = ""
    #: The words of the server that refused, on one line.
    diagnostic: str = ""
    #: The recipient as the report calls it: by the address that we gave, and the one it led to.
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report: the status of some recipients, a complaint, or neither."""

    recipients: tuple[RecipientStatus, ...] = ()
    #: The kind of complaint, such as `abuse`; "" for a delivery report.
    feedback: str = ""
    #: Whether a reader's program answered: out of office, or read.
    is_reply: bool = False


def parse_report(raw: bytes) -> Report | None:
    """Return what a message reports, None if it is no report or breaks off. Never raise.

    `raw` may end at MAX_REPORT.
    """
    try:
        return _parse(BytesParser().parsebytes(raw), raw)
    except (
        RecursionError,
        ValueError,
        LookupError,
        AttributeError,
        TypeError,
        errors.MessageError,
    ):
        # The email package raises these for what nobody but an attacker writes.
        return None


def _parse(message: Message, raw: bytes) -> Report | None:
    parts = tuple(_report_parts(message, _MAX_DEPTH))
    for part in parts:
        if part.get_content_type() == "message/feedback-report":
            return _parse_feedback(part)
    if parts:
        return _parse_status(parts[0])
    if message.get_content_type() == "multipart/report":
        is_receipt = message.get_param("report-type") == "disposition-notification"
        return Report(is_reply=True) if is_receipt else None
    failure = parse_free_text(message, raw)
    if failure is None:
        return Report(is_reply=True) if _is_reply(message) else None
    status = RecipientStatus(
        action="failed" if failure.is_permanent else "delayed",
        status=failure.status,
        diagnostic=one_line(failure.words)[:_MAX_DIAGNOSTIC],
        addresses=failure.addresses,
    )
    return Report(recipients=(status,))


def _is_reply(message: Message) -> bool:
    """Whether a reader's program answered by itself, and says so."""
    is_person = "@" in str(message.get("From", "")) and not is_from_mail_system(message)
    return is_person and says_automatic(message)


def _report_parts(message: Message, depth: int) -> Iterator[Message]:
    """Yield the parts that machines read, but none of a message that is attached or quoted."""
    if message.get_content_maintype() != "multipart" or not message.is_multipart() or not depth:
        return
    children = cast("list[Message]", message.get_payload())
    breaks_off = any(isinstance(d, errors.CloseBoundaryNotFoundDefect) for d in message.defects)
    for child in children:
        # The last line of a part at which the message breaks off may be half a line.
        is_whole = child is not children[-1] or not breaks_off
        if is_whole and child.get_content_type() in _MACHINE_READABLE:
            yield child
        yield from _report_parts(child, depth - 1)


def _parse_feedback(part: Message) -> Report | None:
    for fields in _blocks(part):
        feedback = str(fields.get("Feedback-Type", "")).strip().lower()
        if feedback:
            return Report(feedback=feedback[:40])
    return None


def _parse_status(part: Message) -> Report | None:
    recipients = []
    for fields in _blocks(part):
        status = _parse_recipient(fields)
        if status is not None:
            recipients.append(status)
    return Report(recipients=tuple(recipients[:_MAX_RECIPIENTS])) if recipients else None


def _parse_recipient(fields: Message) -> RecipientStatus | None:
    """Return one block of fields, None if it is not about a recipient."""
    status = _STATUS.match(str(fields.get("Status", "")))
    words = str(fields.get("Action", "")).lower().split()
    # OpenSMTPD writes `error`; some servers add a comment in parentheses.
    word = "failed" if words[:1] in (["error"], ["fail"]) else "".join(words[:1])
    action = next((known for known in _ACTIONS if known == word), None)
    if action is None and status is not None and not words:
        action = "delayed" if status[1].startswith("4") else "failed"
    if action is None or (status is None and not fields.get("Final-Recipient")):
        return None
    diagnostic = one_line(str(fields.get("Diagnostic-Code", "")))
    return RecipientStatus(
        action=action,
        status=status[1] if status else "",
        diagnostic=diagnostic.partition(";")[2].strip()[:_MAX_DIAGNOSTIC] or diagnostic,
        addresses=tuple(_addresses(fields)),
    )


def _addresses(fields: Message) -> Iterator[str]:
    for name in ("Original-Recipient", "Final-Recipient"):
        text = str(fields.get(name, ""))
        address = (text.partition(";")[2] or text).strip(" \t<>")
        if "@" in address:
            yield address[:320]


def _blocks(part: Message) -> Iterator[Message]:
    """Yield the blocks of fields of a part, which empty lines separate."""
    payload = part.get_payload()
    for block in cast("list[Message]", payload if isinstance(payload, list) else []):
        yield block
        rest = block.get_payload()
        # The email package separates the blocks of a delivery status only.
        for text in re.split(r"\n\s*\n", rest) if isinstance(rest, str) else ():
            if text.strip():
                yield Parser().parsestr(text.lstrip("\n"), headersonly=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeTextFailure:
    """A failure that a mail system describes in words."""

    is_permanent: bool
    #: The enhanced status code in the words, "" if there is none.
    status: str
    words: str
    addresses: tuple[str, ...]


def parse_free_text(message: Message, raw: bytes) -> FreeTextFailure | None:
    """Return the failure that a message describes, None if it describes none."""
    if not is_from_mail_system(message):
        return None
    from flufl.bounce import all_failures

    head, blank, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    lines = [line[:_MAX_LINE] for line in body[:_MAX_TEXT].split(b"\n")]
    text = b"\n".join(lines)
    temporary, permanent = all_failures(BytesParser().parsebytes(head + blank + text))
    if not temporary and not permanent:
        return None
    addresses = tuple(
        sorted(address.decode("ascii", "replace") for address in permanent or temporary)
    )
    words = _words_about(addresses, text.decode("utf-8", "replace"))
    return FreeTextFailure(
        is_permanent=bool(permanent),
        status=find_status(words),
        words=words,
        addresses=addresses,
    )


def find_status(text: str) -> str:
    """Return the first enhanced status code (RFC 3463) in a server's words, "" for none."""
    status = _STATUS_IN_WORDS.search(text)
    return status[1] if status else ""


def is_from_mail_system(message: Message) -> bool:
    """Whether the sender calls itself one. Anybody can."""
    if message.get("X-Failed-Recipients"):
        return True
    _, sender = parseaddr(str(message.get("From", "")))
    return _MAIL_SYSTEM.fullmatch(sender.partition("@")[0]) is not None


def _words_about(addresses: tuple[str, ...], text: str) -> str:
    """Return the text after the last listed address, without the copy of the message."""
    explanation = _COPY.split(text, maxsplit=1)[0]
    known = "|".join(re.escape(address) for address in addresses if address)
    # Servers list the address at the start of a line, and may have named it before.
    listed = [match.start() for match in re.finditer(rf"(?m)^[ \t<]*(?:{known})", explanation)]
    start = listed[-1] if listed else 0
    return explanation[start : start + _WORDS]
