"""What one more mention of a known person changes. Pure."""

from __future__ import annotations

from dataclasses import replace

from subscribers.lifecycle import GONE, on_authors_word
from subscribers.models import Subscriber


def merged(known: Subscriber, offered: Subscriber) -> Subscriber:
    """`known` after the author has added or imported `offered`, who is the same person.

    What is empty in `offered` erases nothing, whoever is gone stays as they are (also one
    whom somebody has asked back, until they confirm it), and the address stays as it was
    first written.
    """
    if known.status in GONE or known.was:
        return known
    return replace(
        known,
        status=on_authors_word(known.status, offered.status),
        name=offered.name or known.name,
        hemisphere=offered.hemisphere or known.hemisphere,
        rhythm=offered.rhythm or known.rhythm,
        topics=offered.topics or known.topics,
        tags=offered.tags or known.tags,
        confirmed_at=known.confirmed_at or offered.confirmed_at,
        source=known.source or offered.source,
    )
