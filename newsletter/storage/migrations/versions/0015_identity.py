"""Who this database is: an id of its newsletter, its machine, and where it was moved to."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    identity = op.create_table(
        "identity",
        sa.Column("newsletter", sa.String(32), primary_key=True),
        sa.Column("machine", sa.String(64), nullable=False),
        sa.Column("moved_to", sa.Text, nullable=False),
        sa.Column("arriving", sa.Boolean, nullable=False),
    )
    op.bulk_insert(
        identity,
        [{"newsletter": uuid.uuid4().hex, "machine": "", "moved_to": "", "arriving": False}],
    )
