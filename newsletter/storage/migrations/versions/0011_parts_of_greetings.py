"""What each greeting was put together from, and the parts that the author never wants again.

A greeting of an earlier version was one thought.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "greeting_part",
        sa.Column("issue_id", sa.Integer, sa.ForeignKey("issue.id"), primary_key=True),
        sa.Column("hemisphere", sa.String(8), primary_key=True),
        sa.Column("part", sa.String(8), primary_key=True),
        sa.Column("part_id", sa.Text, nullable=False),
    )
    op.create_table(
        "unwanted_part",
        sa.Column("part_id", sa.String(200), primary_key=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute(
        "INSERT INTO greeting_part (issue_id, hemisphere, part, part_id) "
        "SELECT issue_id, hemisphere, 'thought', intro_id FROM intro_use"
    )
    op.drop_table("intro_use")
