"""A reader's right to see everything, and to be forgotten."""

from __future__ import annotations

import json
from typing import Any

from newsletter.context import Context
from newsletter.errors import NotFound
from newsletter.storage.database.engine import snapshot
from newsletter.storage.ledger import deliveries
from newsletter.subscriptions.erase import erase
from newsletter.subscriptions.preferences import reader_of
from subscribers import storage as people


def whole_story(context: Context, link: str) -> str:
    """Everything that is kept of the reader whose page this is, as JSON for people to read.

    Raises BadToken, and NotFound where nothing is kept (of nobody, for a test copy's link).
    """
    reader = reader_of(context, link)
    with snapshot(context.engine) as connection:
        person = people.find_by_id(connection, reader)
        if person is None:
            raise NotFound("Nothing is kept of anybody under this link.")
        log = people.consents_of(connection, reader)
        received = deliveries.of_subscriber(connection, reader)
    story: dict[str, Any] = {
        "newsletter": context.settings.newsletter.title,
        "you": {
            "email": person.address,
            "name": person.name,
            "status": person.status,
            "hemisphere": person.hemisphere,
            "rhythm": person.rhythm,
            "topics": person.topics,
            "tags": person.tags,
            "source": person.source,
            "created_at": person.created_at,
            "confirmed_at": person.confirmed_at,
        },
        "log": [
            {
                "event": line.event,
                "at": line.at,
                "by": line.actor,
                "source": line.source,
                "network": line.ip,
                "sha256_of_the_words_shown": line.wording,
            }
            for line in log
        ],
        "issues": [{"issue": number, "delivery": status} for number, status in received],
    }
    return json.dumps(story, ensure_ascii=False, indent=2, default=str) + "\n"


def erase_reader(context: Context, link: str) -> None:
    """Forgets the reader for good, by their own wish; a second time finds it done.

    Raises BadToken.
    """
    reader = reader_of(context, link)
    with snapshot(context.engine) as connection:
        person = people.find_by_id(connection, reader)
    if person is not None:
        erase(context, person.address, by="subscriber")
