"""What of a post's text no message shows. Posts of earlier versions are not measured again."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("post", sa.Column("left_out", sa.JSON))
