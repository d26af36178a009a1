"""What readers may choose between, in their words."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.context import Context

_OFTEN = {"weekly": "Every week", "fortnightly": "Every two weeks", "monthly": "Every month"}
_HEMISPHERES = (
    ("", "Same as the author’s"),
    ("north", "Northern half of the world"),
    ("south", "Southern half of the world"),
    ("tropics", "The tropics"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """(value, words) of each choice; no `rhythms` where there is nothing to choose."""

    hemispheres: tuple[tuple[str, str], ...]
    rhythms: tuple[tuple[str, str], ...]
    topics: tuple[str, ...]
    often: str


def offers(context: Context) -> Offers:
    """What this newsletter's readers may choose between."""
    rhythm = context.settings.issue.rhythm
    often = _OFTEN[rhythm]
    rhythms = () if rhythm == "monthly" else (("", often), ("monthly", "Once a month"))
    return Offers(
        hemispheres=_HEMISPHERES,
        rhythms=rhythms,
        topics=tuple(topic.name for topic in context.settings.offered_topics()),
        often=often,
    )
