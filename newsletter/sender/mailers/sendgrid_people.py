"""Each recipient's part of a `POST /v3/mail/send`, as JSON. Pure.

Built once as a dictionary and then filled in like a form: of a thousand recipients nearly
all differ by a few words that need no escaping anywhere, and those cost a tenth that way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import msgspec

from newsletter import merge
from newsletter.errors import MailerError
from newsletter.models import Edition, Receipt, Recipient
from newsletter.sender import headers
from newsletter.sender.batch import Batch
from newsletter.sender.mailers.parts import all_of
from newsletter.sender.mailers.sendgrid_limits import LONGEST_FIELDS, strings_size
from newsletter.sender.message import checked_fields, no_value

# SendGrid replaces a tag alike in both parts, but a value must be escaped in the HTML part
# alone: tags there get names of their own.
IN_HTML = "_html"
# Ten thousand bytes of merge fields may not be passed; so few characters never can.
_SHORT = 1_000

Payload = dict[str, Any]
# For each merge field its tag in the text part and in the HTML part, "" where it has none.
Tags = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who may be written to, each with its personalization as JSON, and who was refused."""

    written: tuple[str, ...]
    recipients: tuple[Recipient, ...]
    refused: tuple[Receipt, ...]


def people(batch: Batch) -> People:
    """Everybody of a batch. A recipient that SendGrid would refuse is left out, refused.

    Raises MailerError for a subject with merge fields.
    """
    tags = tags_of(batch.edition)
    form = _Form(batch, tags)
    written: list[str] = []
    taken: list[Recipient] = []
    refused: list[Receipt] = []
    seen: set[str] = set()
    for one in batch.recipients:
        try:
            found = form.filled(one) or _encoded(_personalization(batch, one, tags))
            _once(one, seen)
        except MailerError as error:
            refused += all_of((one,), "refused", str(error))
        else:
            written.append(found)
            taken.append(one)
    return People(written=tuple(written), recipients=tuple(taken), refused=tuple(refused))


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


def _once(one: Recipient, seen: set[str]) -> None:
    address = one.address.casefold()
    if address in seen:
        raise MailerError("This address is in the batch already.")
    seen.add(address)


def _personalization(batch: Batch, one: Recipient, tags: Tags) -> Payload:
    to = headers.address(one.address, "The recipient's address")
    fields = checked_fields(one)
    substitutions = _substitutions(batch.edition.nonce, fields, tags)
    by_mail = fields.get("unsubscribe_mailto", "")
    own = dict(headers.unsubscribe(fields.get("unsubscribe_url", ""), batch.envelope, by_mail))
    if not own and batch.envelope.kind in ("issue", "welcome"):
        raise MailerError("There is no unsubscribe link for this recipient.")
    personalization: Payload = {
        "to": [{"email": to}],
        "substitutions": substitutions,
        # Opaque numbers only: SendGrid's staff can read these, and they are kept for long.
        "custom_args": {
            "attempt_id": batch.attempt_id,
            "issue_key": batch.issue_key,
            "subscriber_id": str(one.subscriber_id),
        },
    }
    if own:
        # Substitutions are not documented to reach headers, so the link stands literally.
        personalization["headers"] = own
    return personalization


def _substitutions(nonce: str, fields: Mapping[str, str], tags: Tags) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, in_text, in_html in tags:
        if name not in fields:
            raise no_value(name)
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


class _Form:
    """What a sample recipient's personalization gives, with gaps where its values stand.

    `filled` leaves to the long way ("") whoever a gap is not good enough for.
    """

    def __init__(self, batch: Batch, tags: Tags) -> None:
        self._tag = f"-nl{batch.edition.nonce}"
        self._names = tuple(name for name, _ in batch.recipients[0].fields)
        sample = _sample(self._names)
        values = (sample.address, str(sample.subscriber_id), *(v for _, v in sample.fields))
        try:
            model = _encoded(_personalization(batch, sample, tags))
        except MailerError:
            model = ""
        self._pieces = re.split(f"({'|'.join(map(re.escape, values))})", model)
        self._gaps = tuple(values.index(value) for value in self._pieces[1::2])

    def filled(self, one: Recipient) -> str:
        """The personalization of one recipient, or ""."""
        fields = dict(one.fields)
        values = (one.address, str(one.subscriber_id), *fields.values())
        if tuple(fields) != self._names or not self._gaps or not self._is_plain("".join(values)):
            return ""
        if not headers.is_url(fields.get("unsubscribe_url", "")):
            return ""
        by_mail = fields.get("unsubscribe_mailto")
        if by_mail is not None and not headers.is_mailto(by_mail):
            return ""
        headers.address(one.address, "The recipient's address")
        pieces = self._pieces.copy()
        pieces[1::2] = [values[gap] for gap in self._gaps]
        return "".join(pieces)

    def _is_plain(self, together: str) -> bool:
        """Whether it reads the same in JSON, in HTML and as text, and breaks no limit."""
        return (
            together.isprintable()
            and escape(together) == together
            and "\\" not in together
            and self._tag not in together
            and len(together) <= _SHORT
        )


def _sample(names: tuple[str, ...]) -> Recipient:
    return Recipient(
        subscriber_id=987_654_321_012_345,
        address="sample@sample.invalid",
        fields=tuple((name, _sample_value(name, at)) for at, name in enumerate(names)),
    )


def _sample_value(name: str, at: int) -> str:
    if name == "unsubscribe_mailto":
        return f"mailto:sample-{at}@sample.invalid"
    return f"https://sample.invalid/{at}/"


def _encoded(personalization: Payload) -> str:
    return msgspec.json.encode(personalization).decode()
