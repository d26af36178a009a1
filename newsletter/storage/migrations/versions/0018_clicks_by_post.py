"""Which post a click led to, and the sums of old issues."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("event", sa.Column("post_id", sa.Integer))
    op.create_table(
        "click_summary",
        sa.Column("issue_id", sa.Integer, primary_key=True),
        sa.Column("post_id", sa.Integer, primary_key=True),
        sa.Column("readers", sa.Integer, nullable=False),
    )
