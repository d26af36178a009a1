"""Sums of the deliveries and events of old issues."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delivery_summary",
        sa.Column("issue_id", sa.Integer, sa.ForeignKey("issue.id"), primary_key=True),
        sa.Column("status", sa.String(10), primary_key=True),
        sa.Column("fault", sa.String(16), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_table(
        "event_summary",
        sa.Column("issue_id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("readers", sa.Integer, nullable=False),
    )
