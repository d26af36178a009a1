"""Posts keep what their feed gave until they are cleaned."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("post", sa.Column("source", sa.Text))
