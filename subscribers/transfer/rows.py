"""Parse the cells of an import into people, or say why a row is unusable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from subscribers import preferences
from subscribers.address import address_key, normalise
from subscribers.errors import SubscribersError
from subscribers.lifecycle import stricter_status
from subscribers.models import ImportRow, RejectedRow, Status
from subscribers.storage.rows import join_labels
from subscribers.transfer.formats import STATUS_WORDS, Format
from subscribers.transfer.table import CsvTable

MAX_SOURCE = 200
_SHORT = 200
_FORMULA_STARTS = "=+-@"
_FALSE_WORDS = frozenset({"", "0", "false", "f", "no", "n"})


class _Unusable(ValueError):
    pass


def parse_rows(
    table: CsvTable, file_format: Format, indexes: Mapping[str, int], confirm: bool
) -> Iterator[ImportRow | RejectedRow]:
    """Yield each row as an ImportRow or a RejectedRow; empty rows are skipped.

    With `confirm`, people who would be active become pending.
    """
    parse = _row_parser(file_format, indexes, confirm)
    width = len(table.header)
    for row in table.rows:
        if isinstance(row, RejectedRow):
            yield row
            continue
        line, cells = row
        if len(cells) != width:
            if not any(cells):
                continue
            if any(cells[width:]):
                yield RejectedRow(line, _too_many_cells(len(cells), width))
                continue
            cells += [""] * (width - len(cells))
        try:
            yield parse(cells)
        except (_Unusable, SubscribersError) as error:
            if any(cell.strip() for cell in cells):
                yield RejectedRow(line, str(error))


def _row_parser(
    file_format: Format, indexes: Mapping[str, int], confirm: bool
) -> Callable[[list[str]], ImportRow]:
    """Return a function from cells to a person that reads only the columns of this file."""
    email = indexes["email"]
    parse_name = _name_parser(indexes)
    parse_status = _status_parser(file_format, indexes)
    fields = tuple(
        (name, indexes[name], parse)
        for name, parse in (
            ("hemisphere", preferences.parse_hemisphere),
            ("rhythm", preferences.parse_rhythm),
            ("topics", _parse_labels),
            ("tags", _parse_labels),
            ("confirmed_at", _parse_time_leniently if file_format.name else _parse_time),
            ("source", _parse_source),
        )
        if name in indexes
    )

    def parse_row(cells: list[str]) -> ImportRow:
        text = cells[email]
        if text[:1] == "'" and text[1:2] in _FORMULA_STARTS:
            text = text[1:]  # our own export's guard against CSV injection
        address = normalise(text)
        name = parse_name(cells)
        status = parse_status(cells)
        if confirm and status == "active":
            status = "pending"
        others = {field: parse(cells[at]) for field, at, parse in fields if cells[at]}
        return ImportRow(address_key(address), address, name, status, **others)  # type: ignore[arg-type]  # each parser gives its own field's type

    return parse_row


def _name_parser(indexes: Mapping[str, int]) -> Callable[[list[str]], str]:
    whole = indexes.get("name")
    parts = [indexes[name] for name in ("first_name", "last_name") if name in indexes]

    def parse_name(cells: list[str]) -> str:
        text = cells[whole] if whole is not None else ""
        if not text and parts:
            text = " ".join(cells[at] for at in parts)
        return preferences.parse_name(text) if text else ""

    return parse_name


def _status_parser(
    file_format: Format, indexes: Mapping[str, int]
) -> Callable[[list[str]], Status]:
    words = {**STATUS_WORDS, **file_format.words}
    word_at = indexes.get("status")
    status_columns: list[tuple[int, Status, frozenset[str]]] = []
    for name, meaning, unset_words in (
        ("left", "unsubscribed", frozenset({""})),
        ("bounced", "bounced", frozenset({""})),
        ("disabled", "unsubscribed", _FALSE_WORDS),
    ):
        if name in indexes:
            status_columns.append((indexes[name], meaning, unset_words))  # type: ignore[arg-type]  # a Status

    def parse_status(cells: list[str]) -> Status:
        status: Status = "active"
        if word_at is not None and (word := cells[word_at].strip()):
            known = words.get(word.lower())
            if known is None:
                raise _Unusable(_unknown_status(word, file_format))
            status = known
        for at, meaning, unset_words in status_columns:
            if cells[at].strip().lower() not in unset_words:
                status = stricter_status(status, meaning)
        return status

    return parse_status


def _parse_labels(text: str) -> str:
    if len(text) <= _SHORT:
        return _parse_short_labels(text)
    return join_labels(preferences.parse_labels(text))


@lru_cache(maxsize=256)
def _parse_short_labels(text: str) -> str:
    """Return the labels as stored; a file of a million people repeats a handful of them."""
    return join_labels(preferences.parse_labels(text))


def _parse_time(text: str) -> datetime | None:
    if text.isspace():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _Unusable(
            f"“{text.strip()[:40]}” is not a date. Write it as 2026-11-22 or 2026-11-22T07:00:00Z."
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _parse_time_leniently(text: str) -> datetime | None:
    # Another program's date is useful, but its form is no reason to reject a person.
    try:
        return _parse_time(text)
    except _Unusable:
        return None


def _parse_source(text: str) -> str:
    return preferences.parse_name(text)[:MAX_SOURCE]


def _unknown_status(word: str, file_format: Format) -> str:
    if file_format.name:
        return f"{file_format.name} calls this person “{word[:40]}”, which we do not know."
    return (
        f"“{word[:40]}” is not a status. Write active, pending, unsubscribed, bounced or "
        "complained, or leave it empty."
    )


def _too_many_cells(cells: int, width: int) -> str:
    return (
        f"There are {cells} cells where the first line names {width}. Put text that holds the "
        "separator between quotation marks."
    )
