"""An index of when people unsubscribed, for what an issue brought about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_unsubscribe = sa.text("event = 'unsubscribed'")
    op.create_index(
        "ix_consents_unsubscribed",
        "consents",
        ["at"],
        sqlite_where=is_unsubscribe,
        postgresql_where=is_unsubscribe,
    )
