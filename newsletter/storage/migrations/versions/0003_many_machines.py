"""What several machines at one delivery must share: how it is led, and its pace."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lead",
        sa.Column("issue_id", sa.Integer, sa.ForeignKey("issue.id"), primary_key=True),
        sa.Column("traits", sa.JSON, nullable=False),
    )
    op.create_table(
        "pace",
        sa.Column("road", sa.String(16), primary_key=True),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Each delivery's status changes twice: with room on its page no index is touched.
        op.execute("ALTER TABLE delivery SET (fillfactor = 50)")
