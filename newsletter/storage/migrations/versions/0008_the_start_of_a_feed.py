"""When each feed was first read, and how far back it reached then.

Both are taken from the posts of that reading: they were all first seen at one moment, and are
numbered in the feed's order.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("feed", sa.Column("started_at", _MOMENT))
    op.add_column("feed", sa.Column("oldest_at_start", _MOMENT))
    feed = sa.table(
        "feed",
        sa.column("id", sa.Integer),
        sa.column("checked_at", _MOMENT),
        sa.column("started_at", _MOMENT),
        sa.column("oldest_at_start", _MOMENT),
    )
    post = sa.table(
        "post",
        sa.column("id", sa.Integer),
        sa.column("feed_id", sa.Integer),
        sa.column("first_seen", _MOMENT),
        sa.column("published", _MOMENT),
    )
    connection = op.get_bind()
    for feed_id, checked_at in connection.execute(sa.select(feed.c.id, feed.c.checked_at)).all():
        of_feed = sa.select(post).where(post.c.feed_id == feed_id, post.c.first_seen.is_not(None))
        posts = connection.execute(of_feed.order_by(post.c.id)).all()
        if checked_at is None or not posts:
            continue
        start = min(row.first_seen for row in posts)
        dates = [row.published for row in posts if row.first_seen == start and row.published]
        values = {"started_at": start, "oldest_at_start": dates[-1] if dates else None}
        connection.execute(sa.update(feed).where(feed.c.id == feed_id).values(values))
