"""`POST /webhooks/sendgrid`: what became of the messages, signed by SendGrid.

The raw bytes are verified before anything is parsed. Whatever is signed is kept and
answered with 200, for SendGrid repeats everything else for a day.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from newsletter.context import Context
from newsletter.delivery.webhook_events import record_events
from newsletter.sender.mailers.sendgrid.webhook import (
    MAX_BODY,
    SIGNATURE,
    TIMESTAMP,
    is_signature_valid,
    parse_events,
)


def webhook(context: Context) -> Blueprint:
    """The route SendGrid calls."""
    pages = Blueprint("webhook", __name__)

    @pages.post("/webhooks/sendgrid")
    def sendgrid() -> Response:
        request.max_content_length = MAX_BODY
        body = request.get_data(cache=False)
        signature, timestamp = request.headers.get(SIGNATURE), request.headers.get(TIMESTAMP)
        key = context.secrets.webhook_key
        if not (key and signature and timestamp):
            return _said("Not signed.", 401)
        if not is_signature_valid(body, signature, timestamp, key):
            return _said("Not SendGrid's signature.", 401)
        try:
            found = parse_events(body)
        except ValueError:
            return _said("These are no events.", 400)
        record_events(context, found)
        return _said("Thank you.", 200)

    return pages


def _said(text: str, status: int) -> Response:
    return Response(f"{text}\n", status, content_type="text/plain; charset=utf-8")
