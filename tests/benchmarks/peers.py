"""Django and django-anymail doing the same work; the extra `bench` installs them.

Nodemailer needs Node, so no row measures it. By hand: `npm install nodemailer`, then a pool
(`createTransport({pool: true, maxConnections: 1, host, port})`) that sends the same message as
often to the port that `smtp_sink` returns.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from html import escape
from importlib.util import find_spec
from typing import Any

from newsletter import merge
from newsletter.models import Recipient
from newsletter.sender.batch import Batch
from tests.support.sendgrid import KEY

Send = Callable[[], None]


def are_installed() -> bool:
    """Tell whether the packages to compare with are installed."""
    return find_spec("anymail") is not None


def anymail(url: str, batches: Sequence[Batch]) -> Send:
    """Merge sending: one call a batch, with merge data, metadata and headers for each reader.

    The readers' data is at hand, the links are signed before, and the connection stays open between
    calls, as ours does.
    """
    mail = _django()
    with warnings.catch_warnings():
        # It warns that SendGrid is no longer supported; no newer package supports it.
        warnings.simplefilter("ignore")
        line: Any = mail.get_connection(
            "anymail.backends.sendgrid.EmailBackend", api_key=KEY, api_url=f"{url}/v3/"
        )
    given = [(batch, _merge_options(batch)) for batch in batches]

    def send() -> None:
        line.open()
        for batch, merged in given:
            message = _message(mail, batch, [*merged["merge_data"]], line, batch.recipients[0])
            for name, values in merged.items():
                setattr(message, name, values)
            assert message.send() == 1
        line.close()

    return send


def django(port: int, batch: Batch) -> Send:
    """Django's own mail backend: a message for each reader, over one open connection."""
    mail, people = _django(), batch.recipients

    def send() -> None:
        line: Any = mail.get_connection(
            "django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=port
        )
        messages = (
            _message(mail, _fill_tags(batch, recipient), [recipient.address], line, recipient)
            for recipient in people
        )
        assert line.send_messages(list(messages)) == len(people)

    return send


def _merge_options(batch: Batch) -> dict[str, Any]:
    shared = {"attempt_id": batch.attempt_id, "issue_key": batch.issue_key}
    return {
        "merge_data": {recipient.address: dict(recipient.fields) for recipient in batch.recipients},
        "merge_metadata": {
            recipient.address: shared | {"subscriber_id": str(recipient.subscriber_id)}
            for recipient in batch.recipients
        },
        "merge_headers": {recipient.address: _way_out(recipient) for recipient in batch.recipients},
        "esp_extra": {"merge_field_format": f"-nl{batch.edition.nonce}.{{}}-"},
    }


def _message(mail: Any, batch: Batch, to: list[str], line: Any, first: Recipient) -> Any:
    edition = batch.edition
    headers = {"List-Id": f"<{batch.envelope.list_id}>"} | _way_out(first)
    message = mail.EmailMultiAlternatives(
        edition.subject, edition.text, batch.envelope.from_address, to, connection=line
    )
    message.attach_alternative(edition.html, "text/html")
    message.extra_headers = headers
    return message


def _fill_tags(batch: Batch, one: Recipient) -> Batch:
    text, html, nonce = batch.edition.text, batch.edition.html, batch.edition.nonce
    for name, value in one.fields:
        text = text.replace(merge.tag(nonce, name), value)
        html = html.replace(merge.tag(nonce, name), escape(value))
    return replace(batch, edition=replace(batch.edition, text=text, html=html))


def _way_out(one: Recipient) -> dict[str, str]:
    return {
        "List-Unsubscribe": f"<{dict(one.fields)['unsubscribe_url']}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@cache
def _django() -> Any:
    from django import setup
    from django.conf import settings
    from django.core import mail

    settings.configure(INSTALLED_APPS=["anymail"])
    setup()
    return mail
