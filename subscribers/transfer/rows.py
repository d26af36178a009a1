"""Parse the cells of an import into people, or say why a row is unusable.

A reader's hemisphere is told from what another program knows of where they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from importlib.resources import files

from subscribers import preferences
from subscribers.address import address_key
from subscribers.errors import SubscribersError, excerpt
from subscribers.lifecycle import stricter_status
from subscribers.link_ids import is_link
from subscribers.models import ImportRow, RejectedRow, Status
from subscribers.storage.rows import join_labels
from subscribers.transfer.cells import is_like_date, read_address, read_moment, unguard
from subscribers.transfer.formats import Format, normalise_heading
from subscribers.transfer.plan import ImportPlan

MAX_SOURCE = 200
_SHORT = 200
_TROPIC = 23.44  # latitude of the tropics in degrees
_COORDINATES = re.compile(r"([+-])(\d{2})(\d{2})\d{0,2}[+-]")


class _Unusable(ValueError):
    pass


def parse_rows(
    rows: Iterable[tuple[int, list[str]] | RejectedRow],
    width: int,
    plan: ImportPlan,
    *,
    confirm: bool,
) -> Iterator[ImportRow | RejectedRow]:
    """Yield each row as an ImportRow or a RejectedRow; empty rows are skipped.

    `width` is the number of columns in the header. With `confirm`, people who would be active
    become pending.
    """
    parse = _row_parser(plan, confirm)
    for row in rows:
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
            yield parse(line, cells)
        except (_Unusable, SubscribersError) as error:
            if any(cell.strip() for cell in cells):
                yield RejectedRow(line, str(error))


def _row_parser(plan: ImportPlan, confirm: bool) -> Callable[[int, list[str]], ImportRow]:
    """Return a function from cells to a person that reads only the columns of this file."""
    indexes = plan.indexes
    email = indexes["email"]
    parse_name = _name_parser(indexes)
    parse_status = _status_parser(plan)
    parse_place = _place_parser(indexes)
    parse_links = _link_parser(indexes)
    foreign = bool(plan.format.name)

    def parse_foreign_time(text: str) -> datetime | None:
        # Another program's date is useful, but its form is no reason to reject a person.
        return read_moment(text, plan.format.day_first)

    def parse_sign_up(text: str) -> datetime | None:
        if plan.doubts_sign_up and not text.isspace() and not is_like_date(text):
            raise _Unusable(f"“{excerpt(text)}” is no date of sign-up.")
        return parse_foreign_time(text)

    fields = tuple(
        (name, indexes[name], parse)
        for name, parse in (
            ("hemisphere", preferences.parse_hemisphere),
            ("rhythm", preferences.parse_rhythm),
            ("topics", _parse_labels),
            ("tags", _parse_labels),
            ("confirmed_at", parse_foreign_time if foreign else _parse_time),
            ("signed_up_at", parse_sign_up),
            ("source", _parse_source),
        )
        if name in indexes
    )

    def parse_row(line: int, cells: list[str]) -> ImportRow:
        text = cells[email]
        if text[:1] == "'":
            text = unguard(text)
        address, beside = read_address(text)
        name = parse_name(cells) or (beside and preferences.parse_name(beside))
        status = parse_status(cells)
        if confirm and status == "active":
            status = "pending"
        others: dict[str, object] = {
            field: parse(cells[at] if cells[at][0] != "'" else unguard(cells[at]))
            for field, at, parse in fields
            if cells[at]
        }
        if parse_place is not None and not others.get("hemisphere"):
            others["hemisphere"] = parse_place(cells)
        if parse_links is not None:
            others["links"], others["seal"] = parse_links(cells)
        return ImportRow(address_key(address), address, name, status, line=line, **others)  # type: ignore[arg-type]  # each parser gives its own field's type

    return parse_row


def _name_parser(indexes: Mapping[str, int]) -> Callable[[list[str]], str]:
    whole = indexes.get("name")
    parts = [indexes[name] for name in ("first_name", "last_name") if name in indexes]

    def parse_name(cells: list[str]) -> str:
        text = cells[whole] if whole is not None else ""
        if not text and parts:
            text = " ".join(cells[at] for at in parts)
        if text[:1] == "'":
            text = unguard(text)
        return preferences.parse_name(text) if text else ""

    return parse_name


def _place_parser(indexes: Mapping[str, int]) -> Callable[[list[str]], str] | None:
    """Return a function from cells to a hemisphere; None if the file knows no places."""
    places = [indexes.get(name) for name in ("latitude", "timezone", "country")]
    if places == [None, None, None]:
        return None
    hemisphere = lru_cache(maxsize=4096)(hemisphere_of_place)

    def parse_place(cells: list[str]) -> str:
        latitude, zone, country = ("" if at is None else cells[at] for at in places)
        return hemisphere(latitude, zone, country)

    return parse_place


def _link_parser(
    indexes: Mapping[str, int],
) -> Callable[[list[str]], tuple[tuple[str, ...], str]] | None:
    """Return a function from cells to a person's links and their seal; None without any."""
    columns = [indexes[name] for name in ("link_id", "old_link_number") if name in indexes]
    if not columns:
        return None
    seal = indexes.get("link_seal")

    def parse_links(cells: list[str]) -> tuple[tuple[str, ...], str]:
        links: list[str] = []
        for at in columns:
            text = cells[at]
            if is_link(text):
                links.append(text)
            elif text:
                parts = (part.strip() for part in unguard(text).split(";"))
                links += [part for part in parts if is_link(part)]
        return tuple(links), unguard(cells[seal]).strip() if seal is not None else ""

    return parse_links


