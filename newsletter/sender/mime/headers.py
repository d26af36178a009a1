"""Header fields of a message as ASCII text (RFC 5322, 2047), and the checks their values pass.

List-* fields follow RFC 2369, 2919 and 8058, Auto-Submitted RFC 3834.
X-Auto-Response-Suppress keeps Exchange from sending out-of-office replies:
https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcmail/

`require_*` return the value, or raise MailerError with the name of the field at fault. No value
of a reader or an author reaches a header without one of them (header injection).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from email.errors import HeaderParseError
from email.header import Header
from email.utils import formataddr
from typing import Literal

from newsletter.config.address import ADDRESS_PATTERN, ascii_url
from newsletter.errors import MailerError, SettingsError
from newsletter.sender.batch import Envelope

Kind = Literal["address", "url", "mailto"]

# RFC 5322, 2.1.1: a line must have no more than 998 octets, without its CRLF.
_MAX_LINE = 998
# RFC 2047, 2: a line with an encoded word must have no more than 76 octets.
_FOLD_AT = 76
# RFC 2919, 2: a list identifier must have no more than 255 octets.
_MAX_LIST_ID = 255
# RFC 5321, 4.5.3.1: octets of an address, and of its local part.
_MAX_ADDRESS, _MAX_LOCAL_PART = 254, 64

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_LIST_LABELS = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")
_NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")
_PATTERNS: dict[Kind, str] = {
    "address": ADDRESS_PATTERN,
    "url": r"https?://[!-;=?-~]+",
    "mailto": r"mailto:[!-;=?-~]+",
}
_PATTERN = {kind: re.compile(pattern) for kind, pattern in _PATTERNS.items()}
_LINES_PATTERN = {kind: re.compile(rf"(?:{pattern}\n)*") for kind, pattern in _PATTERNS.items()}


def is_well_formed(kind: Kind, value: str) -> bool:
    """Whether `value` can appear in a header as it is.

    An address is bare, in ASCII, with at most 254 characters. A web address or mailto: address
    (RFC 6068) has no character that ends the angle brackets around it.
    """
    if _PATTERN[kind].fullmatch(value) is None:
        return False
    return kind != "address" or _is_short(value)


def find_ill_formed(kind: Kind, values: Sequence[str]) -> tuple[int, ...]:
    """Return the indexes of the values that are not well-formed.

    One match of all values takes a third of the time; only its failure checks each of them.
    """
    lines = "\n".join([*values, ""])
    if lines.count("\n") != len(values) or _LINES_PATTERN[kind].fullmatch(lines) is None:
        return tuple(at for at, value in enumerate(values) if not is_well_formed(kind, value))
    if kind != "address" or max(map(len, values), default=0) <= _MAX_LOCAL_PART:
        return ()
    return tuple(at for at, value in enumerate(values) if not _is_short(value))


def require_one_line(value: str, what: str) -> str:
    """Return `value`; raise MailerError if it has a line break or another control character."""
    if _CONTROL.search(value):
        raise MailerError(
            f"{what} contains a line break or another control character: {value[:60]!r}.",
            cure="Take it out and try again.",
        )
    require_encodable(value, what)
    return value


def require_encodable(value: str, what: str) -> bytes:
    """Return `value` as UTF-8; raise MailerError if it has half a surrogate pair or a NUL."""
    try:
        encoded = value.encode()
    except UnicodeEncodeError as error:
        raise MailerError(f"{what} holds half a character that cannot be written.") from error
    if "\0" in value:
        raise MailerError(f"{what} holds a NUL character, which no message may.")
    return encoded


def require_address(value: str, what: str) -> str:
    """Return a bare address; raise MailerError if it is not well-formed."""
    if not is_well_formed("address", value):
        raise MailerError(f"{what} is not an address mail can go to: {value[:80]!r}.")
    return value


def require_url(value: str, what: str) -> str:
    """Return a web address in ASCII; raise MailerError if it is not well-formed."""
    plain = value
    if not value.isascii():
        try:
            plain = ascii_url(require_one_line(value, what), what)
        except SettingsError:
            plain = ""
    if not is_well_formed("url", plain):
        raise MailerError(f"{what} is not a web address: {value[:80]!r}.")
    return plain


def require_mailto(value: str) -> str:
    """Return a mailto: address; raise MailerError if it is not well-formed."""
    if not is_well_formed("mailto", value):
        raise MailerError(
            f"The unsubscribe address is not one for mail: {value[:80]!r}.",
            cure="Check [mailbox] address.",
        )
    return value


def encode_text(value: str, field: str) -> str:
    """Return free text for a header field, as encoded words (RFC 2047) only where needed."""
    plain = require_one_line(value, field)
    if plain.isascii() and "=?" not in plain:
        return plain
    try:
        encoded = Header(plain, "utf-8", header_name=field, maxlinelen=75).encode()
    except HeaderParseError as error:
        raise MailerError(f"{field} cannot be written into a message: {plain[:60]!r}.") from error
    return encoded.replace("\n", "")


def parse_mailbox(value: str, field: str) -> tuple[str, str]:
    """Return display name and address of `Name <address>`; raise MailerError if it is neither."""
    plain = require_one_line(value, field).strip()
    match = _NAMED.fullmatch(plain)
    if match is None:
        return "", require_address(plain, field)
    # Authors write `Jane, of the hills <…>` without the quotes that RFC 5322 asks for.
    name = match["name"].strip().removeprefix('"').removesuffix('"')
    return re.sub(r'\\(["\\])', r"\1", name), require_address(match["address"].strip(), field)


def encode_mailbox(value: str, field: str) -> str:
    """Return `Name <address>` as the value of a header field."""
    name, address = parse_mailbox(value, field)
    return _name_and_brackets(name, address, field) if name else address


def subject_text(value: str, envelope: Envelope) -> str:
    """Return the subject, not yet encoded; a proof copy's begins with "[Test]"."""
    plain = require_one_line(value, "Subject").strip()
    if not plain:
        raise MailerError("The subject is empty.", cure="Give the issue a subject.")
    return f"[Test] {plain}" if envelope.kind == "test" else plain


