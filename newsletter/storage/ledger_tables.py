"""The tables of the ledger: batches, deliveries, events, and the sums of old issues.

`tables` names them beside the others, and is where queries import them from.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from newsletter.storage.utc_time import UtcTime

metadata = MetaData()

batch = Table(
    "batch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("issue_id", ForeignKey("issue.id"), nullable=False),
    Column("edition", String(100), nullable=False),
    Column("status", String(10), nullable=False),
    # The fencing token. `transitions.move_batch` succeeds only with the current one, and then
    # increments it. Late proof increments it too, so that the old holder's result is refused.
    Column("fence", Integer, nullable=False, default=0),
    Column("attempt_id", String(32), nullable=False, default=""),
    Column("holder", Text, nullable=False, default=""),
    Column("lease_until", UtcTime),
    Column("mailer", String(16), nullable=False, default=""),
    Column("hold_id", Text, nullable=False, default=""),
    Column("send_at", UtcTime),
    Column("provider_id", Text, nullable=False, default=""),
    Column("detail", Text, nullable=False, default=""),
    # Stragglers: nobody claims the batch before this moment. NULL for any other batch.
    Column("not_before", UtcTime),
    Column("updated_at", UtcTime, nullable=False),
    Index("batch_by_status", "issue_id", "status"),
    Index("batch_by_attempt", "attempt_id"),
)

_FEW = text("status NOT IN ('accepted', 'pending')")

delivery = Table(
    "delivery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("issue_id", ForeignKey("issue.id"), nullable=False),
    Column("batch_id", ForeignKey("batch.id"), nullable=False),
    # No foreign key: the delivery still counts after its subscriber is erased.
    Column("subscriber_id", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("status", String(10), nullable=False),
    Column("detail", Text, nullable=False, default=""),
    # Whose fault the refusal is (`Fault` of models/deliveries.py), "" for none.
    Column("fault", String(16), nullable=False, default=""),
    # How often the delivery was put off, and when it was for the first time.
    Column("tries", Integer, nullable=False, default=0),
    Column("deferred_at", UtcTime),
    UniqueConstraint("issue_id", "subscriber_id"),
    UniqueConstraint("issue_id", "address"),
    Index("delivery_by_batch", "batch_id"),
    Index("delivery_not_accepted", "issue_id", "status", sqlite_where=_FEW, postgresql_where=_FEW),
)

# Events that the mailer reports later. They hold no address, because they outlive an erased
# subscriber. The deduplication key is the mailer's event id, or one that we derive.
event = Table(
    "event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mark", String(100), key="dedup_key", nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("issue_id", Integer),
    Column("subscriber_id", Integer),
    Column("attempt_id", String(64), nullable=False, default=""),
    Column("detail", Text, nullable=False, default=""),
    # The post that a click led to; NULL for any other link. The link itself is not kept: it may
    # be a reader's own.
    Column("post_id", Integer),
    Index("event_by_issue", "issue_id", "kind", "subscriber_id"),
    Index("event_by_reader", "subscriber_id"),
)

# How many deliveries and events of an old issue were summed up (ledger/retention.py).
delivery_summary = Table(
    "delivery_summary",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("status", String(10), primary_key=True),
    Column("fault", String(16), primary_key=True),
    Column("count", Integer, nullable=False),
)

event_summary = Table(
    "event_summary",
    metadata,
    Column("issue_id", Integer, primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("count", Integer, nullable=False),
    # How many readers they were about.
    Column("readers", Integer, nullable=False),
)

# How many readers followed a link of an old issue to each post.
click_summary = Table(
    "click_summary",
    metadata,
    Column("issue_id", Integer, primary_key=True),
    Column("post_id", Integer, primary_key=True),
    Column("readers", Integer, nullable=False),
)

# The fingerprint of the settings of the machine that leads a delivery. Workers must have the
# same settings.
leader = Table(
    "lead",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("traits", JSON, key="fingerprint", nullable=False),
)

# The shared rate limit: when, by the database's clock, the next batch may be sent.
rate_reservation = Table(
    "pace",
    metadata,
    Column("road", String(16), key="limiter", primary_key=True),
    Column("free_at", UtcTime, nullable=False),
)
