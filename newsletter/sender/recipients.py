"""Many recipients at once, kept a column each: what is done to all of them is done at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import overload

from newsletter.models import Recipient


class Recipients(Sequence[Recipient]):
    """Recipients whose fields have the same names; each is made when it is looked at.

    `values` holds a column for each of `names`, in the order of `ids` and `addresses`.
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
        self.ids, self.addresses = ids, addresses
        self.names, self.values = names, values

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Recipient]:
        rows = zip(*self.values, strict=True) if self.values else repeat(())
        return map(self._made, self.ids, self.addresses, rows)

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
        return self._made(self.ids[at], self.addresses[at], [one[at] for one in self.values])

    def _made(self, number: int, address: str, values: Sequence[str]) -> Recipient:
        fields = tuple(zip(self.names, values, strict=True))
        return Recipient(subscriber_id=number, address=address, fields=fields)


def ids_of(recipients: Sequence[Recipient]) -> Sequence[int]:
    """Their subscribers' ids, in their order."""
    if isinstance(recipients, Recipients):
        return recipients.ids
    return [one.subscriber_id for one in recipients]


def addresses_of(recipients: Sequence[Recipient]) -> Sequence[str]:
    """Their addresses, in their order."""
    if isinstance(recipients, Recipients):
        return recipients.addresses
    return [one.address for one in recipients]
