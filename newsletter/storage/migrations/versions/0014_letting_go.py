"""A time at which an issue is let go, changes of the schedule, and who decided what."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("issue", sa.Column("release_at", sa.DateTime(timezone=True)))
    op.add_column("issue", sa.Column("before_release", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "slot_change",
        sa.Column("rhythm", sa.String(12), primary_key=True),
        sa.Column("key", sa.String(16), primary_key=True),
        sa.Column("moved_to", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("who", sa.Text, nullable=False, server_default=""),
        sa.Column("detail", sa.Text, nullable=False, server_default=""),
        sa.Column("content_hash", sa.String(64), nullable=False, server_default=""),
    )
    op.create_index("decision_by_number", "decision", ["number"])
