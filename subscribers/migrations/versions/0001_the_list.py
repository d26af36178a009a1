"""The list: subscribers, the consent log, suppressions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    time = sa.DateTime(timezone=True)
    op.create_table(
        "subscribers",
        sa.Column("id", number, primary_key=True),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("address_key", sa.String(254), nullable=False),
        sa.Column("name", sa.Text, nullable=False, server_default=""),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("hemisphere", sa.String(16), nullable=False, server_default=""),
        sa.Column("rhythm", sa.String(16), nullable=False, server_default=""),
        sa.Column("topics", sa.Text, nullable=False, server_default=""),
        sa.Column("tags", sa.Text, nullable=False, server_default=""),
        sa.Column("confirmed_at", time),
        sa.Column("source", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", time, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_subscribers_address_key", "subscribers", ["address_key"], unique=True)
    op.create_table(
        "consents",
        sa.Column("id", number, primary_key=True),
        sa.Column("subscriber_id", number, nullable=False),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("at", time, nullable=False),
        sa.Column("actor", sa.String(16), nullable=False),
        sa.Column("source", sa.Text, nullable=False, server_default=""),
        sa.Column("wording", sa.String(64), nullable=False, server_default=""),
        sa.Column("ip", sa.String(45), nullable=False, server_default=""),
    )
    op.create_index("ix_consents_subscriber_id", "consents", ["subscriber_id"])
    op.create_table(
        "suppressions",
        sa.Column("mark", sa.String(64), primary_key=True),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("at", time, nullable=False),
    )
