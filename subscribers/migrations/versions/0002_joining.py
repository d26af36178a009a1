"""Joining by the public site: requests and their limits, letters, changes of address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    time = sa.DateTime(timezone=True)
    op.add_column("subscribers", sa.Column("asked_at", time))
    op.add_column("subscribers", sa.Column("was", sa.String(16), nullable=False, server_default=""))
    op.create_index("ix_subscribers_asked_at", "subscribers", ["asked_at"])
    op.create_table(
        "sign_ups",
        sa.Column("id", number, primary_key=True),
        sa.Column("at", time, nullable=False),
        sa.Column("address_mark", sa.String(64), nullable=False),
        sa.Column("network_mark", sa.String(64), nullable=False),
        sa.Column("waiting", sa.Boolean, nullable=False),
        sa.Column("letter", sa.String(16), nullable=False, server_default=""),
        sa.Column("wish", sa.Text, nullable=False, server_default=""),
    )
    op.create_index("ix_sign_ups_at", "sign_ups", ["at"])
    op.create_index("ix_sign_ups_network_mark_at", "sign_ups", ["network_mark", "at"])
    op.create_index("ix_sign_ups_address_mark_at", "sign_ups", ["address_mark", "at"])
    op.create_index("ix_sign_ups_waiting", "sign_ups", ["waiting"])
    gate = op.create_table(
        "gate",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("shut_at", time),
        sa.Column("counted", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.bulk_insert(gate, [{"id": 1}])
    op.create_table(
        "letters",
        sa.Column("id", number, primary_key=True),
        sa.Column("subscriber_id", number, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("not_before", time, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_index(
        "uq_letters_subscriber_id_kind", "letters", ["subscriber_id", "kind"], unique=True
    )
    op.create_index("ix_letters_kind_not_before", "letters", ["kind", "not_before"])
    op.create_table(
        "moves",
        sa.Column("subscriber_id", number, primary_key=True, autoincrement=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("asked_at", time, nullable=False),
    )
