"""Complete messages (RFC 5322, MIME) as bytes.

An edition is rendered and encoded once, in quoted-printable (RFC 2045, 6.7). For each recipient
only the recipient's own values are encoded and put into the gaps: each piece is encoded on its
own, and pieces are joined by soft line breaks, so a value of any length fits between two of them.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from newsletter import merge
from newsletter.errors import MailerError
from newsletter.models import Edition, Recipient
from newsletter.sender.batch import Batch, Envelope
from newsletter.sender.mime import headers

SOFT_BREAK = b"=\r\n"
# RFC 2045, 6.7 (5): at most 76 octets in a line, including the "=" of a soft break.
_LINE = 76
_NEWLINE = re.compile(r"\r\n|\r|\n")
_FROM = re.compile(rb"^From ", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedBody:
    """A text or HTML body in quoted-printable, with gaps for merge fields."""

    pieces: tuple[bytes, ...]
    #: The merge fields between the pieces, one fewer than there are pieces.
    names: tuple[str, ...]

    def join(self, values: Mapping[str, bytes]) -> bytes:
        """Return the body with the encoded value of each merge field in its gaps."""
        joined = [self.pieces[0]]
        for name, piece in zip(self.names, self.pieces[1:], strict=True):
            joined += (values[name], piece)
        return b"".join(joined)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageBuilder:
    """An edition encoded for any number of recipients."""

    envelope: Envelope
    #: The nonce of the edition's merge tags.
    nonce: str
    #: The seed of every Message-ID, and the part after its "@".
    seed: str
    domain: str
    #: The header lines that all messages share, up to the beginning of the text body.
    head: bytes
    text: EncodedBody
    #: The boundary between both bodies.
    between: bytes
    html: EncodedBody
    end: bytes

    def build(self, recipient: Recipient) -> bytes:
        """Return the message for one recipient, with CRLF line ends.

        Raise MailerError for a value that must not appear in a message, and for a merge field
        without a value.
        """
        fields = checked_fields(recipient)
        own_headers = [
            ("To", headers.require_address(recipient.address, "The recipient's address")),
            ("Message-ID", self.message_id(recipient)),
            *headers.unsubscribe_headers(
                fields.get(merge.UNSUBSCRIBE["own"], ""),
                self.envelope,
                fields.get(merge.UNSUBSCRIBE["mailto"], ""),
            ),
        ]
        return b"".join(
            (
                headers.fold(own_headers),
                self.head,
                self._fill(self.text, fields, html=False),
                self.between,
                self._fill(self.html, fields, html=True),
                self.end,
            )
        )

    def message_id(self, recipient: Recipient) -> str:
        """Return the Message-ID: always the same for one message, and opaque to others."""
        seed = f"{self.seed}\n{recipient.subscriber_id}\n{recipient.address}"
        return f"<{hashlib.sha256(seed.encode()).hexdigest()[:40]}@{self.domain}>"

    def _fill(self, body: EncodedBody, fields: Mapping[str, str], *, html: bool) -> bytes:
        try:
            values = {
                name: encode_inline(merge.value(fields[name], self.nonce, html=html))
                for name in set(body.names)
            }
        except KeyError as error:
            raise missing_field(error.args[0]) from error
        return body.join(values)


def checked_fields(recipient: Recipient) -> dict[str, str]:
    """Return a recipient's merge fields; raise MailerError if one has a control character."""
    fields = dict(recipient.fields)
    try:
        headers.require_one_line("".join(fields.values()), "A merge field")
    except MailerError:
        # One check of all values costs a third; only a failure looks for the field at fault.
        for name, value in fields.items():
            headers.require_one_line(value, f"The merge field {name}")
        raise
    return fields


def missing_field(name: str) -> MailerError:
    """Return the error for a merge field without a value."""
    return MailerError(f"The merge field {name} has no value for this recipient.")


def message_builder(batch: Batch) -> MessageBuilder:
    """Return the builder for a batch, cached for the next batches of the same edition.

    Raise MailerError if the envelope or the edition has what must not appear in a message.
    """
    # A proof copy or a confirmation is a new message each time, with a new Message-ID.
    # A message of an issue has one Message-ID, whichever attempt sends it.
    attempt = "" if batch.envelope.kind == "issue" else batch.attempt_id
    return _message_builder(batch.edition, batch.envelope, batch.issue_key, attempt, batch.date)


