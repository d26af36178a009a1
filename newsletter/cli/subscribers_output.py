"""People on the list as JSON for scripts and as lines for the author. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from newsletter.cli.output import columns, moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsletter.subscriptions.data_export import DataExport
    from subscribers.models import Subscriber, Suppression

_BARRED = {
    "author": "on your word; they can come back only on yours",
    "complained": "they complained; they can come back only on your word",
    "bounced": "their mailbox refused mail; they can come back by their own wish",
    "erased": "erased at their wish; they can come back, as somebody new, by their own wish",
}


def person_json(person: Subscriber) -> dict[str, Any]:
    return {
        "id": person.id,
        "email": person.address,
        "status": person.status,
        "name": person.name,
        "hemisphere": person.hemisphere or None,
        "rhythm": person.rhythm or None,
        "topics": list(person.topics),
        "tags": list(person.tags),
        "confirmed_at": moment(person.confirmed_at),
        "source": person.source,
        "created_at": moment(person.created_at),
    }


def kept_json(kept: DataExport) -> dict[str, Any]:
    """The whole document a person may ask for."""
    barred = kept.suppression
    return {
        "email": kept.address,
        "subscriber": person_json(kept.person) if kept.person else None,
        "suppressed": {"reason": barred.reason, "at": moment(barred.at)} if barred else None,
        "consent_log": [
            {
                "event": one.event,
                "at": moment(one.at),
                "actor": one.actor,
                "source": one.source,
                "wording_sha256": one.wording,
                "ip_network": one.ip,
            }
            for one in kept.consents
        ],
        "deliveries": [
            {
                "issue": one.issue,
                "key": one.key,
                "subject": one.subject,
                "at": moment(one.at),
                "address": one.address,
                "status": one.status,
                "detail": one.detail,
            }
            for one in kept.deliveries
        ],
        "events": [
            {"kind": one.kind, "at": moment(one.at), "issue": one.issue, "detail": one.detail}
            for one in kept.events
        ],
    }


def kept_text(kept: DataExport) -> str:
    """The same for a person at the terminal."""
    parts = [_who(kept)]
    if kept.suppression is not None:
        parts.append(_barred(kept.suppression))
    if kept.person is not None:
        log = [(_when(one.at), one.event, one.actor, one.source) for one in kept.consents]
        parts.append(_table("Consent log", log, ("when", "what", "by", "where")))
        got = [(f"{one.issue}", one.status, one.subject) for one in kept.deliveries]
        parts.append(_table("Issues", got, ("issue", "delivery", "subject")))
        heard = [(_when(one.at), one.kind, one.detail) for one in kept.events]
        parts.append(_table("Reported by the mailer", heard, ("when", "what", "words")))
    return "\n\n".join(filter(None, parts))


def _who(kept: DataExport) -> str:
    person = kept.person
    if person is None:
        return f"{kept.address}: nobody is on the list under it."
    facts = (
        ("status", person.status),
        ("name", person.name),
        ("hemisphere", person.hemisphere or "yours"),
        ("rhythm", person.rhythm or "every issue"),
        ("topics", ", ".join(person.topics) or "all"),
        ("tags", ", ".join(person.tags)),
        ("confirmed", _when(person.confirmed_at)),
        ("came", f"{_when(person.created_at)} {person.source}".strip()),
    )
    lines = [f"  {name:<11} {value}" for name, value in facts if value]
    return "\n".join((person.address, *lines))


def _barred(suppression: Suppression) -> str:
    since = _when(suppression.at)
    return f"Never written to since {since}: {_BARRED[suppression.reason]}."


def _table(title: str, rows: Sequence[tuple[str, ...]], heads: tuple[str, ...]) -> str:
    if not rows:
        return ""
    lines = columns(rows, heads).splitlines()
    return "\n".join((title, *(f"  {line}" for line in lines)))


def _when(at: Any) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""
