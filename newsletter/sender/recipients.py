"""Recipients of a batch in columns, so that work on all of them is done a column at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import overload

from newsletter.models import Recipient


class Recipients(Sequence[Recipient]):
    """Recipients that share one tuple of field names.

    A `Recipient` is created only when an item is read: a batch of a thousand is encoded by
    `sendgrid/fast_encoder.py` without creating any.
    """

    __slots__ = ("addresses", "ids", "names", "values")

    def __init__(
        self,
        *,
        ids: Sequence[int],
        addresses: Sequence[str],
        names: tuple[str, ...],
        values: Sequence[Sequence[str]],
    ) -> None:
        #: Subscriber ids and addresses, one for each recipient.
        self.ids, self.addresses = ids, addresses
        #: The names of the merge fields, and for each name its column of values.
        self.names, self.values = names, values

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Recipient]:
        rows = zip(*self.values, strict=True) if self.values else repeat(())
        return map(self._recipient, self.ids, self.addresses, rows)

    @overload
    def __getitem__(self, at: int) -> Recipient: ...
    @overload
    def __getitem__(self, at: slice) -> Recipients: ...
    def __getitem__(self, at: int | slice) -> Recipient | Recipients:
        if isinstance(at, slice):
            return Recipients(
                ids=self.ids[at],
                addresses=self.addresses[at],
                names=self.names,
                values=[column[at] for column in self.values],
            )
        row = [column[at] for column in self.values]
        return self._recipient(self.ids[at], self.addresses[at], row)

    def _recipient(self, subscriber_id: int, address: str, row: Sequence[str]) -> Recipient:
        fields = tuple(zip(self.names, row, strict=True))
        return Recipient(subscriber_id=subscriber_id, address=address, fields=fields)


def ids_of(recipients: Sequence[Recipient]) -> Sequence[int]:
    """Return the subscriber ids, in order."""
    if isinstance(recipients, Recipients):
        return recipients.ids
    return [recipient.subscriber_id for recipient in recipients]


def addresses_of(recipients: Sequence[Recipient]) -> Sequence[str]:
    """Return the addresses, in order."""
    if isinstance(recipients, Recipients):
        return recipients.addresses
    return [recipient.address for recipient in recipients]