def common_headers(envelope: Envelope) -> tuple[tuple[str, str], ...]:
    """Return the header fields that are the same for all recipients, but From and Reply-To.

    A double opt-in message or a notice belongs to no list: it has Auto-Submitted alone.
    """
    automatic = ("Auto-Submitted", "auto-generated")
    if envelope.kind in ("confirm", "notice"):
        return (automatic,)
    fields = [("List-Id", _list_id(envelope)), ("List-Post", "NO")]
    if envelope.help_url:
        fields.append(("List-Help", f"<{require_url(envelope.help_url, 'The help address')}>"))
    return (
        *fields,
        automatic,
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("Precedence", "bulk"),
    )


def unsubscribe_headers(
    link: str, envelope: Envelope, mailto: str = ""
) -> tuple[tuple[str, str], ...]:
    """Return List-Unsubscribe and List-Unsubscribe-Post (one-click, RFC 8058) for a recipient.

    `mailto` is the second way out, for mail programs without one-click. It may be the only one
    (RFC 2369), and then nothing says one-click. Return nothing without either, and for a message
    that belongs to no list. SendGrid writes the fields itself where the link is its own.
    """
    if not (link or mailto) or envelope.kind in ("confirm", "notice"):
        return ()
    if not link:
        return (("List-Unsubscribe", f"<{require_mailto(mailto)}>"),)
    ways = f"<{require_url(link, 'The unsubscribe link')}>"
    if mailto:
        ways += f", <{require_mailto(mailto)}>"
    return (
        ("List-Unsubscribe", ways),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )


def fold(fields: Iterable[tuple[str, str]]) -> bytes:
    """Return header fields as lines with CRLF.

    A value stays on the line of its name if the line has at most 998 octets: some programs
    misread a field such as Message-ID whose first line is empty. Only a longer value, or one with
    encoded words, is folded at its spaces (RFC 5322, 2.2.3). Raise MailerError if a line cannot
    be kept within 998 octets.
    """
    return "".join([_fold(name, value) for name, value in fields]).encode("ascii")


def _fold(name: str, value: str) -> str:
    line = f"{name}: {value}".rstrip(" ")
    if len(line) <= _MAX_LINE and "=?" not in value:
        return f"{line}\r\n"
    first, *words = re.findall(r" *[^ ]+", f" {value}")
    lines = [f"{name}:{first}"]
    for word in words:
        if len(lines[-1]) + len(word) > _FOLD_AT:
            lines.append(word)
        else:
            lines[-1] += word
    if any(len(line) > _MAX_LINE for line in lines):
        raise MailerError(f"{name} is too long for a message: {value[:60]!r}…")
    return "\r\n".join([*lines, ""])


def _list_id(envelope: Envelope) -> str:
    identifier = envelope.list_id
    if len(identifier) > _MAX_LIST_ID or not _LIST_LABELS.fullmatch(identifier):
        raise MailerError(
            f"[newsletter] list_id is not a list's name: {identifier[:80]!r}.",
            cure="Write one like weekly.example.com, and never change it.",
        )
    return _name_and_brackets(envelope.list_title.strip(), identifier, "List-Id")


def _name_and_brackets(name: str, value: str, field: str) -> str:
    """Return `name <value>`, the name quoted or encoded where RFC 5322 asks for it."""
    encoded = encode_text(name, field)
    if encoded == name and name:
        return formataddr((name, value))
    return f"{encoded} <{value}>".strip()


def _is_short(address: str) -> bool:
    return len(address) <= _MAX_ADDRESS and address.index("@") <= _MAX_LOCAL_PART
