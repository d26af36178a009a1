"""Editions by topics, and a monthly issue beside the weekly one.

An edition's key may name topics now, and says whose it is and which posts it shows
(without any: all of its issue's). An issue remembers from when on it gathers posts that
another rhythm has sent, and how many readers it has nothing for.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEY = sa.String(100)


def upgrade() -> None:
    op.add_column("issue", sa.Column("since", sa.DateTime(timezone=True)))
    op.add_column("issue", sa.Column("passed_over", sa.Integer, nullable=False, server_default="0"))
    _widen_editions()
    _widen_batches()


def _widen_editions() -> None:
    with op.batch_alter_table("edition") as table:
        table.alter_column("key", existing_type=sa.String(8), existing_nullable=False, type_=_KEY)
        table.add_column(
            sa.Column("hemisphere", sa.String(8), nullable=False, server_default="north")
        )
        table.add_column(sa.Column("topics", sa.JSON, nullable=False, server_default="[]"))
        table.add_column(sa.Column("posts", sa.JSON, nullable=False, server_default="[]"))
    op.execute("UPDATE edition SET hemisphere = key")


def _widen_batches() -> None:
    # Not by a copy of the table: deliveries refer to it, and SQLite would miss their batches.
    op.add_column("batch", sa.Column("for_edition", _KEY, nullable=False, server_default=""))
    op.execute("UPDATE batch SET for_edition = edition")
    op.drop_column("batch", "edition")
    op.alter_column("batch", "for_edition", new_column_name="edition")
