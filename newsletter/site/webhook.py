"""`POST /webhooks/sendgrid`: delivery events, signed by SendGrid.

The signature covers the raw bytes and is verified before anything is parsed. A signed list of
events is answered with 200, whatever they hold: SendGrid repeats all others for a day.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from newsletter.delivery.webhook_events import record_events
from newsletter.sender.mailers.sendgrid.webhook import (
    MAX_BODY,
    SIGNATURE,
    TIMESTAMP,
    is_signature_valid,
    parse_events,
)
from newsletter.site.current import current_context
from newsletter.text import one_line

blueprint = Blueprint("webhook", __name__)


@blueprint.post("/webhooks/sendgrid")
def sendgrid() -> Response:
    """Record what SendGrid reports."""
    context = current_context()
    request.max_content_length = MAX_BODY
    body = request.get_data(cache=False)
    signature, timestamp = request.headers.get(SIGNATURE), request.headers.get(TIMESTAMP)
    key = context.secrets.webhook_key
    if not (key and signature and timestamp):
        return _plain_text("Not signed.", 401)
    if not is_signature_valid(body, signature, timestamp, key):
        return _plain_text("Not SendGrid's signature.", 401)
    try:
        events = parse_events(body)
    except ValueError as error:
        current_app.logger.warning("SendGrid's events cannot be read: %s.", one_line(str(error)))
        return _plain_text("These are no events.", 400)
    record_events(context, events)
    return _plain_text("Thank you.", 200)


def _plain_text(text: str, status: int) -> Response:
    return Response(f"{text}\n", status, content_type="text/plain; charset=utf-8")
