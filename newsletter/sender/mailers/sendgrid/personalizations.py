"""Each recipient's part of `POST /v3/mail/send`: SendGrid calls it a personalization."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

import msgspec

from newsletter import merge
from newsletter.errors import MailerError
from newsletter.models import Edition, Receipt, Recipient
from newsletter.sender.batch import Batch, addresses_of, receipt_for_each
from newsletter.sender.mailers.sendgrid.fast_encoder import FastEncoder, sample_recipient
from newsletter.sender.mailers.sendgrid.limits import MAX_FIELDS_SIZE, strings_size
from newsletter.sender.mime import headers
from newsletter.sender.mime.message import checked_fields, missing_field

# SendGrid replaces a tag alike in both bodies, but a value must be escaped in HTML only. So
# merge tags in the HTML body have other names.
IN_HTML = "_html"

Payload = dict[str, Any]
# For each merge field its tag in the text body and in the HTML body, "" where it has none.
Tags = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Personalizations:
    """The recipients of a request, and those that SendGrid would refuse."""

    #: A personalization as JSON for each of `recipients`.
    encoded: tuple[str, ...]
    recipients: Sequence[Recipient]
    refused: tuple[Receipt, ...]


def build_personalizations(batch: Batch) -> Personalizations:
    """Return the personalizations of a batch. Raise MailerError for a subject with merge fields.

    The fast encoder writes most of them; the others, and their errors, come one by one.
    """
    tags = _tags_of(batch.edition)
    fast = _fast_encoder(batch, tags).encode(batch.recipients)
    if all(fast) and not _has_duplicates(batch.recipients):
        return Personalizations(encoded=tuple(fast), recipients=batch.recipients, refused=())
    encoded: list[str] = []
    recipients: list[Recipient] = []
    refused: list[Receipt] = []
    seen: set[str] = set()
    for recipient, text in zip(batch.recipients, fast, strict=True):
        try:
            personalization = text or _encode(_personalization(batch, recipient, tags))
            _require_unseen(recipient, seen)
        except MailerError as error:
            refused += receipt_for_each((recipient,), "refused", str(error))
        else:
            encoded.append(personalization)
            recipients.append(recipient)
    return Personalizations(
        encoded=tuple(encoded), recipients=tuple(recipients), refused=tuple(refused)
    )


# Cached for the batches of one edition.
@lru_cache(maxsize=32)
def _tags_of(edition: Edition) -> Tags:
    nonce = edition.nonce
    if len(merge.split(edition.subject, nonce)) > 1:
        raise MailerError("The subject may not hold merge fields.")
    in_text = set(merge.split(edition.text, nonce)[1::2])
    in_html = set(merge.split(edition.html, nonce)[1::2])
    return tuple(
        (
            name,
            merge.tag(nonce, name) if name in in_text else "",
            merge.tag(nonce, name + IN_HTML) if name in in_html else "",
        )
        for name in sorted(in_text | in_html)
    )


def _fast_encoder(batch: Batch, tags: Tags) -> FastEncoder:
    names = tuple(name for name, _ in batch.recipients[0].fields)
    try:
        template = _encode(_personalization(batch, sample_recipient(names), tags))
    except MailerError:
        template = ""  # every recipient fails: each gets its own error
    return FastEncoder(names, template, f"-nl{batch.edition.nonce}")


def _has_duplicates(recipients: Sequence[Recipient]) -> bool:
    return len(set(map(str.casefold, addresses_of(recipients)))) < len(recipients)


def _require_unseen(recipient: Recipient, seen: set[str]) -> None:
    address = recipient.address.casefold()
    if address in seen:
        raise MailerError("This address is in the batch already.")
    seen.add(address)


def _personalization(batch: Batch, recipient: Recipient, tags: Tags) -> Payload:
    to = headers.require_address(recipient.address, "The recipient's address")
    fields = checked_fields(recipient)
    substitutions = _substitutions(batch.edition.nonce, fields, tags)
    link, mailto = fields.get("unsubscribe_url", ""), fields.get("unsubscribe_mailto", "")
    own_headers = dict(headers.unsubscribe_headers(link, batch.envelope, mailto))
    if not own_headers and batch.envelope.kind in ("issue", "welcome"):
        raise MailerError("There is no unsubscribe link for this recipient.")
    personalization: Payload = {
        "to": [{"email": to}],
        "substitutions": substitutions,
        # Opaque values only: SendGrid's staff can read these, and SendGrid keeps them for long.
        "custom_args": {
            "attempt_id": batch.attempt_id,
            "issue_key": batch.issue_key,
            "subscriber_id": str(recipient.subscriber_id),
        },
    }
    if batch.envelope.origin:
        personalization["custom_args"]["origin"] = batch.envelope.origin
    if own_headers:
        # SendGrid does not document that substitutions reach headers: the link is literal.
        personalization["headers"] = own_headers
    return personalization


def _substitutions(nonce: str, fields: Mapping[str, str], tags: Tags) -> dict[str, str]:
    substitutions: dict[str, str] = {}
    for name, text_tag, html_tag in tags:
        if name not in fields:
            raise missing_field(name)
        plain = merge.value(fields[name], nonce, html=False)
        if text_tag:
            substitutions[text_tag] = plain
        if html_tag:
            substitutions[html_tag] = escape(plain)
    if strings_size(substitutions) > MAX_FIELDS_SIZE:
        raise MailerError(
            f"The merge fields are longer than the {MAX_FIELDS_SIZE:,} bytes SendGrid takes."
        )
    return substitutions


def _encode(personalization: Payload) -> str:
    return msgspec.json.encode(personalization).decode()
