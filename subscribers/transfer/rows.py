"""Cells into people: what one row of an import says, or why it says nothing usable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from subscribers import preferences
from subscribers.address import identity, normalise
from subscribers.errors import SubscribersError
from subscribers.lifecycle import graver
from subscribers.models import Arrival, Status
from subscribers.storage.rows import to_kept
from subscribers.transfer.formats import WORDS, Format
from subscribers.transfer.report import Reject
from subscribers.transfer.table import CsvTable

MAX_SOURCE = 200
_SHORT = 200
_GUARDS = "=+-@"
_NO = frozenset({"", "0", "false", "f", "no", "n"})


class _Unusable(ValueError):
    pass


def people(
    table: CsvTable, found: Format, places: Mapping[str, int], confirm: bool
) -> Iterator[Arrival | Reject]:
    """Each row as a person, or as a Reject; empty rows are left out.

    With `confirm`, whoever would be active is pending.
    """
    read = _reader(found, places, confirm)
    width = len(table.header)
    for row in table.rows:
        if isinstance(row, Reject):
            yield row
            continue
        line, cells = row
        if len(cells) != width:
            if not any(cells):
                continue
            if any(cells[width:]):
                yield Reject(line, _too_wide(len(cells), width))
                continue
            cells += [""] * (width - len(cells))
        try:
            yield read(cells)
        except (_Unusable, SubscribersError) as error:
            if any(cell.strip() for cell in cells):
                yield Reject(line, str(error))


def _reader(
    found: Format, places: Mapping[str, int], confirm: bool
) -> Callable[[list[str]], Arrival]:
    """A function from cells to a person; only columns the file has are looked at."""
    email = places["email"]
    named = _name_reader(places)
    status_of = _status_reader(found, places)
    rest = tuple(
        (name, places[name], parse)
        for name, parse in (
            ("hemisphere", preferences.hemisphere),
            ("rhythm", preferences.rhythm),
            ("topics", _labels),
            ("tags", _labels),
            ("confirmed_at", _lenient_time if found.name else _time),
            ("source", _source),
        )
        if name in places
    )

    def read(cells: list[str]) -> Arrival:
        written = cells[email]
        if written[:1] == "'" and written[1:2] in _GUARDS:
            written = written[1:]  # our own export's guard against formulas
        address = normalise(written)
        name = named(cells)
        status = status_of(cells)
        if confirm and status == "active":
            status = "pending"
        others = {field: parse(cells[at]) for field, at, parse in rest if cells[at]}
        return Arrival(identity(address), address, name, status, **others)  # type: ignore[arg-type]  # each parser gives its own field's type

    return read


def _name_reader(places: Mapping[str, int]) -> Callable[[list[str]], str]:
    whole = places.get("name")
    parts = [places[name] for name in ("first_name", "last_name") if name in places]

    def read(cells: list[str]) -> str:
        text = cells[whole] if whole is not None else ""
        if not text and parts:
            text = " ".join(cells[at] for at in parts)
        return preferences.name(text) if text else ""

    return read


def _status_reader(found: Format, places: Mapping[str, int]) -> Callable[[list[str]], Status]:
    words = {**WORDS, **found.words}
    word_at = places.get("status")
    signs: list[tuple[int, Status, frozenset[str]]] = []
    for name, meant, harmless in (
        ("left", "unsubscribed", frozenset({""})),
        ("bounced", "bounced", frozenset({""})),
        ("disabled", "unsubscribed", _NO),
    ):
        if name in places:
            signs.append((places[name], meant, harmless))  # type: ignore[arg-type]  # a Status

    def read(cells: list[str]) -> Status:
        status: Status = "active"
        if word_at is not None and (word := cells[word_at].strip()):
            known = words.get(word.lower())
            if known is None:
                raise _Unusable(_strange_status(word, found))
            status = known
        for at, meant, harmless in signs:
            if cells[at].strip().lower() not in harmless:
                status = graver(status, meant)
        return status

    return read


def _labels(text: str) -> str:
    return _short_labels(text) if len(text) <= _SHORT else to_kept(preferences.labels(text))


@lru_cache(maxsize=256)
def _short_labels(text: str) -> str:
    """A file of a million people has a handful of topics and tags, over and over."""
    return to_kept(preferences.labels(text))


def _time(text: str) -> datetime | None:
    if text.isspace():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _Unusable(
            f"“{text.strip()[:40]}” is no date. Write it as 2026-11-22 or 2026-11-22T07:00:00Z."
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _lenient_time(text: str) -> datetime | None:
    # Another program's date is worth having, but nobody is left out for its form.
    try:
        return _time(text)
    except _Unusable:
        return None


def _source(text: str) -> str:
    return preferences.name(text)[:MAX_SOURCE]


def _strange_status(word: str, found: Format) -> str:
    if found.name:
        return f"{found.name} calls this person “{word[:40]}”, which we do not know."
    return (
        f"“{word[:40]}” is no status. Write active, pending, unsubscribed, bounced or "
        "complained, or leave it empty."
    )


def _too_wide(cells: int, width: int) -> str:
    return (
        f"There are {cells} cells where the first line names {width}. Put text that holds the "
        "separator between quotation marks."
    )
