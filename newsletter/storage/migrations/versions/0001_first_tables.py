"""The first tables.

Written out in full and never derived from the present tables: a migration says what
the database was then.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_feeds_and_posts()
    _create_issues()
    _create_deliveries()


def _create_feeds_and_posts() -> None:
    op.create_table(
        "feed",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("url", sa.Text, nullable=False, unique=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("site_url", sa.Text, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("last_modified", sa.Text, nullable=False),
        sa.Column("checked_at", _MOMENT),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("moved_to", sa.Text, nullable=False),
        sa.Column("sightings", sa.Integer, nullable=False),
        sa.Column("wait_until", _MOMENT),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("marks", sa.JSON, nullable=False),
    )
    op.create_table(
        "post",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("feed_id", sa.Integer, sa.ForeignKey("feed.id"), nullable=False),
        sa.Column("guid", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("published", _MOMENT),
        sa.Column("updated", _MOMENT),
        sa.Column("first_seen", _MOMENT),
        sa.Column("last_seen", _MOMENT),
        sa.Column("stable_since", _MOMENT),
        sa.Column("html", sa.Text, nullable=False),
        sa.Column("excerpt", sa.Text, nullable=False),
        sa.Column("image", sa.JSON),
        sa.Column("categories", sa.JSON, nullable=False),
        sa.Column("comment_count", sa.Integer),
        sa.Column("comments_url", sa.Text, nullable=False),
        sa.Column("reading_minutes", sa.Integer, nullable=False),
        sa.Column("facts", sa.JSON),
        sa.Column("protected", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.UniqueConstraint("feed_id", "guid"),
    )
    op.create_index("post_by_state", "post", ["state"])


def _create_issues() -> None:
    op.create_table(
        "issue",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False, unique=True),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("rhythm", sa.String(12), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("preheader", sa.Text, nullable=False),
        sa.Column("greetings", sa.Text, nullable=False),
        sa.Column("wish", sa.Text, nullable=False),
        sa.Column("races", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("planned_for", _MOMENT, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("noticed_at", _MOMENT),
        sa.Column("pinned_posts", sa.Text, nullable=False),
        sa.Column("approved_hash", sa.String(64), nullable=False),
        sa.Column("frozen_at", _MOMENT),
        sa.Column("sent_at", _MOMENT),
        sa.Column("tripped_at", _MOMENT),
        sa.UniqueConstraint("rhythm", "key"),
    )
    op.create_table(
        "issue_post",
        sa.Column("issue_id", sa.Integer, sa.ForeignKey("issue.id"), primary_key=True),
        sa.Column("post_id", sa.Integer, sa.ForeignKey("post.id"), primary_key=True),
        sa.Column("rhythm", sa.String(12), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.UniqueConstraint("rhythm", "post_id"),
    )
    op.create_table(
        "intro_use",
        sa.Column("issue_id", sa.Integer, sa.ForeignKey("issue.id"), primary_key=True),
        sa.Column("hemisphere", sa.String(8), primary_key=True),
        sa.Column("intro_id", sa.Text, nullable=False),
    )
    op.create_table(
        "edition",
        sa.Column("issue_id", sa.Integer, sa.ForeignKey("issue.id"), primary_key=True),
        sa.Column("key", sa.String(8), primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("preheader", sa.Text, nullable=False),
        sa.Column("html", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("mjml", sa.Text, nullable=False),
        sa.Column("nonce", sa.String(16), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
    )


def _create_deliveries() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("issue_id", sa.Integer, sa.ForeignKey("issue.id"), nullable=False),
        sa.Column("edition", sa.String(8), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("attempt_id", sa.String(32), nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("lease_until", _MOMENT),
        sa.Column("mailer", sa.String(16), nullable=False),
        sa.Column("hold_id", sa.Text, nullable=False),
        sa.Column("send_at", _MOMENT),
        sa.Column("provider_id", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
    )
    op.create_index("batch_by_status", "batch", ["issue_id", "status"])
    op.create_index("batch_by_attempt", "batch", ["attempt_id"])
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("issue_id", sa.Integer, sa.ForeignKey("issue.id"), nullable=False),
        sa.Column("batch_id", sa.Integer, sa.ForeignKey("batch.id"), nullable=False),
        sa.Column("subscriber_id", sa.Integer, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.UniqueConstraint("issue_id", "subscriber_id"),
        sa.UniqueConstraint("issue_id", "address"),
    )
    op.create_index("delivery_by_batch", "delivery", ["batch_id"])
    op.create_table(
        "event",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("mark", sa.String(100), nullable=False, unique=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("issue_id", sa.Integer),
        sa.Column("subscriber_id", sa.Integer),
        sa.Column("attempt_id", sa.String(64), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("event_by_issue", "event", ["issue_id", "kind"])
