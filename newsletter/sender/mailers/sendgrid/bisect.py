"""Find the recipients for whom a request fails, by sending it in halves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from newsletter.errors import MailerError
from newsletter.models import Receipt, Recipient
from newsletter.sender.batch import may_have_arrived, receipt_for_each

# If the first recipients are all refused one by one, the fault is not theirs. SendGrid blocks
# accounts that go on with such requests.
_MAX_REFUSED_ALONE = 3


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
