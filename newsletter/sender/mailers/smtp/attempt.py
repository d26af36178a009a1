"""One attempt at a batch over SMTP: who is asked next, and when asking more is of no use.

Recipients are asked in their order. After two refusals in a row the next one is asked for
somebody of another domain, from the end or the middle of the batch: three dead addresses at the
front must not decide for the rest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from newsletter.models import Receipt, Recipient
from newsletter.sender.batch import receipt_for_each
from newsletter.sender.refusals import AcceptedDomains, Refusal, RefusalStreak, domain_of

# After so many refusals in a row the next recipient is taken from elsewhere.
_PROBE_AFTER = 2
# Faults that are no answer about the recipient, or certainly about the recipient alone.
_NOT_COUNTED = ("session", "reader_later")


class BatchAttempt:
    """The recipients of a batch that still wait, and the receipts of those that were asked."""

    def __init__(self, recipients: Sequence[Recipient], accepted: AcceptedDomains) -> None:
        """`accepted` holds the domains that this relay has taken messages for."""
        #: One receipt for each recipient that was asked, in the order of asking.
        self.receipts: list[Receipt] = []
        #: Whether asking more is of no use: the relay refuses everybody.
        self.is_stopped = False
        self._waiting = deque(recipients)
        self._accepted = accepted
        self._streak = RefusalStreak(accepted)
        self._is_from_end = True

    def __bool__(self) -> bool:
        return bool(self._waiting) and not self.is_stopped

    def next(self) -> Recipient | None:
        """Return the recipient to ask next, None if none is left."""
        if not self._waiting:
            return None
        if len(self._streak) < _PROBE_AFTER:
            return self._waiting.popleft()
        return self._take_from_elsewhere()

    def put_back(self, recipient: Recipient) -> None:
        """Ask this recipient next: there was no answer."""
        self._waiting.appendleft(recipient)

    def add(self, recipient: Recipient, receipt: Receipt) -> None:
        """Note the answer for a recipient."""
        self.receipts.append(receipt)
        if receipt.outcome == "accepted":
            self._accepted.add(recipient.address)
            if self._streak:
                self._streak.clear()
            return
        fault = receipt.fault
        if fault == "" or fault in _NOT_COUNTED:
            return
        if fault == "reader_gone" and self._accepted:
            return
        self._streak.add(
            Refusal(
                subscriber_id=recipient.subscriber_id,
                address=recipient.address,
                fault=fault,
                words=receipt.detail,
            )
        )
        is_other_left = any(
            domain_of(waiting.address) not in self._streak.domains for waiting in self._waiting
        )
        self.is_stopped = self._streak.is_about_us(is_other_domain_left=is_other_left)

    def pass_over(self, why: str) -> None:
        """Ask the next recipient no more: the connection ends whenever they are asked for."""
        if self._waiting:
            recipient = self._waiting.popleft()
            (receipt,) = receipt_for_each([recipient], "not_sent", why, fault="server_later")
            self.add(recipient, receipt)

    def finish(self, why: str) -> tuple[Receipt, ...]:
        """Return the receipts of all recipients; those that were not asked are `not_sent`."""
        waiting = [*self._waiting]
        self._waiting.clear()
        return (*self.receipts, *receipt_for_each(waiting, "not_sent", why))

    def _take_from_elsewhere(self) -> Recipient:
        domains = self._streak.domains
        for index in range(len(self._waiting) - 1, -1, -1):
            if domain_of(self._waiting[index].address) not in domains:
                return self._take(index)
        self._is_from_end = not self._is_from_end
        return self._take(len(self._waiting) // 2 if self._is_from_end else -1)

    def _take(self, index: int) -> Recipient:
        recipient = self._waiting[index]
        del self._waiting[index]
        return recipient
