"""SendGrid with every batch scheduled a while ahead, so that it can be recalled until then.

Each request has its own batch id and a `send_at`. Cancelling the id discards whatever was
or will be queued under it, so the same recipients can be sent to again without a duplicate.
Source:
https://www.twilio.com/docs/sendgrid/for-developers/sending-email/stopping-a-scheduled-send
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any

from newsletter.errors import MailerError
from newsletter.sender.batch import RECALL_MARGIN, Hold
from newsletter.sender.mailers import NotNow
from newsletter.sender.mailers.keep_alive import HttpResponse, NotReached, ResponseLost
from newsletter.sender.mailers.sendgrid.mailer import SendGrid
from newsletter.sender.mailers.sendgrid.responses import raise_if_refused

HOLD_TIME = dt.timedelta(minutes=25)
# Clocks that differ by no more than this, in seconds, count as equal.
_CLOCK_TOLERANCE = 5


class HeldSendGrid(SendGrid):
    """SendGrid, but each batch is delivered 25 minutes later, unless it is recalled.

    All times are SendGrid's. By a local clock that is wrong, or changed during a run, a recall
    that came too late would look in time, and every recipient would get the message twice.
    """

    # Seconds by which SendGrid's clock is ahead of ours; None until the first response.
    _clock_offset: float | None = None

    def now(self) -> float:
        """Return seconds since 1970 by SendGrid's clock, as the last response's `Date` shows."""
        return self.clock() + (self._clock_offset or 0.0)

    def server_time(self) -> dt.datetime:
        """Ask SendGrid for its time. Raise NotNow if it does not answer."""
        try:
            self.request("user/scheduled_sends", "get")
        except (NotReached, ResponseLost) as error:
            raise NotNow(f"SendGrid does not tell the time: {error}") from error
        return dt.datetime.fromtimestamp(self.now(), dt.UTC)

    def request(
        self, path: str, method: str, body: Any = None, query: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        """Make one call of the API, and note the time of the response."""
        response = super().request(path, method, body, query)
        with suppress(ValueError):
            server_time = parsedate_to_datetime(response.header("Date")).timestamp()
            # The header counts whole seconds, and some of them were spent on the way.
            offset = server_time - self.clock()
            self._clock_offset = offset if abs(offset) > _CLOCK_TOLERANCE else 0.0
        return response

    def create_hold(self) -> Hold:
        """Return a new batch id and the time of its delivery. Raise NotNow or MailerError."""
        try:
            response = self.request("mail/batch", "post")
        except (NotReached, ResponseLost) as error:
            raise NotNow(f"SendGrid gave no batch id: {error}") from error
        batch_id = _batch_id(response)
        if response.status == 201 and batch_id:  # noqa: PLR2004 (created)
            send_at = int(self.now() + HOLD_TIME.total_seconds())
            return Hold(id=batch_id, send_at=dt.datetime.fromtimestamp(send_at, dt.UTC))
        raise_if_refused(response)
        raise NotNow(f"SendGrid gave no batch id (answer {response.status})")

    def recall(self, hold: Hold) -> bool:
        """Cancel the hold; return True once SendGrid itself reports it cancelled, in time."""
        latest = (hold.send_at - RECALL_MARGIN).timestamp()
        try:
            if self._clock_offset is None:
                self.server_time()
            if self.now() > latest:
                return False
            self._cancel(hold)
            response = self.request(f"user/scheduled_sends/{hold.id}", "get")
        except (NotReached, ResponseLost, NotNow, MailerError):
            return False
        is_cancelled = response.status == 200 and _is_cancelled(response, hold.id)  # noqa: PLR2004 (ok)
        return is_cancelled and self.now() <= latest

    def _cancel(self, hold: Hold) -> None:
        body = {"batch_id": hold.id, "status": "cancel"}
        response = self.request("user/scheduled_sends", "post", body)
        if response.status == 400:  # noqa: PLR2004 (the id has a status already: change it)
            self.request(f"user/scheduled_sends/{hold.id}", "patch", {"status": "cancel"})


def _is_cancelled(response: HttpResponse, hold_id: str) -> bool:
    content = _json(response)
    entries = content if isinstance(content, list) else [content]
    return any(
        isinstance(entry, dict)
        and entry.get("batch_id") == hold_id
        and entry.get("status") == "cancel"
        for entry in entries
    )


def _batch_id(response: HttpResponse) -> str:
    content = _json(response)
    return str(content.get("batch_id") or "") if isinstance(content, dict) else ""


def _json(response: HttpResponse) -> Any:
    try:
        return json.loads(response.body)
    except ValueError:
        return None
