"""Parse what a person or another program wrote into a subscriber's fields."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from typing import TypeVar

from subscribers.address import normalise
from subscribers.errors import InvalidPreference, excerpt
from subscribers.models import HEMISPHERES, RHYTHMS, SignUp, Subscriber

Person = TypeVar("Person", Subscriber, SignUp)
MAX_NAME = 200
MAX_LABELS = 100
# Characters that turn the direction of everything after them. The marks before a single
# character (U+200E, U+200F) stay: names in scripts of both directions need them.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def parse_name(text: str) -> str:
    """Return a person's name on one line. Raise InvalidPreference."""
    plain = " ".join(_TURNING.sub("", text).split())
    if _CONTROL.search(plain):
        raise InvalidPreference("The name holds characters that cannot be printed.")
    if len(plain) > MAX_NAME:
        raise InvalidPreference(f"The name is longer than {MAX_NAME} characters.")
    return plain


def parse_hemisphere(text: str) -> str:
    """Return north, south, tropics, or "" for the author's own. Raise InvalidPreference."""
    return _parse_choice(text, HEMISPHERES, "hemisphere")


def parse_rhythm(text: str) -> str:
    """Return weekly, monthly, or "" for every issue. Raise InvalidPreference."""
    return _parse_choice(text, RHYTHMS, "rhythm")


def parse_labels(text: str) -> tuple[str, ...]:
    """Return the topics or tags in a cell, separated by commas or semicolons, without repeats.

    Labels may be quoted, as in Mailchimp's exports. Raise InvalidPreference.
    """
    if not text or text.isspace():
        return ()
    if '"' in text:
        cells = next(csv.reader([" ".join(text.split())], skipinitialspace=True))
        text = ";".join(cell.replace(",", " ") for cell in cells)
    labels = tuple(
        dict.fromkeys(
            label for part in re.split(r"[;,]", text) if (label := " ".join(part.split()))
        )
    )
    if len(labels) > MAX_LABELS or any(_CONTROL.search(label) for label in labels):
        raise InvalidPreference(
            f"There are more than {MAX_LABELS} topics or tags, or some that cannot be printed."
        )
    if any(len(label) > MAX_NAME for label in labels):
        raise InvalidPreference(f"A topic or tag is longer than {MAX_NAME} characters.")
    return labels


def normalise_subscriber(person: Subscriber) -> Subscriber:
    """Return `person` with every field validated and in the form it is stored in.

    Raise InvalidAddress and InvalidPreference.
    """
    return replace(normalise_choices(person), tags=parse_labels(";".join(person.tags)))


def normalise_choices(person: Person) -> Person:
    """Return `person` with the fields a reader may fill in validated and normalised.

    Raise InvalidAddress and InvalidPreference.
    """
    return replace(
        person,
        address=normalise(person.address),
        name=parse_name(person.name),
        hemisphere=parse_hemisphere(person.hemisphere),
        rhythm=parse_rhythm(person.rhythm),
        topics=parse_labels(";".join(person.topics)),
    )


def _parse_choice(text: str, choices: tuple[str, ...], what: str) -> str:
    plain = text.strip().lower()
    if plain and plain not in choices:
        raise InvalidPreference(
            f"“{excerpt(text)}” is no {what}.",
            cure=f"Write {', '.join(choices)}, or leave it empty.",
        )
    return plain
