"""What the author was told, and why an issue waits for the author again."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("kind", sa.String(12), primary_key=True),
        sa.Column("about", sa.String(400), primary_key=True),
        sa.Column("said", sa.Text, nullable=False, server_default=""),
        sa.Column("mailed", sa.Text, nullable=False, server_default=""),
        sa.Column("contents", sa.Text, nullable=False, server_default=""),
    )
    op.add_column("issue", sa.Column("void_reason", sa.Text, nullable=False, server_default=""))
    op.add_column("issue", sa.Column("missed_for", sa.DateTime(timezone=True)))
