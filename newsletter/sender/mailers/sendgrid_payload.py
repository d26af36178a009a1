"""The body of a `POST /v3/mail/send` for a batch, as a plain dictionary. Pure.

Source: https://www.twilio.com/docs/sendgrid/api-reference/mail-send (and its limits page).
Every mail and tracking setting is given: what is left out the account's pages decide, and
Subscription Tracking switched on there would put SendGrid's own unsubscribe link in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

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
# A cancel closer to its moment than this is not guaranteed.
IN_TIME = 10 * 60

Payload = dict[str, Any]
# For each merge field its tag in the text part and in the HTML part, "" where it has none.
Tags = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A payload, the recipients in it in order, and those it had to leave out.

    After `latest` (seconds since 1970, 0 for no limit) it may not be made any more: it
    could not be called back in time.
    """

    payload: Payload
    recipients: tuple[Recipient, ...]
    refused: tuple[Receipt, ...]
    latest: float = 0.0


def request_for(batch: Batch) -> Request:
    """The payload for a batch. A recipient that SendGrid would refuse is left out, refused.

    Raises MailerError where the whole batch would be refused for the sake of the edition or
    the envelope.
    """
    tags = _tags(batch.edition)
    personalizations: list[Payload] = []
    taken: list[Recipient] = []
    refused: list[Receipt] = []
    seen: set[str] = set()
    for one in batch.recipients:
        try:
            personalizations.append(_personalization(batch, one, seen, tags))
        except MailerError as error:
            refused += all_of((one,), "refused", str(error))
        else:
            taken.append(one)
    return Request(
        payload=_frame(batch) | {"personalizations": personalizations},
        recipients=tuple(taken),
        refused=tuple(refused),
        latest=batch.hold.send_at.timestamp() - IN_TIME if batch.hold else 0.0,
    )


def _frame(batch: Batch) -> Payload:
    edition, envelope = batch.edition, batch.envelope
    for value, what in ((edition.text, "The plain-text part"), (edition.html, "The HTML part")):
        headers.encodable(value, what)
    frame: Payload = {
        "from": _mailbox(envelope.from_address, "From"),
        "subject": headers.subject(edition.subject, envelope),
        "content": [
            {"type": "text/plain", "value": edition.text},
            {"type": "text/html", "value": _with_html_tags(edition.html, edition.nonce)},
        ],
        "headers": dict(headers.standing(envelope)),
        "categories": ["newsletter" if envelope.kind == "issue" else envelope.kind],
        "mail_settings": {"footer": {"enable": False}, "sandbox_mode": {"enable": False}},
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
            "ganalytics": {"enable": False},
        },
    }
    if envelope.reply_to:
        frame["reply_to"] = _mailbox(envelope.reply_to, "Reply-To")
    if batch.hold:
        frame["batch_id"] = batch.hold.id
        frame["send_at"] = int(batch.hold.send_at.timestamp())
    return frame


def _personalization(batch: Batch, one: Recipient, seen: set[str], tags: Tags) -> Payload:
    to = headers.address(one.address, "The recipient's address")
    fields = checked_fields(one)
    substitutions = _substitutions(batch.edition.nonce, fields, tags)
    own = dict(headers.unsubscribe(fields.get("unsubscribe_url", ""), batch.envelope))
    if not own and batch.envelope.kind in ("issue", "welcome"):
        raise MailerError("There is no unsubscribe link for this recipient.")
    if to.casefold() in seen:
        raise MailerError("This address is in the batch already.")
    seen.add(to.casefold())
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


def _tags(edition: Edition) -> Tags:
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


def _with_html_tags(html: str, nonce: str) -> str:
    pieces = list(merge.split(html, nonce))
    pieces[1::2] = [merge.tag(nonce, name + IN_HTML) for name in pieces[1::2]]
    return "".join(pieces)


def _mailbox(value: str, field: str) -> Payload:
    shown, bare = headers.mailbox(value, field)
    return {"email": bare, "name": shown} if shown else {"email": bare}
