"""Find out whom a request fails for, by asking in halves. Nothing here knows SendGrid."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from newsletter.errors import MailerError
from newsletter.models import Receipt, Recipient
from newsletter.models.delivery_state import ReceiptOutcome
from newsletter.sender.recipients import ids_of

# So many recipients refused one after the other, and nobody accepted: the fault is not
# theirs, and more requests of that kind get an account blocked.
_MOST_REFUSED_ALONE = 3


class Indivisible(Exception):
    """The other side refuses a request as a whole without saying whom it minds.

    Nothing of it was sent; smaller requests may find out. The text is what it said.
    """


def send_in_halves(
    recipients: Sequence[Recipient], ask: Callable[[int, int], tuple[Receipt, ...]]
) -> list[Receipt]:
    """The receipts of `ask(0, n)`; of its halves where that raises Indivisible, and so on.

    `ask(start, end)` sends to recipients[start:end]. Raises MailerError only where nothing
    at all was sent; later on it makes the rest not_sent.
    """
    receipts: list[Receipt] = []
    waiting = [(0, len(recipients))]
    while waiting:
        start, end = waiting.pop()
        try:
            receipts += ask(start, end)
        except Indivisible as error:
            if end - start > 1:
                middle = (start + end) // 2
                waiting += ((middle, end), (start, middle))
                continue
            receipts += all_of(recipients[start:end], "refused", str(error))
            if len(receipts) == _MOST_REFUSED_ALONE and not _touched(receipts):
                raise MailerError(
                    f"{error}.", cure="Look into the settings and the issue, then send again."
                ) from error
        except MailerError as error:
            if not _touched(receipts):
                raise
            receipts += all_of(recipients[start:end], "not_sent", str(error))
    return receipts


def all_of(
    recipients: Sequence[Recipient],
    outcome: ReceiptOutcome,
    detail: str = "",
    provider_id: str = "",
) -> tuple[Receipt, ...]:
    """The same receipt for each of the recipients."""
    return tuple(
        [
            Receipt(
                subscriber_id=one,
                outcome=outcome,
                detail=detail,
                provider_id=provider_id,
            )
            for one in ids_of(recipients)
        ]
    )


def _touched(receipts: Sequence[Receipt]) -> bool:
    return any(receipt.outcome in ("accepted", "unknown") for receipt in receipts)
