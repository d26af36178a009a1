"""Each recipient's part of `POST /v3/mail/send`: SendGrid calls it a personalization.

Nearly all recipients of a batch differ in a few values that are plain or easy to escape.
`FastEncoder` fills those into the JSON of a sample, a column at a time, which takes a tenth of
encoding one recipient after the other. A recipient with any other value is left to the slow
encoder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import repeat
from typing import Any

import msgspec

from newsletter import merge
from newsletter.errors import MailerError
from newsletter.models import Edition, Receipt, Recipient
from newsletter.sender.batch import Batch, Recipients, addresses_of, ids_of, receipt_for_each
from newsletter.sender.mailers.sendgrid.limits import MAX_FIELDS_SIZE, strings_size
from newsletter.sender.mime import headers
from newsletter.sender.mime.headers import Kind, find_ill_formed
from newsletter.sender.mime.message import checked_fields, missing_field

# SendGrid replaces a tag alike in both bodies, but a value must be escaped in HTML only. So
# merge tags in the HTML body have other names.
IN_HTML = "_html"
#: The merge fields that SendGrid fills in itself, with links of its own.
SENDGRID_FIELDS = frozenset({merge.UNSUBSCRIBE["sendgrid"], merge.PREFERENCES["sendgrid"]})

Payload = dict[str, Any]
# For each merge field its tag in the text body and in the HTML body, "" where it has none.
Tags = tuple[tuple[str, str, str], ...]
# Characters of one personalization. SendGrid allows 10,000 bytes of merge fields, and a character
# has at most four: nothing shorter can exceed the limit.
_MAX_LENGTH = 2_500
_NEED_ESCAPE = "&<>\"'\\"
_LINKS: dict[str, Kind] = {
    merge.UNSUBSCRIBE["own"]: "url",
    merge.UNSUBSCRIBE["mailto"]: "mailto",
}
_SAMPLE_ID = 987_654_321_012_345
_SAMPLE_ADDRESS = "sample@sample.invalid"
Columns = Sequence[Sequence[str]]


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
    """Return the tags that differ from reader to reader. SendGrid fills in its own links."""
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
        for name in sorted((in_text | in_html) - SENDGRID_FIELDS)
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
    own_headers = _unsubscribe_headers(batch, fields)
    is_list = batch.envelope.kind in ("issue", "welcome")
    if is_list and not own_headers and merge.UNSUBSCRIBE["sendgrid"] not in fields:
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


def _unsubscribe_headers(batch: Batch, fields: Mapping[str, str]) -> dict[str, str]:
    """Return the header fields for a recipient's way out, none where it is SendGrid's own."""
    link, mailto = (fields.get(merge.UNSUBSCRIBE[way]) for way in ("own", "mailto"))
    if merge.UNSUBSCRIBE["sendgrid"] in fields or not (mailto if link is None else link):
        return {}
    return dict(headers.unsubscribe_headers(link or "", batch.envelope, mailto or ""))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A place in the template where a recipient's value belongs."""

    #: The index of the value's column: address, subscriber id, then the merge fields.
    column: int
    #: Whether the value is escaped for HTML there.
    in_html: bool


def sample_recipient(names: tuple[str, ...]) -> Recipient:
    """Return a recipient whose values are unique: each is found again in the encoded JSON."""
    fields = tuple((name, _sample_value(name, at)) for at, name in enumerate(names))
    return Recipient(subscriber_id=_SAMPLE_ID, address=_SAMPLE_ADDRESS, fields=fields)


class FastEncoder:
    """Fill recipients into a template: the encoded personalization of `sample_recipient(names)`.

    An empty template leaves every recipient to the slow encoder. `tag_start` is the beginning
    of the edition's merge tags; a value that contains it must be changed by the slow encoder.
    """

    def __init__(self, names: tuple[str, ...], template: str, tag_start: str) -> None:
        self._names, self._tag_start = names, tag_start
        samples = (
            _SAMPLE_ADDRESS,
            str(_SAMPLE_ID),
            *(_sample_value(name, at) for at, name in enumerate(names)),
        )
        gaps = {
            text: Gap(column=column, in_html=in_html)
            for column, value in enumerate(samples)
            for text, in_html in ((escape(value), True), (value, False))
        }
        # The longer first: a value is also part of its own escaped form.
        pattern = "|".join(map(re.escape, sorted(gaps, key=len, reverse=True)))
        pieces = re.split(f"({pattern})", template)
        self._pieces = pieces[::2]
        self._gaps = tuple(gaps[text] for text in pieces[1::2])

    def encode(self, recipients: Sequence[Recipient]) -> list[str]:
        """Return a personalization as JSON for each recipient, "" for the slow encoder."""
        if not self._gaps or not recipients:
            return [""] * len(recipients)
        fields, slow = self._columns(recipients)
        addresses = addresses_of(recipients)
        slow.update(find_ill_formed("address", addresses))
        slow.update(self._find_tags(addresses))
        for name, values in zip(self._names, fields, strict=True):
            if tuple(values) != tuple(addresses):
                slow.update(self._find_irregular(name, values))
        encoded = self._fill([addresses, list(map(str, ids_of(recipients))), *fields])
        if max(map(len, encoded)) > _MAX_LENGTH:
            slow.update(at for at, text in enumerate(encoded) if len(text) > _MAX_LENGTH)
        for at in slow:
            encoded[at] = ""
        return encoded

    def _columns(self, recipients: Sequence[Recipient]) -> tuple[Columns, set[int]]:
        """Return a column of values for each name, and the indexes of other recipients."""
        if isinstance(recipients, Recipients) and recipients.names == self._names:
            return recipients.values, set()
        rows = [dict(recipient.fields) for recipient in recipients]
        others = {at for at, row in enumerate(rows) if tuple(row) != self._names}
        return [[row.get(name, "") for row in rows] for name in self._names], others

    def _find_irregular(self, name: str, column: Sequence[str]) -> Iterator[int]:
        """Yield the indexes of values that must be changed or refused."""
        if kind := _LINKS.get(name):
            yield from find_ill_formed(kind, column)
        elif not "".join(column).isprintable():
            yield from (at for at, value in enumerate(column) if not value.isprintable())
        yield from self._find_tags(column)

    def _find_tags(self, column: Sequence[str]) -> Iterator[int]:
        if self._tag_start in "".join(column):
            yield from (at for at, value in enumerate(column) if self._tag_start in value)

    def _fill(self, columns: Columns) -> list[str]:
        # Most columns have nothing to escape: each is checked once, not at each of its gaps.
        plain = [_is_plain("".join(column)) for column in columns]
        parts: list[Iterable[str]] = [repeat(self._pieces[0])]
        for gap, piece in zip(self._gaps, self._pieces[1:], strict=True):
            column = columns[gap.column]
            parts += (column if plain[gap.column] else _escape(column, gap), repeat(piece))
        return list(map("".join, zip(*parts, strict=False)))


def _is_plain(text: str) -> bool:
    # Six searches for one character each take a tenth of one search for any of them.
    return not any(character in text for character in _NEED_ESCAPE)


def _escape(column: Sequence[str], gap: Gap) -> list[str]:
    """Return the values escaped for JSON, and before that for HTML if they belong there."""
    values = [escape(value) for value in column] if gap.in_html else column
    return [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]


def _sample_value(name: str, at: int) -> str:
    # The "&" is written otherwise in HTML, which tells gaps in HTML from the others.
    if name == merge.UNSUBSCRIBE["mailto"]:
        return f"mailto:sample-{at}@sample.invalid?&"
    return f"https://sample.invalid/{at}/?&"
