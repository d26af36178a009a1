"""Recipients' parts of a request written like a form: one is encoded, the others filled in.

Of a thousand recipients nearly all differ by a few words that are plain or easily escaped.
They are looked at and written a column at a time, which costs a tenth of doing it one by
one; whoever holds something odder is left to the long way, and costs the others nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import repeat

from newsletter.models import Recipient
from newsletter.sender.mime.headers import Kind, find_ill_formed
from newsletter.sender.recipients import Recipients, addresses_of, ids_of

# Ten thousand bytes of merge fields may not be passed, and a character has four at most.
_SHORT = 2_500
_ESCAPED = "&<>\"'\\"
_LINKS: dict[str, Kind] = {"unsubscribe_url": "url", "unsubscribe_mailto": "mailto"}
_ID = 987_654_321_012_345
_ADDRESS = "sample@sample.invalid"


Columns = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Where a value goes: the place of its column, and whether it stands there as HTML."""

    column: int
    in_html: bool


def sample(names: tuple[str, ...]) -> Recipient:
    """Somebody whose values tell, wherever they turn up, what they are and how escaped."""
    fields = tuple((name, _sample_value(name, at)) for at, name in enumerate(names))
    return Recipient(subscriber_id=_ID, address=_ADDRESS, fields=fields)


class Form:
    """The JSON of `sample(names)`'s part of a request, "" where it cannot be used as a form.

    `nonce_tag` is how a merge tag of the edition begins: no value may hold it.
    """

    def __init__(self, names: tuple[str, ...], model: str, nonce_tag: str) -> None:
        self._names, self._nonce_tag = names, nonce_tag
        values = (_ADDRESS, str(_ID), *(_sample_value(name, at) for at, name in enumerate(names)))
        known = {
            written: Gap(column=column, in_html=in_html)
            for column, value in enumerate(values)
            for written, in_html in ((escape(value), True), (value, False))
        }
        # The longer ones first: a value stands within its own escaped form.
        words = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
        pieces = re.split(f"({words})", model)
        self._pieces = pieces[::2]
        self._gaps = tuple(known[word] for word in pieces[1::2])

    def filled(self, recipients: Sequence[Recipient]) -> list[str]:
        """Each one's part, "" where the long way is needed: to write it, or to say no."""
        if not self._gaps or not recipients:
            return [""] * len(recipients)
        fields, odd = self._fields_of(recipients)
        addresses = addresses_of(recipients)
        odd.update(find_ill_formed("address", addresses))
        odd.update(self._tagged(addresses))
        for name, values in zip(self._names, fields, strict=True):
            if tuple(values) != tuple(addresses):
                odd.update(self._odd_ones(name, values))
        filled = self._write([addresses, list(map(str, ids_of(recipients))), *fields])
        if max(map(len, filled)) > _SHORT:
            odd.update(place for place, text in enumerate(filled) if len(text) > _SHORT)
        for place in odd:
            filled[place] = ""
        return filled

    def _fields_of(self, recipients: Sequence[Recipient]) -> tuple[Columns, set[int]]:
        """A column of values for each name, and the places of those with other names."""
        if isinstance(recipients, Recipients) and recipients.names == self._names:
            return recipients.values, set()
        fields = [dict(one.fields) for one in recipients]
        other = {at for at, one in enumerate(fields) if tuple(one) != self._names}
        return [[one.get(name, "") for one in fields] for name in self._names], other

    def _odd_ones(self, name: str, column: Sequence[str]) -> Iterator[int]:
        """The places of values that must be changed, or refused, before they may stand."""
        together = "".join(column)
        if kind := _LINKS.get(name):
            yield from find_ill_formed(kind, column)
        elif not together.isprintable():
            yield from (place for place, value in enumerate(column) if not value.isprintable())
        yield from self._tagged(column)

    def _tagged(self, column: Sequence[str]) -> Iterator[int]:
        """The places of values that hold what a merge tag of the edition begins with."""
        if self._nonce_tag in "".join(column):
            yield from (place for place, value in enumerate(column) if self._nonce_tag in value)

    def _write(self, columns: Columns) -> list[str]:
        # Most columns hold nothing to escape: those are looked through once, not at each gap.
        plain = [_is_plain("".join(column)) for column in columns]
        parts: list[Iterable[str]] = [repeat(self._pieces[0])]
        for gap, piece in zip(self._gaps, self._pieces[1:], strict=True):
            column = columns[gap.column]
            parts += (column if plain[gap.column] else _escaped(column, gap), repeat(piece))
        return list(map("".join, zip(*parts, strict=False)))


def _is_plain(together: str) -> bool:
    # Five looks for one character each take a tenth of one look for any of them.
    return not any(mark in together for mark in _ESCAPED)


def _escaped(column: Sequence[str], gap: Gap) -> list[str]:
    """The values as they stand in JSON, and in HTML within it where they go there."""
    values = [escape(value) for value in column] if gap.in_html else column
    return [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]


def _sample_value(name: str, at: int) -> str:
    # The mark at its end is written otherwise in HTML, so that a gap there is told apart.
    if name == "unsubscribe_mailto":
        return f"mailto:sample-{at}@sample.invalid?&"
    return f"https://sample.invalid/{at}/?&"
