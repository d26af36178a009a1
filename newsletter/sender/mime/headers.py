"""The header fields of a message, as unfolded ASCII text (standards: RFC 5322, 2047).

The list's own fields follow RFC 2369, 2919 and 8058; Auto-Submitted follows RFC 3834,
X-Auto-Response-Suppress is Exchange's word for "no out-of-office answers".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from email.errors import HeaderParseError
from email.header import Header
from email.utils import formataddr
from typing import Literal
from urllib.parse import quote, urlsplit

from newsletter.errors import MailerError
from newsletter.sender.batch import Envelope

# RFC 5322 2.1.1: a line should stay within 78 octets and must stay within 998.
FOLD_AT = 78
LONGEST_LINE = 998
# RFC 2919 2: an identifier may be no longer than 255 octets.
LONGEST_LIST_ID = 255

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_LIST_LABELS = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")
_NAMED = re.compile(r"(?P<shown>[^<>]*)<(?P<bare>[^<>]*)>")

Kind = Literal["address", "url", "mailto"]

_PATTERNS: dict[Kind, str] = {
    # RFC 5321 local part in its dot-atom form, and a host name of two labels or more.
    "address": (
        r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
        r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
    ),
    "url": r"https?://[!-;=?-~]+",
    "mailto": r"mailto:[!-;=?-~]+",
}
_ONE = {kind: re.compile(pattern) for kind, pattern in _PATTERNS.items()}
_MANY = {kind: re.compile(rf"(?:{pattern}\n)*") for kind, pattern in _PATTERNS.items()}
# RFC 5321, 4.5.3.1: octets of the whole, and of what stands before the @.
_LONGEST_ADDRESS, _LONGEST_LOCAL_PART = 254, 64


def require_one_line(value: str, what: str) -> str:
    """`value` if it is one line of Unicode text; MailerError naming `what` otherwise."""
    if _CONTROL.search(value):
        raise MailerError(
            f"{what} contains a line break or another control character: {value[:60]!r}.",
            cure="Take it out and try again.",
        )
    require_encodable(value, what)
    return value


def require_encodable(value: str, what: str) -> bytes:
    """`value` as UTF-8; MailerError for half a surrogate pair or a NUL."""
    try:
        found = value.encode()
    except UnicodeEncodeError as error:
        raise MailerError(f"{what} holds half a character that cannot be written.") from error
    if "\0" in value:
        raise MailerError(f"{what} holds a NUL character, which no message may.")
    return found


def require_address(value: str, what: str) -> str:
    """A bare address in ASCII, of at most 254 characters; MailerError otherwise."""
    if not is_well_formed("address", value):
        raise MailerError(f"{what} is not an address mail can go to: {value[:80]!r}.")
    return value


def require_url(value: str, what: str) -> str:
    """A web address in ASCII that may stand in angle brackets; MailerError otherwise."""
    plain = value if value.isascii() else _ascii_url(require_one_line(value, what))
    if not is_well_formed("url", plain):
        raise MailerError(f"{what} is not a web address: {value[:80]!r}.")
    return plain


def require_mailto(value: str) -> str:
    """A mailto: address (RFC 6068) that may stand in angle brackets; MailerError otherwise."""
    if not is_well_formed("mailto", value):
        raise MailerError(
            f"The unsubscribe address is not one for mail: {value[:80]!r}.",
            cure="Check [mailbox] address.",
        )
    return value


def encode_text(value: str, name: str) -> str:
    """Free text for the field `name`: encoded words (RFC 2047) only where needed."""
    plain = require_one_line(value, name)
    if plain.isascii() and "=?" not in plain:
        return plain
    try:
        encoded = Header(plain, "utf-8", header_name=name, maxlinelen=75).encode()
    except HeaderParseError as error:
        raise MailerError(f"{name} cannot be written into a message: {plain[:60]!r}.") from error
    return encoded.replace("\n", "")


def parse_mailbox(value: str, name: str) -> tuple[str, str]:
    """(display name, address) of `Name <address>`; MailerError naming the field if bad."""
    plain = require_one_line(value, name).strip()
    found = _NAMED.fullmatch(plain)
    if found is None:
        return "", require_address(plain, name)
    # Bloggers write `Jane, of the hills <…>` without the quotes the standard wants.
    shown = found["shown"].strip().removeprefix('"').removesuffix('"')
    return re.sub(r'\\(["\\])', r"\1", shown), require_address(found["bare"].strip(), name)


def encode_mailbox(value: str, name: str) -> str:
    """`Name <address>` as it stands in the field `name`."""
    shown, bare = parse_mailbox(value, name)
    return _named(shown, bare, name) if shown else bare


def subject_text(value: str, envelope: Envelope) -> str:
    """The subject as text (not encoded); a test copy's is marked."""
    plain = require_one_line(value, "Subject").strip()
    if not plain:
        raise MailerError("The subject is empty.", cure="Give the issue a subject.")
    return f"[Test] {plain}" if envelope.kind == "test" else plain


