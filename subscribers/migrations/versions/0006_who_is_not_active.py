"""Indexes for the author's search: of who is not active, and of how an address begins.

The second is PostgreSQL's alone, whose other index of addresses follows its locale's order.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_not_active = sa.text("status <> 'active'")
    op.create_index(
        "ix_subscribers_not_active",
        "subscribers",
        ["status", "id"],
        sqlite_where=is_not_active,
        postgresql_where=is_not_active,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            'CREATE INDEX ix_subscribers_address_begins ON subscribers (address_key COLLATE "C")'
        )
