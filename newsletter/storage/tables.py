"""The tables. Their unique constraints make "once" true (docs/architecture.md, rule 7)."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from newsletter.storage import ledger_tables
from newsletter.storage.utc_time import UtcTime

metadata = ledger_tables.metadata

# The ledger: who gets which issue, and what became of it.
batch = ledger_tables.batch
click_summary = ledger_tables.click_summary
delivery = ledger_tables.delivery
delivery_summary = ledger_tables.delivery_summary
event = ledger_tables.event
event_summary = ledger_tables.event_summary
leader = ledger_tables.leader
rate_reservation = ledger_tables.rate_reservation

feed = Table(
    "feed",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("url", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False, default=""),
    Column("site_url", Text, nullable=False, default=""),
    Column("etag", Text, nullable=False, default=""),
    Column("last_modified", Text, nullable=False, default=""),
    Column("checked_at", UtcTime),
    Column("started_at", UtcTime),
    Column("oldest_at_start", UtcTime),
    Column("failures", Integer, nullable=False, default=0),
    Column("state", String(16), nullable=False, default="active"),
    Column("moved_to", Text, nullable=False, default=""),
    Column("sightings", Integer, nullable=False, default=0),
    Column("wait_until", UtcTime),
    Column("trouble", Text, nullable=False, default=""),
    Column("body_hash", String(64), nullable=False, default=""),
    # [hash, guid] of each item of the last body: an unchanged item is recognised unparsed.
    Column("marks", JSON, nullable=False, default=list),
)

post = Table(
    "post",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("feed_id", ForeignKey("feed.id"), nullable=False),
    Column("guid", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("published", UtcTime),
    Column("updated", UtcTime),
    Column("first_seen", UtcTime),
    Column("last_seen", UtcTime),
    Column("stable_since", UtcTime),
    Column("html", Text, nullable=False),
    Column("excerpt", Text, nullable=False),
    Column("image", JSON),
    Column("categories", JSON, nullable=False),
    Column("comment_count", Integer),
    Column("comments_url", Text, nullable=False),
    Column("reading_minutes", Integer, nullable=False),
    Column("facts", JSON),
    Column("left_out", JSON),
    Column("protected", Boolean, nullable=False),
    # The feed's own HTML as JSON until the cleaner has read it, then NULL. Never published.
    Column("source", Text),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    UniqueConstraint("feed_id", "guid"),
    Index("post_by_state", "state"),
)

issue = Table(
    "issue",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("key", String(16), nullable=False),
    Column("rhythm", String(12), nullable=False),
    Column("status", String(12), nullable=False),
    Column("subject", Text, nullable=False),
    Column("preheader", Text, nullable=False),
    Column("greetings", Text, nullable=False),
    Column("wish", Text, nullable=False),
    Column("races", Text, nullable=False),
    # Cleaned HTML.
    Column("note", Text, nullable=False, default=""),
    # The author's own edits and those before them, oldest first, as a JSON array; "" for none.
    Column("own_edits", Text, nullable=False, default=""),
    Column("undone_edits", Text, nullable=False, default=""),
    Column("planned_for", UtcTime, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("since", UtcTime),
    Column("noticed_at", UtcTime),
    Column("void_reason", Text, nullable=False, default=""),
    Column("missed_for", UtcTime),
    Column("pinned_posts", Text, nullable=False, default=""),
    Column("approved_hash", String(64), nullable=False, default=""),
    # When "send now" lets it go, and what it was before that, as JSON; "" for no release.
    Column("release_at", UtcTime),
    Column("before_release", Text, nullable=False, default=""),
    Column("frozen_at", UtcTime),
    Column("sent_at", UtcTime),
    Column("tripped_at", UtcTime),
    Column("passed_over", Integer, nullable=False, default=0),
    UniqueConstraint("rhythm", "key"),
)

# The own edits of a draft that was deleted because its posts went away, in case they come back
# in time.
kept_edits = Table(
    "kept_edits",
    metadata,
    Column("rhythm", String(12), primary_key=True),
    Column("key", String(16), primary_key=True),
    Column("own_edits", Text, nullable=False),
)

# A post is in at most one issue of a rhythm, ever.
issue_post = Table(
    "issue_post",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("post_id", ForeignKey("post.id"), primary_key=True),
    Column("rhythm", String(12), nullable=False),
    Column("position", Integer, nullable=False),
    UniqueConstraint("rhythm", "post_id"),
)

# What the greeting of a frozen issue was put together from, in each hemisphere: its opener,
# hello, thought and bridge, and the occasion it spoke of.
greeting_part = Table(
    "greeting_part",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("hemisphere", String(8), primary_key=True),
    Column("part", String(8), primary_key=True),
    Column("part_id", Text, nullable=False),
)

# Parts of greetings that the author never wants again.
unwanted_part = Table(
    "unwanted_part",
    metadata,
    Column("part_id", String(200), primary_key=True),
    Column("since", UtcTime, nullable=False),
)

edition = Table(
    "edition",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("key", String(100), primary_key=True),
    Column("hemisphere", String(8), nullable=False),
    Column("topics", JSON, nullable=False, default=list),
    # The ids of its posts; an empty list stands for all posts of its issue.
    Column("posts", JSON, nullable=False, default=list),
    Column("subject", Text, nullable=False),
    Column("preheader", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("mjml", Text, nullable=False),
    Column("nonce", String(16), nullable=False),
    Column("content_hash", String(64), nullable=False),
)

# Notices that were sent to the author, so that each is sent once. `about` is an issue or a feed.
# What the author changed of the schedule: a slot by its key, and when it is instead; NULL if it
# is skipped.
slot_change = Table(
    "slot_change",
    metadata,
    Column("rhythm", String(12), primary_key=True),
    Column("key", String(16), primary_key=True),
    Column("moved_to", UtcTime),
)

# Who decided what about an issue. Only ever added to. It names the issue by number and key, because
# a draft may be deleted.
decision = Table(
    "decision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("key", String(16), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("way", String(16), nullable=False),
    Column("who", Text, nullable=False, default=""),
    Column("detail", Text, nullable=False, default=""),
    Column("content_hash", String(64), nullable=False, default=""),
    Index("decision_by_number", "number"),
)

notice = Table(
    "notice",
    metadata,
    Column("kind", String(12), primary_key=True),
    Column("about", String(400), primary_key=True),
    # The state that was said on standard error, and the one that was mailed.
    Column("said", Text, nullable=False, default=""),
    Column("mailed", Text, nullable=False, default=""),
    # What the issue held when the author was told, as JSON.
    Column("contents", Text, nullable=False, default=""),
)

# Copies of the blog's pictures, named by the hash of their bytes. `shown`: an issue shows it,
# so it is never deleted.
picture = Table(
    "picture",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("shown", Boolean, nullable=False, default=False),
)

# The copy made from a URL, by the URL's hash; "" if none is made.
picture_source = Table(
    "picture_source",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
)

# One row: which newsletter this database holds, and where.
identity = Table(
    "identity",
    metadata,
    # A random id. A copy of the database has the same one.
    Column("newsletter", String(32), primary_key=True),
    # A hash of the machine that sent last, with SQLite; "" before, and if it has no id.
    Column("machine", String(64), nullable=False),
    # The address of the database that has taken this one's place, "" for none.
    Column("moved_to", Text, nullable=False),
    # Whether a move into this database has not ended.
    Column("arriving", Boolean, nullable=False),
)
