"""The mailer that hands batches to SendGrid's v3 API by the `sendgrid` package.

The package opens a connection a call, follows redirects with the key in hand, and writes
the key to its log at level DEBUG: it is given a connection of our own, and its log is cut.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from sendgrid import SendGridAPIClient

from newsletter.errors import MailerError
from newsletter.models import Receipt
from newsletter.models.delivery_state import complete
from newsletter.sender.batch import Batch
from newsletter.sender.mailers import NotNow, SuppressedAddress
from newsletter.sender.mailers.keep_alive import (
    HttpResponse,
    KeepAliveConnection,
    NotReached,
    ResponseLost,
)
from newsletter.sender.mailers.sendgrid import suppression_lists
from newsletter.sender.mailers.sendgrid.bisect import all_of, send_in_halves
from newsletter.sender.mailers.sendgrid.client import Encoded, KeepAliveClient
from newsletter.sender.mailers.sendgrid.limits import MOST_PERSONALIZATIONS, find_violations
from newsletter.sender.mailers.sendgrid.payload import Request, build_request
from newsletter.sender.mailers.sendgrid.responses import pause_after, raise_if_refused, receipts_for
from newsletter.sender.recipients import ids_of

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class SendGrid:
    """Hands a batch over in one request; answer 202 alone means accepted.

    `timeout` bounds, in seconds each: connecting, handing over, and the answer. `clock`
    gives seconds since 1970. Raises MailerError for settings it cannot work with.
    """

    name = "sendgrid"
    connections = 8

    def __init__(
        self,
        api_key: str,
        host: str = "https://api.sendgrid.com",
        batch_size: int = 100,
        timeout: float = 30,
        clock: Callable[[], float] = time.time,
    ) -> None:
        _check_settings(api_key, host, batch_size)
        _cut_log()
        self.batch_size = batch_size
        self.clock = clock
        self._pause = 0.0
        self._under_way = 0
        self._lock = threading.Lock()
        self._connection = KeepAliveConnection(host, timeout)
        self._client = SendGridAPIClient(api_key.strip(), host=host.rstrip("/"))
        self._client.client = KeepAliveClient.instead_of(self._client.client, self._connection)

    def send(self, batch: Batch) -> tuple[Receipt, ...]:
        """One receipt for each recipient; what SendGrid would refuse is not even asked."""
        request = build_request(batch)
        receipts = list(request.refused)
        if request.recipients:
            self._check(request)
            with self._patience():
                receipts += send_in_halves(
                    request.recipients, lambda start, end: self._ask(request, start, end)
                )
        return complete(ids_of(batch.recipients), tuple(receipts))

    def rehearse(self, batch: Batch) -> None:
        """Has SendGrid check a batch without mailing it (sandbox mode; answer 200).

        Raises MailerError where it refuses it, NotNow where it does not answer.
        """
        request = build_request(batch, rehearsal=True)
        self._check(request)
        try:
            answer = self.request("mail/send", "post", request.pieces())
        except (NotReached, ResponseLost) as error:
            raise NotNow(f"SendGrid did not answer the rehearsal: {error}") from error
        if answer.status != 200:  # noqa: PLR2004 (all is well)
            raise_if_refused(answer, rehearsing=True)
            raise NotNow(f"SendGrid answered the rehearsal with {answer.status}")

    def now(self) -> float:
        """Seconds since 1970, as far as this machine knows."""
        return self.clock()

    def requested_pause(self) -> float:
        """Seconds SendGrid asked to wait with its last answers; 0 for none."""
        return self._pause

    def close(self) -> None:
        """Closes the connections; sending again opens them anew."""
        self._connection.close()

    def list_suppressions(self, since: datetime | None) -> Iterator[SuppressedAddress]:
        """Whom SendGrid began to drop since then. Raises NotNow and MailerError."""
        return suppression_lists.list_suppressions(
            self.request, int(since.timestamp()) if since else 0
        )

    def add_suppressions(self, addresses: Sequence[str]) -> None:
        """Puts addresses on SendGrid's list. Raises NotNow and MailerError."""
        suppression_lists.add_suppressions(self.request, addresses)

    def remove_suppression(self, address: str) -> None:
        """Takes an address off SendGrid's list. Raises NotNow and MailerError."""
        suppression_lists.remove_suppression(self.request, address)

    def request(
        self, path: str, method: str, body: Any = None, query: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        """One call of the API, by the package. Raises NotReached and Lost."""
        call = getattr(self._client.client._(path), method)
        encoded = None if body is None else Encoded(body)
        response = call(request_body=encoded, query_params=query)
        return HttpResponse(
            status=response.status_code, headers=response.headers, body=response.body
        )

    def _check(self, request: Request) -> None:
        # Each person was checked when the request was built; the first stands for the form.
        broken = find_violations(msgspec.json.decode(request.body(0, 1)), now=self.now())
        if len(request.people) > MOST_PERSONALIZATIONS:
            broken = (f"more than {MOST_PERSONALIZATIONS} recipients in one request", *broken)
        if broken:
            raise MailerError(f"SendGrid would refuse this message: {'; '.join(broken[:3])}.")

    @contextmanager
    def _patience(self) -> Iterator[None]:
        """What SendGrid asks of one batch holds for those beside it, and ends with them."""
        with self._lock:
            if self._under_way == 0:
                self._pause = 0.0
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    def _ask(self, request: Request, start: int, end: int) -> tuple[Receipt, ...]:
        people = request.recipients[start:end]
        if self._pause:
            return all_of(people, "not_sent", "SendGrid asks for patience")
        if request.latest and self.now() > request.latest:
            return all_of(people, "not_sent", "it came too late to be called back if need be")
        try:
            answer = self.request("mail/send", "post", request.pieces(start, end))
        except NotReached as error:
            return all_of(people, "not_sent", f"SendGrid could not be reached: {error}")
        except ResponseLost as error:
            return all_of(people, "unknown", f"SendGrid's answer was lost: {error}")
        with self._lock:
            self._pause = max(self._pause, pause_after(answer, self.clock()))
        return receipts_for(answer, people)


def _check_settings(api_key: str, host: str, batch_size: int) -> None:
    if not api_key.strip() or not api_key.isascii() or not api_key.isprintable():
        raise MailerError(
            "There is no usable SendGrid key.",
            cure="Put SENDGRID_API_KEY=… into the .env file beside newsletter.toml.",
        )
    found = urlsplit(host)
    if not found.hostname or (found.scheme != "https" and found.hostname not in _LOOPBACK):
        raise MailerError(
            f"The SendGrid address must begin with https://: {host!r}.",
            cure="Check host under [sender.sendgrid].",
        )
    if not 1 <= batch_size <= MOST_PERSONALIZATIONS:
        raise MailerError(
            f"SendGrid takes 1 to {MOST_PERSONALIZATIONS} recipients in a request, "
            f"not {batch_size}.",
            cure="Set batch_size under [sender] to 100.",
        )


def _cut_log() -> None:
    logging.getLogger("python_http_client").setLevel(logging.WARNING)
    # A child's own level would win over its parent's, a filter always holds.
    logging.getLogger("python_http_client.client").addFilter(_only_warnings)


def _only_warnings(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING
