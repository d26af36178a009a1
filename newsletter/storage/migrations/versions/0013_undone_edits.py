"""The own edits of an issue that were undone and can be redone."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("issue", sa.Column("undone_edits", sa.Text, nullable=False, server_default=""))
