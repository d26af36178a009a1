"""Imports: when people signed up elsewhere, and what the newest import did, to undo it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    time = sa.DateTime(timezone=True)
    op.add_column("subscribers", sa.Column("signed_up_at", time))
    op.create_table(
        "imports",
        sa.Column("id", number, primary_key=True),
        sa.Column("at", time, nullable=False),
        sa.Column("source", sa.Text, nullable=False, server_default=""),
        sa.Column("above", number, nullable=False),
        sa.Column("up_to", number, nullable=False),
        sa.Column("undone_at", time),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "import_changes",
        sa.Column("id", number, primary_key=True, autoincrement=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("written", sa.Text, nullable=False),
    )
