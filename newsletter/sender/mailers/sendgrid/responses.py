"""Classify SendGrid's responses: whose fault each is, and what becomes of the recipients.

::

    202                           accepted
    400 naming recipients         those are refused; the others are sent again at once
    400 naming from, reply_to     account     MailerError: nothing is sent
    400 naming another field      message     MailerError
    400 naming nothing            sent again in halves, to find who is refused (bisection)
    401                           account     the key, or the credits: SendGrid's words tell
    403, other 3xx and 4xx        account     MailerError
    413                           sent again in halves; a single recipient's: message
    429                           not_sent    after the pause that it asks for
    408, 5xx, undocumented        unknown

SendGrid has no idempotency key, so a request with an unknown outcome is never made again: 5xx
is `unknown`, and so is a status that is not documented. Source (errors, rate limits):
https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

from newsletter.errors import MailerError
from newsletter.models import Receipt, Recipient
from newsletter.sender.batch import may_have_arrived, receipt_for_each
from newsletter.sender.mailers.keep_alive import HttpResponse

_MIN_PAUSE = 5.0
_MAX_PAUSE = 300.0
# Seconds since 1970 exceed this in the year 5138: anything larger is in milliseconds.
_MILLISECONDS = 1e11
_PERSONALIZATION = re.compile(r"personalizations[.\[](\d+)")
# The recipient's address, in a field such as "personalizations.3.to.0.email".
_ADDRESS_OF_PERSONALIZATION = re.compile(r"personalizations[.\[]\d+\W*to\b")
# SendGrid answers 401 "Maximum credits exceeded" when the plan's messages are used up.
_CREDITS = re.compile(r"credit|quota|limit|exceeded", re.IGNORECASE)
# Fields that hold the sender's address.
_SENDER_FIELDS = ("from", "reply_to")
_MAX_DETAIL = 300
_HELD_UP = "SendGrid refused another recipient of the same request"

_ACCEPTED = 202
_BAD_REQUEST = 400
_TOO_LARGE = 413
_TOO_MANY_REQUESTS = 429
# If the first recipients are all refused one by one, the fault is not theirs. SendGrid blocks
# accounts that go on with such requests.
_MAX_REFUSED_ALONE = 3


def receipts_for(response: HttpResponse, recipients: Sequence[Recipient]) -> tuple[Receipt, ...]:
    """Return one receipt for each recipient of the request, in order.

    Raise MailerError if the key, the account, the settings or the contents are at fault, and
    Indivisible if smaller requests would help. Nothing was sent then.
    """
    status = response.status
    if status == _ACCEPTED:
        return receipt_for_each(recipients, "accepted", "", response.header("X-Message-Id"))
    if status == _BAD_REQUEST:
        return _receipts_for_bad_request(response, recipients)
    if status == _TOO_MANY_REQUESTS:
        # It is about the number of requests and says nothing about these recipients.
        return receipt_for_each(
            recipients, "not_sent", "SendGrid asks for patience (429)", fault="session"
        )
    if status == _TOO_LARGE:
        raise Indivisible("SendGrid finds the message too large (413)", fault="message")
    raise_if_refused(response)
    return receipt_for_each(recipients, "unknown", f"SendGrid answered {status}, so nobody can say")


def raise_if_refused(response: HttpResponse, *, rehearsing: bool = False) -> None:
    """Raise MailerError for a response that no other try would change."""
    status, detail = response.status, _detail(response.body)
    if status == 401 and _CREDITS.search(detail):  # noqa: PLR2004 (unauthorized)
        raise MailerError(
            f"SendGrid sends nothing more for this account: {detail}.",
            cure="Raise the plan's limit in SendGrid or wait for its next period; then the next "
            "run goes on.",
            words=detail,
        )
    if status == 401:  # noqa: PLR2004 (unauthorized)
        raise MailerError(
            f"SendGrid does not accept the key: {detail}.",
            cure="Check SENDGRID_API_KEY in .env, then send again.",
            words=detail,
        )
    if status == 403:  # noqa: PLR2004 (forbidden)
        raise MailerError(
            f"SendGrid forbids this: {detail}.",
            cure="Check that the key may send mail and that the sender's domain is verified "
            "in SendGrid, then send again.",
            words=detail,
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
    # 408 (request timeout): part of the request arrived, so the outcome is unknown.
    if 400 <= status < 500 and status not in (408, _TOO_MANY_REQUESTS):  # noqa: PLR2004 (client errors)
        raise MailerError(
            f"SendGrid refuses the request (answer {status}): {detail}.",
            cure="Check host under [sender.sendgrid] and the SendGrid account.",
            words=detail,
        )


def pause_after(response: HttpResponse, now: float) -> float:
    """Return the seconds to wait after a response; `now` is in seconds since 1970.

    A 429 without a usable time asks for the shortest pause. No pause exceeds five minutes.
    """
    is_throttled = response.status == _TOO_MANY_REQUESTS
    if not is_throttled and response.header("X-RateLimit-Remaining") != "0":
        return 0.0
    pause = _number(response.header("Retry-After"))
    if pause is None:
        reset = _number(response.header("X-RateLimit-Reset"))
        if reset is not None and reset > _MILLISECONDS:
            reset /= 1000
        # The header counts whole seconds: one more is sure to be past the reset.
        pause = reset - now + 1 if reset is not None else None
    if pause is None or pause <= 0:
        return _MIN_PAUSE if is_throttled else 0.0
    return min(pause, _MAX_PAUSE)


def _receipts_for_bad_request(
    response: HttpResponse, recipients: Sequence[Recipient]
) -> tuple[Receipt, ...]:
    errors = _errors(response.body)
    detail = _detail(response.body)
    fields = [str(error.get("field") or "") for error in errors]
    # The place of each recipient that is refused, and the field that is.
    refused = {
        int(match[1]): field
        for field in fields
        if (match := _PERSONALIZATION.search(field)) and int(match[1]) < len(recipients)
    }
    if refused:
        return tuple(
            Receipt(
                subscriber_id=recipient.subscriber_id,
                outcome="refused",
                detail=f"SendGrid refuses this recipient: {detail}",
                fault="reader_gone" if _ADDRESS_OF_PERSONALIZATION.search(refused[at]) else "",
            )
            if at in refused
            else Receipt(
                subscriber_id=recipient.subscriber_id,
                outcome="not_sent",
                detail=_HELD_UP,
                held_up=True,
            )
            for at, recipient in enumerate(recipients)
        )
    if any(field.split(".")[0] in _SENDER_FIELDS for field in fields):
        raise MailerError(
            f"SendGrid refuses the sender: {detail}.",
            cure="Check `from` and `reply_to`, and that SendGrid has verified the sender.",
            words=detail,
        )
    if any(fields):
        raise MailerError(
            f"SendGrid refuses the message: {detail}.",
            cure="Correct the settings or the issue, then send again.",
            fault="message",
            words=detail,
        )
    raise Indivisible(f"SendGrid refuses it without saying why: {detail}", fault="reader_refuses")


def _errors(body: bytes) -> list[dict[str, Any]]:
    try:
        content = json.loads(body)
    except ValueError:
        return []
    errors = content.get("errors") if isinstance(content, dict) else None
    if not isinstance(errors, list):
        return []
    return [error for error in errors if isinstance(error, dict)]


def _detail(body: bytes) -> str:
    messages = "; ".join(str(error.get("message") or "") for error in _errors(body)).strip("; ")
    return (messages or "it gives no reason")[:_MAX_DETAIL].rstrip(".")


def _number(value: str) -> float | None:
    return float(value) if re.fullmatch(r"\d{1,15}(?:\.\d{1,6})?", value) else None


class Indivisible(Exception):
    """The server refuses a request as a whole without saying for whom.

    Nothing of it was sent, and smaller requests may find out. The text is the server's.
    """

    def __init__(self, words: str, *, fault: Literal["message", "reader_refuses"]) -> None:
        super().__init__(words)
        #: Whose fault it is if a request for one recipient is refused.
        self.fault: Literal["message", "reader_refuses"] = fault


def send_in_halves(
    recipients: Sequence[Recipient], send: Callable[[int, int], tuple[Receipt, ...]]
) -> list[Receipt]:
    """Return the receipts of `send(0, n)`; of its halves if it raises Indivisible, and so on.

    `send(start, end)` sends to recipients[start:end]. Raise MailerError only if nothing at all
    was sent; later on a MailerError makes the rest not_sent.
    """
    receipts: list[Receipt] = []
    ranges = [(0, len(recipients))]
    while ranges:
        start, end = ranges.pop()
        try:
            receipts += send(start, end)
        except Indivisible as error:
            if end - start > 1:
                middle = (start + end) // 2
                ranges += ((middle, end), (start, middle))
                continue
            receipts += receipt_for_each(
                recipients[start:end],
                "not_sent" if error.fault == "message" else "refused",
                str(error),
                fault=error.fault,
            )
            if len(receipts) == _MAX_REFUSED_ALONE and not may_have_arrived(receipts):
                raise MailerError(
                    f"{error}.",
                    cure="Look into the settings and the issue, then send again.",
                    fault="message",
                    words=str(error),
                ) from error
        except MailerError as error:
            if not may_have_arrived(receipts):
                raise
            receipts += receipt_for_each(recipients[start:end], "not_sent", str(error))
    return receipts
