"""Complete messages (RFC 5322, MIME) as bytes: built once an edition, joined a recipient.

Nothing is rendered or encoded for a recipient but the recipient's own few values: a form
letter keeps everything else encoded, with gaps.
"""

from __future__ import annotations

import hashlib
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
from newsletter.sender.mime.quoted_printable import encode_inline, encode_pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A text with gaps: `pieces` encoded, `names` of the fields that go between them."""

    pieces: tuple[bytes, ...]
    names: tuple[str, ...]

    def join(self, values: Mapping[str, bytes]) -> bytes:
        """The text with each gap filled by the encoded value of its name."""
        joined = [self.pieces[0]]
        for name, piece in zip(self.names, self.pieces[1:], strict=True):
            joined += (values[name], piece)
        return b"".join(joined)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageBuilder:
    """An edition made ready for any number of recipients.

    `seed` and `domain` make the Message-ID; `head` are the header lines all share.
    """

    envelope: Envelope
    nonce: str
    seed: str
    domain: str
    head: bytes
    text: Part
    html: Part
    between: bytes
    end: bytes

    def build(self, recipient: Recipient) -> bytes:
        """The whole message for one recipient, with CRLF line ends.

        Raises MailerError for a value that may not stand in a message, and for a merge
        field without a value.
        """
        fields = checked_fields(recipient)
        own = [
            ("To", headers.require_address(recipient.address, "The recipient's address")),
            ("Message-ID", self.message_id(recipient)),
            *headers.unsubscribe_headers(
                fields.get("unsubscribe_url", ""),
                self.envelope,
                fields.get("unsubscribe_mailto", ""),
            ),
        ]
        return b"".join(
            (
                headers.fold(own),
                self.head,
                self._fill(self.text, fields, html=False),
                self.between,
                self._fill(self.html, fields, html=True),
                self.end,
            )
        )

    def message_id(self, recipient: Recipient) -> str:
        """Always the same for the same message, and tells a stranger nothing."""
        seed = f"{self.seed}\n{recipient.subscriber_id}\n{recipient.address}"
        return f"<{hashlib.sha256(seed.encode()).hexdigest()[:40]}@{self.domain}>"

    def _fill(self, part: Part, fields: Mapping[str, str], *, html: bool) -> bytes:
        try:
            values = {
                name: encode_inline(merge.value(fields[name], self.nonce, html=html))
                for name in set(part.names)
            }
        except KeyError as error:
            raise no_value(error.args[0]) from error
        return part.join(values)


def checked_fields(recipient: Recipient) -> dict[str, str]:
    """A recipient's merge fields; MailerError where one holds a control character."""
    fields = dict(recipient.fields)
    try:
        headers.require_one_line("".join(fields.values()), "A merge field")
    except MailerError:
        # Looked at together they cost a third; one by one the bad one is named.
        for name, raw in fields.items():
            headers.require_one_line(raw, f"The merge field {name}")
        raise
    return fields


def no_value(name: str) -> MailerError:
    """The error for a merge tag this recipient has no value for."""
    return MailerError(f"The merge field {name} has no value for this recipient.")


def message_builder(batch: Batch) -> MessageBuilder:
    """The form letter of a batch, kept for the batches of the same edition that follow.

    Raises MailerError where the envelope or the edition may not stand in a message.
    """
    # A test copy or a confirmation is a new message each time; an issue's is one for ever.
    attempt = "" if batch.envelope.kind == "issue" else batch.attempt_id
    return _form_letter(batch.edition, batch.envelope, batch.issue_key, attempt, batch.date)


@lru_cache(maxsize=32)
def _form_letter(
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
        head=_head(edition, envelope, date, boundary) + _part_head("plain", boundary),
        text=_part(edition.text, edition.nonce, "The plain-text part"),
        html=_part(edition.html, edition.nonce, "The HTML part"),
        between=_part_head("html", boundary),
        end=f"\r\n--{boundary}--\r\n".encode(),
    )


def _head(edition: Edition, envelope: Envelope, date: datetime, boundary: str) -> bytes:
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


def _part_head(subtype: str, boundary: str) -> bytes:
    # The empty line before a boundary belongs to the boundary (RFC 2046 5.1.1).
    return (
        f"\r\n--{boundary}\r\n"
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()


def _part(text: str, nonce: str, what: str) -> Part:
    headers.require_encodable(text, what)
    pieces = merge.split(text, nonce)
    return Part(pieces=encode_pieces(pieces[::2]), names=pieces[1::2])