def is_well_formed(kind: Kind, value: str) -> bool:
    """Whether `value` is a bare address in ASCII of at most 254 characters, or a web address
    or mailto: address (RFC 6068) that may stand in angle brackets.
    """
    if _ONE[kind].fullmatch(value) is None:
        return False
    return kind != "address" or _is_short(value)


def find_ill_formed(kind: Kind, values: Sequence[str]) -> tuple[int, ...]:
    """The places of those that are not well-formed. All are looked at in one go, and one by
    one only where that finds any: it costs a third.
    """
    lines = "\n".join([*values, ""])
    if lines.count("\n") != len(values) or _MANY[kind].fullmatch(lines) is None:
        return tuple(at for at, one in enumerate(values) if not is_well_formed(kind, one))
    if kind != "address" or max(map(len, values), default=0) <= _LONGEST_LOCAL_PART:
        return ()
    return tuple(at for at, one in enumerate(values) if not _is_short(one))


def common_headers(envelope: Envelope) -> tuple[tuple[str, str], ...]:
    """The fields every message of this envelope carries alike, besides From and Reply-To.

    A confirmation belongs to no list: it carries Auto-Submitted alone.
    """
    automatic = ("Auto-Submitted", "auto-generated")
    if envelope.kind == "confirm":
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
    found: str, envelope: Envelope, by_mail: str = ""
) -> tuple[tuple[str, str], ...]:
    """List-Unsubscribe and List-Unsubscribe-Post (RFC 8058) for one recipient's link.

    `by_mail` is the same way out as a mailto: address, for the mail programs that know no
    other. Nothing where there is no link, and on a confirmation.
    """
    if not found or envelope.kind == "confirm":
        return ()
    ways = f"<{require_url(found, 'The unsubscribe link')}>"
    if by_mail:
        ways += f", <{require_mailto(by_mail)}>"
    return (
        ("List-Unsubscribe", ways),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )


def fold(fields: Iterable[tuple[str, str]]) -> bytes:
    """Fields as lines with CRLF, folded at spaces (RFC 5322 2.2.3).

    Raises MailerError where a line cannot be kept within 998 octets.
    """
    return b"".join(_fold(name, value) for name, value in fields)


def _ascii_url(value: str) -> str:
    parts = urlsplit(value)
    try:
        host = parts.netloc.encode("idna").decode()
    except UnicodeError:
        return ""
    path, query = (quote(part, safe="/%:=&;+,@!$'()*?~") for part in (parts.path, parts.query))
    return parts._replace(netloc=host, path=path, query=query, fragment="").geturl()


def _fold(name: str, value: str) -> bytes:
    lines = [f"{name}:"]
    for word in re.findall(r" *[^ ]+", f" {value}"):
        if len(lines[-1]) + len(word) > FOLD_AT:
            lines.append(word)
        else:
            lines[-1] += word
    if any(len(line) > LONGEST_LINE for line in lines):
        raise MailerError(f"{name} is too long for a message: {value[:60]!r}…")
    return "\r\n".join([*lines, ""]).encode("ascii")


def _list_id(envelope: Envelope) -> str:
    identifier = envelope.list_id
    if len(identifier) > LONGEST_LIST_ID or not _LIST_LABELS.fullmatch(identifier):
        raise MailerError(
            f"[newsletter] list_id is not a list's name: {identifier[:80]!r}.",
            cure="Write one like weekly.example.com, and never change it.",
        )
    return _named(envelope.list_title.strip(), identifier, "List-Id")


def _named(shown: str, inner: str, field: str) -> str:
    """`shown <inner>`, the words quoted or encoded where the standard asks for it."""
    encoded = encode_text(shown, field)
    if encoded == shown and shown:
        return formataddr((shown, inner))
    return f"{encoded} <{inner}>".strip()


def _is_short(address: str) -> bool:
    return len(address) <= _LONGEST_ADDRESS and address.index("@") <= _LONGEST_LOCAL_PART