def _status_parser(plan: ImportPlan) -> Callable[[list[str]], Status]:
    columns = tuple((column.index, column.read, column.heading) for column in plan.statuses)
    default, evidence = plan.default, plan.evidence

    def parse_status(cells: list[str]) -> Status:
        status = default
        for at, read, heading in columns:
            known = read(cells[at])
            if known is None:
                raise _Unusable(_unknown_status(cells[at].strip(), heading, plan.format))
            if known != status:
                status = stricter_status(status, known)
        if evidence and not any(cells[at] for at in evidence):
            raise _Unusable(
                f"{plan.format.name} names no time at which this person signed up, and the "
                "file's name does not say that it is the one of the subscribed. Keep the name "
                f"that {plan.format.name} gave it, or say --status active."
            )
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
    moment = read_moment(text)
    if moment is None:
        raise _Unusable(
            f"“{excerpt(text)}” is not a date. Write it as 2026-11-22 or 2026-11-22T07:00:00Z."
        )
    return moment


def _parse_source(text: str) -> str:
    return preferences.parse_name(text)[:MAX_SOURCE]


def _unknown_status(word: str, heading: str, known: Format) -> str:
    if known.name:
        return f"{known.name} calls this person “{excerpt(word)}”, which we do not know."
    if normalise_heading(heading) != "status":
        return f"“{excerpt(word)}” under “{excerpt(heading)}” is no status that we know."
    return (
        f"“{excerpt(word)}” is not a status. Write active, pending, unsubscribed, bounced or "
        "complained, or leave it empty."
    )


def _too_many_cells(cells: int, width: int) -> str:
    return (
        f"There are {cells} cells where the first line names {width}. Put text that holds the "
        "separator between quotation marks."
    )


def hemisphere_of_place(latitude: str, zone: str, country: str) -> str:
    """Return the hemisphere of a place, by the first of the three that says something.

    `zone` is an IANA time zone and `country` two letters (ISO 3166-1). Return "", the author's
    own hemisphere, if none of them is known.
    """
    return _of_degrees(latitude) or _of_zone(zone.strip()) or _of_country(country.strip())


def _of_degrees(text: str) -> str:
    try:
        degrees = float(text)
    except ValueError:
        return ""
    # A place without coordinates is often written as 0.
    if not -90 <= degrees <= 90 or degrees == 0:  # noqa: PLR2004  # the poles
        return ""
    return _of_latitude(degrees)


def _of_latitude(degrees: float) -> str:
    if abs(degrees) < _TROPIC:
        return "tropics"
    return "south" if degrees < 0 else "north"


def _of_zone(zone: str) -> str:
    return _zones().get(zone.casefold(), "") if zone else ""


def _of_country(country: str) -> str:
    return _countries().get(country.upper(), "") if country else ""


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    return {zone.casefold(): hemisphere for _, zone, hemisphere in _table()}


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Return the hemisphere of each country: the one of most of its time zones."""
    places: dict[str, Counter[str]] = {}
    for country, _, hemisphere in _table():
        places.setdefault(country, Counter())[hemisphere] += 1
    return {country: counts.most_common(1)[0][0] for country, counts in places.items()}


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[str, str, str], ...]:
    """Return country, zone and hemisphere of every line of tzdata's zone.tab."""
    text = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return tuple(
        (row[0], row[2], _of_latitude(float(f"{match[1]}{int(match[2]) + int(match[3]) / 60}")))
        for row in rows
        if len(row) > 2 and (match := _COORDINATES.match(row[1]))  # noqa: PLR2004  # country, coordinates, zone
    )
