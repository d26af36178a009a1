"""Why a delivery failed or waits, and when it is tried again.

What an earlier version left pending is tried again at once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("fault", sa.String(16), nullable=False, server_default=""))
    op.add_column("delivery", sa.Column("tries", sa.Integer, nullable=False, server_default="0"))
    op.add_column("delivery", sa.Column("deferred_at", sa.DateTime(timezone=True)))
    op.add_column("batch", sa.Column("not_before", sa.DateTime(timezone=True)))
