"""Email addresses: what is one, and which two are the same person's.

Plain ASCII addresses are judged by one strict pattern; everything else by
email-validator, without asking the DNS. Gmail's dots and plus tags are left alone: they
are that provider's business, and other providers deliver them apart.
"""

from __future__ import annotations

import re

from subscribers.errors import InvalidAddress

MAX_LENGTH = 254  # RFC 5321 §4.5.3.1.3 less the angle brackets, RFC 3696 erratum 1690
_ATOM_CHAR = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN = re.compile(
    rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?!xn--)[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])"
)
# What clings to an address copied from a web page and cannot be seen.
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"


def normalise(text: str) -> str:
    """The address in the form messages go to: domain in lower-case ASCII (IDNA).

    The local part keeps its case (RFC 5321 §2.4 leaves it to the receiver); compare
    addresses by `identity`. Raises InvalidAddress.
    """
    if _PLAIN.fullmatch(text) and len(text) <= MAX_LENGTH:
        return text  # as nearly all are: a million of them are worth a way of their own
    written = text.strip().strip(_INVISIBLE).strip()
    local, at, domain = written.rpartition("@")
    plain = f"{local}{at}{domain.lower()}"
    if _PLAIN.fullmatch(plain) and len(plain) <= MAX_LENGTH:
        return plain
    return _judged_by_library(written)


def identity(address: str) -> str:
    """The key two spellings of one address share: a normalised address without case."""
    return address.lower()


def mentions(address: str) -> re.Pattern[str]:
    """Finds a normalised address within a text, but not as the tail of a longer one."""
    return re.compile(
        rf"(?<!{_ATOM_CHAR}){re.escape(address)}(?![A-Za-z0-9-]|\.[A-Za-z0-9])", re.IGNORECASE
    )


def _judged_by_library(written: str) -> str:
    if not written:
        raise InvalidAddress("There is no email address here.", cure="Fill it in.")
    shown = _printable(written if len(written) <= MAX_LENGTH else f"{written[:60]}…")
    if "@" not in written and "＠" not in written:
        # Said without the library: a wrong file may hold a million of these.
        raise _no_address(shown, "An email address must have an @-sign.")
    # 20 ms to import, and no list but a Chinese or a broken one needs it.
    from email_validator import EmailNotValidError, validate_email

    try:
        valid = validate_email(
            written, check_deliverability=False, allow_smtputf8=False, strict=True
        )
    except EmailNotValidError as error:
        raise _no_address(shown, str(error)) from error
    address = valid.ascii_email
    if address is None or len(address) > MAX_LENGTH:
        raise InvalidAddress(
            f"“{shown}” is longer than {MAX_LENGTH} characters.",
            cure="Check that it is one address.",
        )
    return address


def _no_address(shown: str, why: str) -> InvalidAddress:
    return InvalidAddress(
        f"“{shown}” is not an email address messages can go to: {why}",
        cure="Correct it, or leave it out.",
    )


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "�" for char in text)
