"""The schemas that were released, as the migrations of that time made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection

import newsletter.storage
import subscribers

FOLDER = Path(__file__).parent
_SCRIPTS = {
    "newsletter": Path(str(newsletter.storage.__file__)).parent / "migrations" / "versions",
    "subscribers": Path(str(subscribers.__file__)).parent / "migrations" / "versions",
}
#: An issue in delivery and its reader, as the first version stored them.
SAMPLE_ROWS: Mapping[tuple[str, str], Sequence[str]] = {
    ("newsletter", "0001"): (
        (
            "INSERT INTO issue (id, number, key, rhythm, status, subject, preheader, greetings,"
            " wish, races, note, planned_for, created_at, pinned_posts, approved_hash, frozen_at)"
            " VALUES"
            " (1, 1, '2026-W48', 'weekly', 'sending', 'Mud', '', '[]', '{}', '[]', '',"
            " '2026-11-29 14:00:00', '2026-11-28 14:00:00', '', '', '2026-11-29 14:00:00')"
        ),
        (
            "INSERT INTO edition (issue_id, key, subject, preheader, html, text, mjml, nonce,"
            " content_hash) VALUES (1, 'south', 'Mud', '', '<p>Mud</p>', 'Mud', '', 'ab', 'cd')"
        ),
        (
            "INSERT INTO batch (id, issue_id, edition, status, fence, attempt_id, holder, mailer,"
            " hold_id, provider_id, detail, updated_at) VALUES"
            " (1, 1, 'south', 'planned', 0, '', '', '', '', '', '', '2026-11-29 14:00:00')"
        ),
        (
            "INSERT INTO delivery (id, issue_id, batch_id, subscriber_id, address, status, detail)"
            " VALUES (1, 1, 1, 7, 'sue@example.com', 'pending', '')"
        ),
    ),
    ("subscribers", "0001"): (
        (
            "INSERT INTO subscribers (id, address, address_key, name, status, created_at) VALUES"
            " (7, 'Sue@example.com', 'sue@example.com', 'Sue', 'active', '2026-11-01 08:00:00')"
        ),
        (
            "INSERT INTO consents (id, subscriber_id, event, at, actor) VALUES"
            " (1, 7, 'added', '2026-11-01 08:00:00', 'author')"
        ),
    ),
}


def revisions(lineage: str) -> list[str]:
    """Return the revisions of the `newsletter` or the `subscribers`, in order."""
    return sorted(path.name[:4] for path in _SCRIPTS[lineage].glob("[0-9]*.py"))


def known_steps(name: str) -> dict[tuple[str, str], list[str]]:
    """Return the statements of each step on `sqlite` or `postgresql`."""
    steps: dict[tuple[str, str], list[str]] = {}
    path = FOLDER / f"{name}.sql"
    step: list[str] = []
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        if line.startswith("-- "):
            lineage, revision = line.split()[1:]
            step = steps.setdefault((lineage, revision), [])
        else:
            step.append(line.removesuffix(";"))
    return steps


def make_released(connection: Connection, *, newsletter: str, subscribers: str) -> None:
    """Make the tables of a released version, with its sample rows."""
    for (lineage, revision), statements in known_steps(connection.dialect.name).items():
        if revision <= {"newsletter": newsletter, "subscribers": subscribers}[lineage]:
            for statement in statements:
                connection.exec_driver_sql(statement)
