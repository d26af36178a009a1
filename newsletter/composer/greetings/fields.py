"""A table's fields, read with their types; every complaint names file and line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, TypeVar

from newsletter.composer.greetings.book import Problem
from newsletter.composer.greetings.toml_tables import TomlTable

Word = TypeVar("Word", bound=str)


class Fields:
    """Reads one table; what does not fit is noted in `problems` and read as empty."""

    def __init__(self, table: TomlTable, problems: list[Problem] | None = None) -> None:
        self.table = table
        self.problems: list[Problem] = [] if problems is None else problems

    def wrong(self, key: str, message: str) -> None:
        """Notes a complaint at the line of `key`."""
        self.problems.append(Problem(place=self.table.place(key), message=message))

    def only(self, known: tuple[str, ...]) -> None:
        """Complains of every key that is not `known`."""
        for key in self.table.values:
            if key not in known:
                near = get_close_matches(key, known, n=1)
                hint = f"did you mean “{near[0]}”?" if near else f"use {', '.join(known)}."
                self.wrong(key, f"“{key}” is unknown here; {hint}")

    def inner(self, key: str) -> Fields:
        """The table under `key`, with complaints noted in the same list."""
        values = self.table.values.get(key, {})
        if not isinstance(values, dict):
            self.wrong(key, f'“{key}” is written in braces: {key} = {{ season = "fall" }}.')
            values = {}
        return self.instead(values)

    def instead(self, values: dict[str, Any]) -> Fields:
        """Other values at the same place, with complaints noted in the same list."""
        return Fields(replace(self.table, values=values), self.problems)

    def text(self, key: str, *, needed: bool = True) -> str:
        """A piece of text; it may be absent only when it is not `needed`."""
        value = self.table.values.get(key, "")
        if isinstance(value, str) and (value.strip() or not needed):
            return value.strip()
        self.wrong(key, f"“{key}” must be some text in quotation marks.")
        return ""

    def words(self, key: str) -> tuple[str, ...]:
        """One piece of text or a list of them."""
        value = self.table.values.get(key, [])
        listed = [value] if isinstance(value, str) else value
        if isinstance(listed, list) and all(isinstance(word, str) for word in listed):
            return tuple(listed)
        self.wrong(key, f"“{key}” must be a word in quotation marks, or a list of such words.")
        return ()

    def choices(
        self, key: str, known: tuple[Word, ...], also: Mapping[str, Word] | None = None
    ) -> tuple[Word, ...]:
        """Words out of `known`; `also` maps other spellings to them."""
        by_name = {**{str(word): word for word in known}, **(also or {})}
        found = []
        for word in self.words(key):
            if word in by_name:
                found.append(by_name[word])
            else:
                self.wrong(key, f"“{word}” is no {key} we know; use {', '.join(known)}.")
        return tuple(found)

    def number(self, key: str, least: int, most: int, default: int) -> int:
        """A whole number from `least` to `most`."""
        value = self.table.values.get(key, default)
        if key not in self.table.values or _whole(value, least, most):
            return int(value)
        self.wrong(key, f"“{key}” must be a whole number from {least} to {most}.")
        return default

    def numbers(self, key: str, least: int, most: int) -> tuple[int, ...]:
        """A list of whole numbers from `least` to `most`."""
        value = self.table.values.get(key, [])
        if isinstance(value, list) and all(_whole(number, least, most) for number in value):
            return tuple(value)
        self.wrong(key, f"“{key}” must be a list of whole numbers from {least} to {most}.")
        return ()

    def flag(self, key: str) -> bool:
        """True or false; false when absent."""
        value = self.table.values.get(key, False)
        if isinstance(value, bool):
            return value
        self.wrong(key, f"“{key}” must be true or false, without quotation marks.")
        return False

    def day(self, key: str) -> date | None:
        """A date, or None when absent."""
        value = self.table.values.get(key)
        if value is None or _is_day(value):
            return value
        self.wrong(key, f"“{key}” must be a date like 2027-05-30, without quotation marks.")
        return None

    def days(self, key: str) -> tuple[date, ...]:
        """A list of dates."""
        value = self.table.values.get(key, [])
        if isinstance(value, list) and all(_is_day(day) for day in value):
            return tuple(value)
        self.wrong(key, f"“{key}” must be a list of dates like [2027-05-30].")
        return ()


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)
