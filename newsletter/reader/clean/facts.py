"""Facts of a run: distance, time, pace, race and route, if the post states them plainly.

That is a labelled line ("Distance: 10.2 km"), or a first line of figures and nothing else
("10.2 km, 52:10").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from newsletter.models import Facts
from newsletter.reader.clean.flow import Block

_UNIT = r"(?:kilomet(?:er|re)s?|miles?|mi|kms?|k)"
_DISTANCE = re.compile(rf"(?<![\w:.])\d{{1,3}}(?:[.,]\d{{1,3}})?\s?{_UNIT}\b", re.IGNORECASE)
_PACE = re.compile(
    r"(?<![\w:])\d{1,2}:\d{2}\s?(?:/\s?|per |min/|min per |minutes? per )"
    r"(?:kilomet(?:er|re)|mile|km|k|mi)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?<![\w:])(?:\d{1,2}:)?\d{1,2}:\d{2}(?:\.\d{1,2})?(?![\w:/])(?!\s?(?:[ap]\.?m\b|min/|per\b))|"
    r"(?<!\w)\d{1,2}\s?h(?:ours?|rs?)?\s?(?:\d{1,2}\s?m(?:in(?:utes?)?)?)?\b"
    r"(?:\s?\d{1,2}\s?s(?:ec(?:onds?)?)?\b)?",
    re.IGNORECASE,
)
_LABELS = {
    "distance": "distance", "dist": "distance", "distanz": "distance", "length": "distance",
    "time": "time", "finish time": "time", "finishing time": "time", "chip time": "time",
    "official time": "time", "moving time": "time", "total time": "time", "duration": "time",
    "pace": "pace", "avg pace": "pace", "average pace": "pace", "avg. pace": "pace",
    "race": "race", "event": "race", "race name": "race",
    "route": "route", "course": "route",
}  # fmt: skip
_LABELLED = re.compile(r"([A-Za-z][A-Za-z .]{2,15}?)\s*[:=–]\s*(\S.{0,120})")
_CONNECTING = re.compile(
    r"\b(?:distance|time|pace|avg|average|total|moving|finish|in|at|and|run|ran|a|the)\b|[\s,;:|/()·•.@–—=~-]+",
    re.IGNORECASE,
)
_NAME_WORDS = 10
_FIRST_LINES = 40
_LINE_LENGTH = 120


def find_facts(blocks: Iterable[Block]) -> Facts | None:
    """Return the facts of a post, or None if it states none plainly."""
    stated = (
        " ".join(line.split())
        for block in blocks
        if block.kind in {"text", "list", "table", "pre", "caption"}
        for line in block.text.split("\n")
        if line.strip()
    )
    lines = list(islice(stated, _FIRST_LINES))
    facts = (
        facts_from_fields(
            (match[1], match[2]) for match in map(_LABELLED.fullmatch, lines) if match
        )
        or Facts()
    )
    if lines and is_facts_line(lines[0]):
        for name, pattern in (("pace", _PACE), ("distance", _DISTANCE), ("time", _TIME)):
            match = pattern.search(lines[0])
            if match and not getattr(facts, name):
                facts = replace(facts, **{name: match[0]})
    return facts if facts != Facts() else None


def facts_from_fields(fields: Iterable[tuple[str, str]]) -> Facts | None:
    """Return the facts in labelled values: lines, elements of a feed, tags such as "race: X".

    Ignores unknown labels and values that do not fit their label. The first value of each
    fact counts.
    """
    facts: dict[str, str] = {}
    for label, value in fields:
        name = _LABELS.get(label.strip().casefold())
        fact = _extract_value(name, value.strip()) if name and name not in facts else ""
        if name and fact:
            facts[name] = fact
    return Facts(**facts) if facts else None


def is_facts_line(line: str) -> bool:
    """Whether a line is figures of a run and nothing else, with a distance or a pace."""
    if len(line) > _LINE_LENGTH or not (_DISTANCE.search(line) or _PACE.search(line)):
        return False
    rest = _TIME.sub(" ", _DISTANCE.sub(" ", _PACE.sub(" ", line)))
    return not _CONNECTING.sub("", rest)


def has_only_facts(text: str) -> bool:
    """Whether each line is figures of a run or a labelled fact."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    labelled = (_LABELLED.fullmatch(line) for line in lines)
    return all(
        is_facts_line(line) or bool(match and facts_from_fields([(match[1], match[2])]))
        for line, match in zip(lines, labelled, strict=True)
    )


def _extract_value(name: str, value: str) -> str:
    pattern = {"distance": _DISTANCE, "time": _TIME, "pace": _PACE}.get(name)
    if pattern:
        match = pattern.match(value)
        return match[0] if match else ""
    is_name = len(value.split()) <= _NAME_WORDS and not value.endswith((".", "?", "!", ":"))
    return value if is_name else ""
