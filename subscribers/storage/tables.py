"""Table definitions of this package, in a separate MetaData."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.types import TypeDecorator

from subscribers.link_ids import ID_LENGTH, make_link_id

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware times in and out, stored in UTC (SQLite has no time zones and stores text).

    The same as `UtcTime` of the newsletter, from which this package imports nothing.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # the library's signature
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without a zone was to be stored.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # the library's signature
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_Id = BigInteger().with_variant(Integer, "sqlite")
#: The people who get nothing. An index of them alone costs those who are active nothing.
IS_NOT_ACTIVE = text("status <> 'active'")
#: The people who get issues, for queries that have to repeat the condition of an index.
IS_ACTIVE = text("status = 'active'")
#: Entries of the consent log: few, beside those of who came.
IS_UNSUBSCRIBE = text("event = 'unsubscribed'")

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("address", String(254), nullable=False),
    # The address without case. SQL's lower() would depend on the database's locale.
    Column("address_key", String(254), nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("status", String(16), nullable=False),
    Column("hemisphere", String(16), nullable=False, server_default=""),
    Column("rhythm", String(16), nullable=False, server_default=""),
    Column("topics", Text, nullable=False, server_default=""),  # labels between commas
    Column("tags", Text, nullable=False, server_default=""),  # labels between commas
    Column("confirmed_at", UtcDateTime),
    Column("source", Text, nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("signed_up_at", UtcDateTime),  # with another program, before the import
    # For a pending person: when they were asked to confirm, and the status they return to
    # without an answer ("" for a new person, who is deleted then).
    Column("asked_at", UtcDateTime),
    Column("was", String(16), nullable=False, server_default=""),
    # What the person's links hold, see link_ids.py.
    Column("link_id", String(ID_LENGTH), nullable=False, server_default="", default=make_link_id),
    # What they held before there were such ids: the number of the person's row at that time.
    # 0 for most people.
    Column("old_link_number", _Id, nullable=False, server_default="0"),
    Index("ix_subscribers_asked_at", "asked_at"),
    Index("uq_subscribers_address_key", "address_key", unique=True),
    # What people chose, counted without a look at their rows.
    Index(
        "ix_subscribers_choices",
        "rhythm",
        "hemisphere",
        "topics",
        "status",
        sqlite_where=IS_ACTIVE,
        postgresql_where=IS_ACTIVE,
    ),
    Index(
        "ix_subscribers_not_active",
        "status",
        "id",
        sqlite_where=IS_NOT_ACTIVE,
        postgresql_where=IS_NOT_ACTIVE,
    ),
    Index("uq_subscribers_link_id", "link_id", unique=True),
    Index(
        "uq_subscribers_old_link_number",
        "old_link_number",
        unique=True,
        # Most people have none; they need no place in the index.
        sqlite_where=text("old_link_number <> 0"),
        postgresql_where=text("old_link_number <> 0"),
    ),
    # A number is never given again: deliveries and the consent log name people by it.
    sqlite_autoincrement=True,
)

# Further links of a person, who was put on two lists that are one by now.
former_links = Table(
    "former_links",
    metadata,
    Column("link", String(ID_LENGTH), primary_key=True),
    Column("subscriber_id", _Id, nullable=False),
    Index("ix_former_links_subscriber_id", "subscriber_id"),
)

# The consent log (GDPR Art. 7(1)); triggers keep it append-only.
consents = Table(
    "consents",
    metadata,
    Column("id", _Id, primary_key=True),
    # No foreign key: the log outlives an erasure.
    Column("subscriber_id", _Id, nullable=False),
    Column("event", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(16), nullable=False),
    Column("source", Text, nullable=False, server_default=""),
    Column("wording", String(64), nullable=False, server_default=""),
    Column("ip", String(45), nullable=False, server_default=""),
    Index("ix_consents_subscriber_id", "subscriber_id"),
    Index(
        "ix_consents_unsubscribed",
        "at",
        sqlite_where=IS_UNSUBSCRIBE,
        postgresql_where=IS_UNSUBSCRIBE,
    ),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("mark", String(64), primary_key=True),  # an HMAC, see suppressions.py and links.py
    Column("reason", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

# Requests from the public sign-up form: the queue, and the counts of its rate limit. The
# marks are HMACs; `wish` holds an address only until it is processed, for some seconds.
sign_ups = Table(
    "sign_ups",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("address_mark", String(64), nullable=False),
    Column("network_mark", String(64), nullable=False),
    Column("waiting", Boolean, nullable=False),
    Column(
        "letter", String(16), nullable=False, server_default=""
    ),  # the kind of message it led to
    Column("wish", Text, nullable=False, server_default=""),  # JSON, "" once processed
    Index("ix_sign_ups_at", "at"),
    Index("ix_sign_ups_network_mark_at", "network_mark", "at"),
    Index("ix_sign_ups_address_mark_at", "address_mark", "at"),
    Index("ix_sign_ups_waiting", "waiting"),
)

# One row. Counting sign-ups updates it first, which serialises concurrent counts.
gate = Table(
    "gate",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("shut_at", UtcDateTime),  # when the site's limit was last exceeded
    Column("counted", BigInteger, nullable=False, server_default="0"),
)

# The mail queue: transactional messages that are still to be sent (see mail_queue.py).
letters = Table(
    "letters",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("subscriber_id", _Id, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Index("uq_letters_subscriber_id_kind", "subscriber_id", "kind", unique=True),
    Index("ix_letters_kind_not_before", "kind", "not_before"),
)

# Changes of address that wait for a confirmation from the new mailbox.
moves = Table(
    "moves",
    metadata,
    Column("subscriber_id", _Id, primary_key=True, autoincrement=False),
    Column("address", String(254), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
)

# The newest import, so that it can be undone: who it added (by their ids and the time), and
# in `import_changes` what the people it changed were before.
imports = Table(
    "imports",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("source", Text, nullable=False, server_default=""),
    Column("above", _Id, nullable=False),  # the highest id before it
    Column("up_to", _Id, nullable=False),  # the highest id after it
    Column("undone_at", UtcDateTime),
    sqlite_autoincrement=True,
)

import_changes = Table(
    "import_changes",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),  # the subscriber's
    Column("previous", Text, nullable=False),  # JSON of the columns that the import changed
    Column("written", Text, nullable=False),  # JSON of what it made of them
)