@lru_cache(maxsize=32)
def _message_builder(
    edition: Edition, envelope: Envelope, issue_key: str, attempt: str, date: datetime
) -> MessageBuilder:
    boundary = f"=_{hashlib.sha256(edition.content_hash.encode()).hexdigest()[:32]}"
    _, sender = headers.parse_mailbox(envelope.from_address, "From")
    if len(merge.split(edition.subject, edition.nonce)) > 1:
        raise MailerError("The subject may not hold merge fields.")
    return MessageBuilder(
        envelope=envelope,
        nonce=edition.nonce,
        seed=f"{envelope.list_id}\n{envelope.kind}\n{issue_key}\n{attempt}\n{date.isoformat()}",
        domain=sender.rpartition("@")[2],
        head=_shared_head(edition, envelope, date, boundary) + _body_head("plain", boundary),
        text=_encode_body(edition.text, edition.nonce, "The plain-text part"),
        between=_body_head("html", boundary),
        html=_encode_body(edition.html, edition.nonce, "The HTML part"),
        end=f"\r\n--{boundary}--\r\n".encode(),
    )


def _shared_head(edition: Edition, envelope: Envelope, date: datetime, boundary: str) -> bytes:
    fields = [
        ("From", headers.encode_mailbox(envelope.from_address, "From")),
        (
            "Subject",
            headers.encode_text(headers.subject_text(edition.subject, envelope), "Subject"),
        ),
        ("Date", format_datetime(date)),
        *headers.common_headers(envelope),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    if envelope.reply_to:
        fields.insert(1, ("Reply-To", headers.encode_mailbox(envelope.reply_to, "Reply-To")))
    return headers.fold(fields)


def _body_head(subtype: str, boundary: str) -> bytes:
    # The empty line before a boundary belongs to the boundary (RFC 2046, 5.1.1).
    return (
        f"\r\n--{boundary}\r\n"
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()


def _encode_body(text: str, nonce: str, what: str) -> EncodedBody:
    headers.require_encodable(text, what)
    pieces = merge.split(text, nonce)
    return EncodedBody(pieces=encode_pieces(pieces[::2]), names=pieces[1::2])


def encode_quoted_printable(text: str) -> bytes:
    """Return `text` as quoted-printable with CRLF line ends, no line over 76 octets.

    Line ends of any kind become CRLF. "From " at the start of a line is escaped, because
    programs that write mbox files would change it.
    """
    canonical = _NEWLINE.sub("\n", text).encode()
    encoded = binascii.b2a_qp(canonical, istext=True)
    # The escape makes the line longer by two octets; the soft break keeps it within 76.
    return _FROM.sub(b"=46rom=\n ", encoded).replace(b"\n", b"\r\n")


def encode_inline(text: str) -> bytes:
    """Return `text` encoded, its last line with room for the "=" of a soft break."""
    encoded = encode_quoted_printable(text)
    if len(encoded) - encoded.rfind(b"\n") - 1 < _LINE:
        return encoded
    cut = -3 if encoded[-3:-2] == b"=" else -1
    return encoded[:cut] + SOFT_BREAK + encoded[cut:]


def encode_pieces(pieces: tuple[str, ...]) -> tuple[bytes, ...]:
    """Return the pieces of a text with gaps, ready to be joined by `encode_inline` values.

    A piece that begins or ends in the middle of a line has a soft break on that side.
    """
    last = len(pieces) - 1
    return tuple(
        _encode_piece(piece, first=at == 0, last=at == last) for at, piece in enumerate(pieces)
    )


def _encode_piece(piece: str, *, first: bool, last: bool) -> bytes:
    encoded = encode_quoted_printable(piece) if last else encode_inline(piece)
    if not first and not encoded.startswith(b"\r\n"):
        encoded = SOFT_BREAK + encoded
    if not last and encoded and not encoded.endswith(b"\n"):
        encoded += SOFT_BREAK
    return encoded
