"""Indexes for an issue's figures and reports, however many readers it has."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    not_accepted = sa.text("status NOT IN ('accepted', 'pending')")
    op.create_index(
        "delivery_not_accepted",
        "delivery",
        ["issue_id", "status"],
        sqlite_where=not_accepted,
        postgresql_where=not_accepted,
    )
    op.drop_index("event_by_issue", "event")
    op.create_index("event_by_issue", "event", ["issue_id", "kind", "subscriber_id"])
    op.create_index("event_by_reader", "event", ["subscriber_id"])
