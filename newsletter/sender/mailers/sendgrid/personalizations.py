"""Each recipient's part of a `POST /v3/mail/send`, as JSON. Pure."""

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
from newsletter.sender.batch import Batch
from newsletter.sender.mailers.sendgrid.bisect import all_of
from newsletter.sender.mailers.sendgrid.fast_encoder import Form, sample
from newsletter.sender.mailers.sendgrid.limits import LONGEST_FIELDS, strings_size
from newsletter.sender.mime import headers
from newsletter.sender.mime.message import checked_fields, missing_field
from newsletter.sender.recipients import addresses_of

# SendGrid replaces a tag alike in both parts, but a value must be escaped in the HTML part
# alone: tags there get names of their own.
IN_HTML = "_html"

Payload = dict[str, Any]
# For each merge field its tag in the text part and in the HTML part, "" where it has none.
Tags = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who may be written to, each with its personalization as JSON, and who was refused."""

    written: tuple[str, ...]
    recipients: Sequence[Recipient]
    refused: tuple[Receipt, ...]


def people(batch: Batch) -> People:
    """Everybody of a batch. A recipient that SendGrid would refuse is left out, refused.

    Raises MailerError for a subject with merge fields.
    """
    tags = tags_of(batch.edition)
    filled = _form(batch, tags).filled(batch.recipients)
    if all(filled) and not _has_twins(batch.recipients):
        return People(written=tuple(filled), recipients=batch.recipients, refused=())
    written: list[str] = []
    taken: list[Recipient] = []
    refused: list[Receipt] = []
    seen: set[str] = set()
    for one, text in zip(batch.recipients, filled, strict=True):
        try:
            found = text or _encoded(_personalization(batch, one, tags))
            _once(one, seen)
        except MailerError as error:
            refused += all_of((one,), "refused", str(error))
        else:
            written.append(found)
            taken.append(one)
    return People(written=tuple(written), recipients=tuple(taken), refused=tuple(refused))


# The batches of an edition share them.
@lru_cache(maxsize=32)
def tags_of(edition: Edition) -> Tags:
    """The merge fields of an edition. Raises MailerError where the subject holds one."""
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


def _form(batch: Batch, tags: Tags) -> Form:
    names = tuple(name for name, _ in batch.recipients[0].fields)
    try:
        model = _encoded(_personalization(batch, sample(names), tags))
    except MailerError:
        model = ""  # nobody can be written to: each hears why
    return Form(names, model, f"-nl{batch.edition.nonce}")


def _has_twins(recipients: Sequence[Recipient]) -> bool:
    return len(set(map(str.casefold, addresses_of(recipients)))) < len(recipients)


def _once(one: Recipient, seen: set[str]) -> None:
    address = one.address.casefold()
    if address in seen:
        raise MailerError("This address is in the batch already.")
    seen.add(address)


def _personalization(batch: Batch, one: Recipient, tags: Tags) -> Payload:
    to = headers.require_address(one.address, "The recipient's address")
    fields = checked_fields(one)
    substitutions = _substitutions(batch.edition.nonce, fields, tags)
    by_mail = fields.get("unsubscribe_mailto", "")
    own = dict(
        headers.unsubscribe_headers(fields.get("unsubscribe_url", ""), batch.envelope, by_mail)
    )
    if not own and batch.envelope.kind in ("issue", "welcome"):
        raise MailerError("There is no unsubscribe link for this recipient.")
    personalization: Payload = {
        "to": [{"email": to}],
        "substitutions": substitutions,
        # Opaque words only: SendGrid's staff can read these, and they are kept for long.
        "custom_args": {
            "attempt_id": batch.attempt_id,
            "issue_key": batch.issue_key,
            "subscriber_id": str(one.subscriber_id),
        },
    }
    if batch.envelope.origin:
        personalization["custom_args"]["origin"] = batch.envelope.origin
    if own:
        # Substitutions are not documented to reach headers, so the link stands literally.
        personalization["headers"] = own
    return personalization


def _substitutions(nonce: str, fields: Mapping[str, str], tags: Tags) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, in_text, in_html in tags:
        if name not in fields:
            raise missing_field(name)
        plain = merge.value(fields[name], nonce, html=False)
        if in_text:
            found[in_text] = plain
        if in_html:
            found[in_html] = escape(plain)
    if strings_size(found) > LONGEST_FIELDS:
        raise MailerError(
            f"The merge fields are longer than the {LONGEST_FIELDS:,} bytes SendGrid takes."
        )
    return found


def _encoded(personalization: Payload) -> str:
    return msgspec.json.encode(personalization).decode()
