"""A bounce in free text, as qmail, Exim and older servers write it, read by flufl.bounce.

The library knows some dozens of formats: https://fluflbounce.readthedocs.io/. It finds the
addresses that failed and whether they failed for good; the server's words are found here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.utils import parseaddr

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
_STATUS = re.compile(r"(?:^|[\s(#-])([245]\.\d{1,3}\.\d{1,3})(?![\w.]*\w)")
_WORDS = 300


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
    status = _STATUS.search(text)
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
