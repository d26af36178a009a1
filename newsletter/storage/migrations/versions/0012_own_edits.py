"""The author's own words and order for an issue, and those before them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("issue", sa.Column("own_edits", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "kept_edits",
        sa.Column("rhythm", sa.String(12), primary_key=True),
        sa.Column("key", sa.String(16), primary_key=True),
        sa.Column("own_edits", sa.Text, nullable=False),
    )
