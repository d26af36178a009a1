"""An index of what active people chose: how many get which edition is counted from it alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_active = sa.text("status = 'active'")
    op.create_index(
        "ix_subscribers_choices",
        "subscribers",
        ["rhythm", "hemisphere", "topics", "status"],
        sqlite_where=is_active,
        postgresql_where=is_active,
    )
