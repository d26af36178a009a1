"""What each answer of SendGrid means for the recipients of a request. Pure.

Source: https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api
(errors, rate limits). SendGrid has no idempotency key, so a request whose outcome nobody
knows is never made again: 5xx is `unknown`, and so is an answer it does not document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from newsletter.errors import MailerError
from newsletter.models import Receipt, Recipient
from newsletter.sender.mailers.keep_alive import HttpResponse
from newsletter.sender.mailers.sendgrid.bisect import Indivisible, all_of

SHORTEST_PAUSE = 5.0
LONGEST_PAUSE = 300.0
# Epoch seconds pass this in the year 5138: anything larger is milliseconds.
_MILLISECONDS = 1e11
_NAMED = re.compile(r"personalizations[.\[](\d+)")
_LONGEST_WORDS = 300

BAD_REQUEST = 400
TOO_LARGE = 413
TOO_MANY = 429


def receipts_for(answer: HttpResponse, recipients: Sequence[Recipient]) -> tuple[Receipt, ...]:
    """One receipt for each recipient of the request, in its order.

    Raises MailerError where the key, the account, the settings or the contents stand in the
    way, and Indivisible where smaller requests would help. Nothing was sent then.
    """
    status = answer.status
    if status == 202:  # noqa: PLR2004 (the only answer that means "queued")
        return all_of(recipients, "accepted", "", answer.header("X-Message-Id"))
    if status == BAD_REQUEST:
        return _bad_request(answer, recipients)
    if status == TOO_MANY:
        return all_of(recipients, "not_sent", "SendGrid asks for patience (429)")
    if status == TOO_LARGE:
        raise Indivisible("SendGrid finds the message too large (413)")
    raise_if_refused(answer)
    return all_of(recipients, "unknown", f"SendGrid answered {status}, so nobody can say")


def pause_after(answer: HttpResponse, now: float) -> float:
    """Seconds to wait after this answer; `now` in seconds since 1970.

    A 429 without a sane time asks for the shortest pause; none is longer than five minutes.
    """
    refused = answer.status == TOO_MANY
    if not refused and answer.header("X-RateLimit-Remaining") != "0":
        return 0.0
    wanted = _number(answer.header("Retry-After"))
    if wanted is None:
        reset = _number(answer.header("X-RateLimit-Reset"))
        if reset is not None and reset > _MILLISECONDS:
            reset /= 1000
        # The header counts whole seconds: one more is sure to be past the moment.
        wanted = reset - now + 1 if reset is not None else None
    if wanted is None or wanted <= 0:
        return SHORTEST_PAUSE if refused else 0.0
    return min(wanted, LONGEST_PAUSE)


def _bad_request(answer: HttpResponse, recipients: Sequence[Recipient]) -> tuple[Receipt, ...]:
    errors = _errors(answer.body)
    named: dict[int, str] = {}
    for error in errors:
        found = _NAMED.search(str(error.get("field") or ""))
        if found and int(found[1]) < len(recipients):
            named[int(found[1])] = f"SendGrid refuses this recipient: {_words(answer.body)}"
    if named:
        return tuple(
            Receipt(subscriber_id=one.subscriber_id, outcome="refused", detail=named[at])
            if at in named
            else Receipt(
                subscriber_id=one.subscriber_id,
                outcome="not_sent",
                detail="SendGrid refused another recipient of the same request",
            )
            for at, one in enumerate(recipients)
        )
    if any(error.get("field") for error in errors):
        raise MailerError(
            f"SendGrid refuses the message: {_words(answer.body)}.",
            cure="Correct the settings or the issue, then send again.",
        )
    raise Indivisible(f"SendGrid refuses it without saying why: {_words(answer.body)}")


def raise_if_refused(answer: HttpResponse, *, rehearsing: bool = False) -> None:
    """Raises MailerError for an answer that no other try would change; else does nothing."""
    status, words = answer.status, _words(answer.body)
    if status == 401:  # noqa: PLR2004 (unauthorized)
        raise MailerError(
            "SendGrid does not accept the key.",
            cure="Check SENDGRID_API_KEY in .env, then send again.",
        )
    if status == 403:  # noqa: PLR2004 (forbidden)
        raise MailerError(
            f"SendGrid forbids this: {words}.",
            cure="Check that the key may send mail and that the sender's domain is verified "
            "in SendGrid, then send again.",
        )
    if status == 200 and not rehearsing:  # noqa: PLR2004 (sandbox mode)
        raise MailerError(
            "SendGrid only rehearsed (answer 200): nothing was sent.",
            cure="Switch sandbox mode off in the SendGrid account, then send again.",
        )
    if 300 <= status < 400:  # noqa: PLR2004 (redirects)
        raise MailerError(
            f"The SendGrid address leads elsewhere (answer {status}).",
            cure="Check host under [sender.sendgrid].",
        )
    if 400 <= status < 500 and status not in (408, TOO_MANY):  # noqa: PLR2004 (408: it saw part of the request)
        raise MailerError(
            f"SendGrid refuses the request (answer {status}): {words}.",
            cure="Check host under [sender.sendgrid] and the SendGrid account.",
        )


def _errors(body: bytes) -> list[dict[str, Any]]:
    try:
        found = json.loads(body)
    except ValueError:
        return []
    errors = found.get("errors") if isinstance(found, dict) else None
    return [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []


def _words(body: bytes) -> str:
    said = "; ".join(str(one.get("message") or "") for one in _errors(body)).strip("; ")
    return (said or "it gives no reason")[:_LONGEST_WORDS].rstrip(".")


def _number(value: str) -> float | None:
    return float(value) if re.fullmatch(r"\d{1,15}(?:\.\d{1,6})?", value) else None
