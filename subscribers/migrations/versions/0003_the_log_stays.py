"""The consent log: the database itself refuses to change or delete its lines.

What may go is where a line came from (`source`, `ip`), when a person is erased.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEPT = ("id", "subscriber_id", "event", "at", "actor", "wording")
_SAID = "the consent log is append-only"


def upgrade() -> None:
    changed = " OR ".join(f"NEW.{name} <> OLD.{name}" for name in _KEPT)
    if op.get_bind().dialect.name == "sqlite":
        for what, when in (("UPDATE", f"WHEN {changed}"), ("DELETE", "")):
            op.execute(
                f"CREATE TRIGGER consents_stay_{what.lower()} BEFORE {what} ON consents {when} "
                f"BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION consents_stay() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$BEGIN RAISE EXCEPTION '{_SAID}'; END$$"
    )
    for what, when in (("UPDATE", f"WHEN ({changed})"), ("DELETE", "")):
        op.execute(
            f"CREATE TRIGGER consents_stay_{what.lower()} BEFORE {what} ON consents "
            f"FOR EACH ROW {when} EXECUTE FUNCTION consents_stay()"
        )
