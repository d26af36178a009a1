"""The mailer that sends a batch in one request of SendGrid's v3 API."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from newsletter.errors import MailerError
from newsletter.models import Receipt
from newsletter.models.delivery_state import complete_receipts
from newsletter.sender.batch import Batch, ids_of, receipt_for_each
from newsletter.sender.mailers import NotNow, SuppressedAddress
from newsletter.sender.mailers.keep_alive import HttpResponse, NotReached, ResponseLost
from newsletter.sender.mailers.sendgrid import suppressions
from newsletter.sender.mailers.sendgrid.client import ApiClient
from newsletter.sender.mailers.sendgrid.limits import MAX_PERSONALIZATIONS, find_violations
from newsletter.sender.mailers.sendgrid.payload import Request, build_request
from newsletter.sender.mailers.sendgrid.responses import (
    Indivisible,
    pause_after,
    raise_if_refused,
    receipts_for,
    send_in_halves,
)
from newsletter.sender.mailers.sendgrid.unsubscribe_groups import UnsubscribeGroups

# SendGrid names every recipient that it refuses. More tries would be many requests that fail.
_MAX_TRIES_WITHOUT_REFUSED = 3
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class SendGrid:
    """Send each batch in one request; only response 202 means accepted."""

    name = "sendgrid"
    connections = 8

    def __init__(
        self,
        api_key: str,
        host: str = "https://api.sendgrid.com",
        batch_size: int = 100,
        timeout: float = 30,
        clock: Callable[[], float] = time.time,
        unsubscribe_group: int = 0,
        preferences_groups: tuple[int, ...] = (),
    ) -> None:
        """Raise MailerError for settings that cannot work.

        `timeout` bounds, in seconds each: connecting, sending, and the response. `clock`
        returns seconds since 1970. The groups are those of SendGrid's own unsubscribe link,
        0 and () for none.
        """
        _check_settings(api_key, host, batch_size)
        self.batch_size = batch_size
        self.clock = clock
        self._groups = UnsubscribeGroups(group=unsubscribe_group, shown=preferences_groups)
        self._client = ApiClient(api_key, host, timeout)
        # Guards the pause and the number of batches in flight.
        self._lock = threading.Lock()
        self._pause = 0.0
        self._in_flight = 0

    def send(self, batch: Batch) -> tuple[Receipt, ...]:
        """Return one receipt for each recipient; send nothing that SendGrid would refuse.

        Raise MailerError if SendGrid cannot be used, and only if nothing was sent.
        """
        writes: int | None = None
        try:
            writes = self._client.writes
            return self._send(batch)
        except MailerError:
            raise
        except Exception as error:
            if writes is not None and self._client.writes > writes:
                raise
            raise MailerError(
                f"Nothing could be handed to SendGrid: {type(error).__name__}: {error}. "
                "Nothing was sent.",
                cure="Check [sender.sendgrid] and SENDGRID_API_KEY.",
            ) from error

    def _send(self, batch: Batch) -> tuple[Receipt, ...]:
        request = build_request(batch, groups=self._groups)
        receipts = list(request.refused)
        if request.recipients:
            self._check(request)
            with self._pause_shared_in_flight():
                receipts += self._send_without_refused(request)
        return complete_receipts(ids_of(batch.recipients), tuple(receipts))

    def _send_without_refused(self, request: Request) -> list[Receipt]:
        """Send a request; if SendGrid names recipients that it refuses, again without them."""
        receipts = self._send_in_halves(request)
        for _ in range(_MAX_TRIES_WITHOUT_REFUSED):
            places = [place for place, receipt in enumerate(receipts) if receipt.held_up]
            if not places:
                break
            try:
                rest = self._send_in_halves(request.part(places))
            except MailerError:
                # The refusals are known by now, and the next batch raises it again.
                break
            for place, receipt in zip(places, rest, strict=True):
                receipts[place] = receipt
        return receipts

    def _send_in_halves(self, request: Request) -> list[Receipt]:
        return send_in_halves(
            request.recipients, lambda start, end: self._send_part(request, start, end)
        )

    def rehearse(self, batch: Batch) -> None:
        """Let SendGrid check a batch without delivering it (sandbox mode; response 200).

        Raise MailerError if it would be refused, NotNow if there is no answer.
        """
        request = build_request(batch, groups=self._groups, rehearsal=True)
        self._check(request)
        try:
            response = self.request("mail/send", "post", request.pieces())
        except (NotReached, ResponseLost) as error:
            raise NotNow(f"SendGrid did not answer the rehearsal: {error}") from error
        if response.status != 200:  # noqa: PLR2004 (valid)
            raise_if_refused(response, rehearsing=True)
            raise NotNow(f"SendGrid answered the rehearsal with {response.status}")

    def now(self) -> float:
        """Return seconds since 1970, by this machine's clock."""
        return self.clock()

    def requested_pause(self) -> float:
        """Return the seconds SendGrid asked to wait in its last responses; 0 for none."""
        return self._pause

    def close(self) -> None:
        """Close the connections; `send` connects again."""
        self._client.close()

    def list_suppressions(self, since: datetime | None) -> Iterator[SuppressedAddress]:
        """Yield the addresses that SendGrid suppressed since then, and all of the group.

        Raise NotNow, MailerError.
        """
        start = int(since.timestamp()) if since else 0
        yield from suppressions.list_suppressions(self.request, start)
        if self._groups.group:
            yield from suppressions.list_group(self.request, self._groups.group)

    def add_suppressions(self, addresses: Sequence[str]) -> None:
        """Add addresses to the group, without one to the global suppressions.

        Raise NotNow, MailerError.
        """
        suppressions.add_suppressions(self.request, addresses, group=self._groups.group)

    def remove_suppression(self, address: str) -> None:
        """Remove an address from the global suppressions and the group.

        Raise NotNow, MailerError.
        """
        suppressions.remove_suppression(self.request, address, group=self._groups.group)

    def request(
        self, path: str, method: str, body: Any = None, query: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        """Make one call of the API. Raise NotReached or ResponseLost."""
        return self._client.request(path, method, body, query)

    def _check(self, request: Request) -> None:
        # Each personalization was checked when it was built; one stands for all of them here.
        broken = find_violations(msgspec.json.decode(request.body(0, 1)), now=self.now())
        if len(request.personalizations) > MAX_PERSONALIZATIONS:
            broken = (f"more than {MAX_PERSONALIZATIONS} recipients in one request", *broken)
        if broken:
            raise MailerError(f"SendGrid would refuse this message: {'; '.join(broken[:3])}.")

    @contextmanager
    def _pause_shared_in_flight(self) -> Iterator[None]:
        """Keep a requested pause for all batches in flight; it ends when none is left."""
        with self._lock:
            if self._in_flight == 0:
                self._pause = 0.0
            self._in_flight += 1
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1

    def _send_part(self, request: Request, start: int, end: int) -> tuple[Receipt, ...]:
        recipients = request.recipients[start:end]
        if self._pause:
            return receipt_for_each(recipients, "not_sent", "SendGrid asks for patience")
        if request.latest and self.now() > request.latest:
            return receipt_for_each(
                recipients, "not_sent", "it came too late to be called back if need be"
            )
        writes = self._client.writes
        try:
            pieces = request.pieces(start, end)
            response = self.request("mail/send", "post", pieces)
            with self._lock:
                self._pause = max(self._pause, pause_after(response, self.clock()))
            return receipts_for(response, recipients)
        except NotReached as error:
            reason = f"SendGrid could not be reached: {error}"
            return receipt_for_each(recipients, "not_sent", reason)
        except ResponseLost as error:
            return receipt_for_each(recipients, "unknown", f"SendGrid's answer was lost: {error}")
        except (MailerError, Indivisible):
            raise
        except Exception as error:  # noqa: BLE001 (whether a byte left decides, not the kind)
            is_sent = self._client.writes > writes
            reason = f"{type(error).__name__}: {error}"
            return receipt_for_each(recipients, "unknown" if is_sent else "not_sent", reason)


def _check_settings(api_key: str, host: str, batch_size: int) -> None:
    if not api_key.strip() or not api_key.isascii() or not api_key.isprintable():
        raise MailerError(
            "There is no usable SendGrid key.",
            cure="Put SENDGRID_API_KEY=… into the .env file beside newsletter.toml.",
        )
    url = urlsplit(host)
    if not url.hostname or (url.scheme != "https" and url.hostname not in _LOOPBACK):
        raise MailerError(
            f"The SendGrid address must begin with https://: {host!r}.",
            cure="Check host under [sender.sendgrid].",
        )
    if not 1 <= batch_size <= MAX_PERSONALIZATIONS:
        raise MailerError(
            f"SendGrid takes 1 to {MAX_PERSONALIZATIONS} recipients in a request, "
            f"not {batch_size}.",
            cure="Set batch_size under [sender] to 100.",
        )
