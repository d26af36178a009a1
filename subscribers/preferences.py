"""What a subscriber may choose, read from text a person or another program wrote."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from typing import TypeVar

from subscribers.address import normalise
from subscribers.errors import InvalidPreference
from subscribers.models import HEMISPHERES, RHYTHMS, SignUp, Subscriber

Person = TypeVar("Person", Subscriber, SignUp)
MAX_NAME = 200
MAX_LABELS = 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def name(text: str) -> str:
    """A person's name on one line. Raises InvalidPreference for what is no name."""
    plain = " ".join(text.split())
    if _CONTROL.search(plain):
        raise InvalidPreference("The name holds characters that cannot be printed.")
    if len(plain) > MAX_NAME:
        raise InvalidPreference(f"The name is longer than {MAX_NAME} characters.")
    return plain


def hemisphere(text: str) -> str:
    """north, south, tropics, or "" for the author's own. Raises InvalidPreference."""
    return _one_of(text, HEMISPHERES, "hemisphere")


def rhythm(text: str) -> str:
    """weekly, monthly, or "" for every issue. Raises InvalidPreference."""
    return _one_of(text, RHYTHMS, "rhythm")


def labels(text: str) -> tuple[str, ...]:
    """Topics or tags written in one cell, between commas or semicolons, each once.

    Labels may stand in quotation marks (Mailchimp writes them so).
    Raises InvalidPreference.
    """
    if not text or text.isspace():
        return ()
    if '"' in text:
        cells = next(csv.reader([" ".join(text.split())], skipinitialspace=True))
        text = ";".join(cell.replace(",", " ") for cell in cells)
    found = tuple(
        dict.fromkeys(
            label for part in re.split(r"[;,]", text) if (label := " ".join(part.split()))
        )
    )
    if len(found) > MAX_LABELS or any(_CONTROL.search(label) for label in found):
        raise InvalidPreference(
            f"There are more than {MAX_LABELS} topics or tags, or some that cannot be printed."
        )
    if any(len(label) > MAX_NAME for label in found):
        raise InvalidPreference(f"A topic or tag is longer than {MAX_NAME} characters.")
    return found


def checked(person: Subscriber) -> Subscriber:
    """`person` with every field in the form it is kept in.

    Raises InvalidAddress and InvalidPreference.
    """
    return replace(checked_wish(person), tags=labels(";".join(person.tags)))


def checked_wish(person: Person) -> Person:
    """`person` with every field they may fill in themselves in the form it is kept in.

    Raises InvalidAddress and InvalidPreference.
    """
    return replace(
        person,
        address=normalise(person.address),
        name=name(person.name),
        hemisphere=hemisphere(person.hemisphere),
        rhythm=rhythm(person.rhythm),
        topics=labels(";".join(person.topics)),
    )


def _one_of(text: str, choices: tuple[str, ...], what: str) -> str:
    plain = text.strip().lower()
    if plain and plain not in choices:
        raise InvalidPreference(
            f"“{text.strip()[:40]}” is no {what}.",
            cure=f"Write {', '.join(choices)}, or leave it empty.",
        )
    return plain
