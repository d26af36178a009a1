"""SendGrid with every batch held back for a while, so that what is in doubt can be called back.

Each request goes out under a batch id of its own with `send_at` some way ahead. Whatever
was or still will be queued under an id that is cancelled is discarded at that moment, so
the same people can be served again without getting it twice. Source:
https://www.twilio.com/docs/sendgrid/for-developers/sending-email/stopping-a-scheduled-send
(a cancel less than ten minutes ahead is not guaranteed).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any

from newsletter.errors import MailerError
from newsletter.sender.batch import Hold
from newsletter.sender.mailers import NotNow
from newsletter.sender.mailers.keep_alive import HttpResponse, NotReached, ResponseLost
from newsletter.sender.mailers.sendgrid.mailer import SendGrid
from newsletter.sender.mailers.sendgrid.payload import IN_TIME
from newsletter.sender.mailers.sendgrid.responses import raise_if_refused

AHEAD = 25 * 60
# Seconds by which two clocks may differ and count as alike.
_ALIKE = 5


class HeldSendGrid(SendGrid):
    """As SendGrid; what it is given is mailed 25 minutes later, unless it is called back.

    The moments are SendGrid's: by a machine's clock that is wrong, or set amid a run, a
    cancel that came too late would look in time, and everybody would get it twice.
    """

    _ahead: float | None = None

    def now(self) -> float:
        """SendGrid's own time, by the `Date` of its last answer."""
        return self.clock() + (self._ahead or 0.0)

    def server_time(self) -> dt.datetime:
        """SendGrid's own time, asked for. Raises NotNow."""
        try:
            self.request("user/scheduled_sends", "get")
        except (NotReached, ResponseLost) as error:
            raise NotNow(f"SendGrid does not tell the time: {error}") from error
        return dt.datetime.fromtimestamp(self.now(), dt.UTC)

    def request(
        self, path: str, method: str, body: Any = None, query: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        """As SendGrid's, and takes its time from the answer."""
        answer = super().request(path, method, body, query)
        with suppress(ValueError):
            theirs = parsedate_to_datetime(answer.header("Date")).timestamp()
            # It counts whole seconds, and was some of them on its way.
            off = theirs - self.clock()
            self._ahead = off if abs(off) > _ALIKE else 0.0
        return answer

    def create_hold(self) -> Hold:
        """A fresh batch id, and the moment its messages go. Raises NotNow and MailerError."""
        try:
            answer = self.request("mail/batch", "post")
        except (NotReached, ResponseLost) as error:
            raise NotNow(f"SendGrid gave no batch id: {error}") from error
        found = _field(answer, "batch_id")
        if answer.status == 201 and found:  # noqa: PLR2004 (created)
            send_at = int(self.now()) + AHEAD
            return Hold(id=found, send_at=dt.datetime.fromtimestamp(send_at, dt.UTC))
        raise_if_refused(answer)
        raise NotNow(f"SendGrid gave no batch id (answer {answer.status})")

    def recall(self, hold: Hold) -> bool:
        """Cancels the hold; true once SendGrid itself names it cancelled, in time."""
        latest = hold.send_at.timestamp() - IN_TIME
        try:
            if self._ahead is None:
                self.server_time()
            if self.now() > latest:
                return False
            self._cancel(hold)
            answer = self.request(f"user/scheduled_sends/{hold.id}", "get")
        except (NotReached, ResponseLost, NotNow, MailerError):
            return False
        return answer.status == 200 and _cancelled(answer, hold.id) and self.now() <= latest  # noqa: PLR2004 (ok)

    def _cancel(self, hold: Hold) -> None:
        wish = {"batch_id": hold.id, "status": "cancel"}
        answer = self.request("user/scheduled_sends", "post", wish)
        if answer.status == 400:  # noqa: PLR2004 (it has a status already: that one is changed)
            self.request(f"user/scheduled_sends/{hold.id}", "patch", {"status": "cancel"})


def _cancelled(answer: HttpResponse, hold_id: str) -> bool:
    found = _json(answer)
    listed = found if isinstance(found, list) else [found]
    return any(
        isinstance(one, dict) and one.get("batch_id") == hold_id and one.get("status") == "cancel"
        for one in listed
    )


def _field(answer: HttpResponse, name: str) -> str:
    found = _json(answer)
    return str(found.get(name) or "") if isinstance(found, dict) else ""


def _json(answer: HttpResponse) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError:
        return None
