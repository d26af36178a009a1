"""The tables of this package, in a MetaData of their own."""

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
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware times in and out; kept in UTC (SQLite has no zones, and keeps them as text)."""

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

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("address", String(254), nullable=False),
    # The address without case: lower() in SQL would depend on the database's locale.
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
    # For who is pending: when they were asked, and which status they go back to without
    # an answer ("" for somebody new, who is forgotten then).
    Column("asked_at", UtcDateTime),
    Column("was", String(16), nullable=False, server_default=""),
    Index("ix_subscribers_asked_at", "asked_at"),
    Index("uq_subscribers_address_key", "address_key", unique=True),
    # An id is never given twice: an unsubscribe link works for ever, and for one person.
    sqlite_autoincrement=True,
)

consents = Table(
    "consents",
    metadata,
    Column("id", _Id, primary_key=True),
    # No foreign key: the log stays when the person is erased.
    Column("subscriber_id", _Id, nullable=False),
    Column("event", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(16), nullable=False),
    Column("source", Text, nullable=False, server_default=""),
    Column("wording", String(64), nullable=False, server_default=""),
    Column("ip", String(45), nullable=False, server_default=""),
    Index("ix_consents_subscriber_id", "subscriber_id"),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("mark", String(64), primary_key=True),  # see suppression.py
    Column("reason", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

# Requests by the public form: what is to be done, and the count that limits them. The
# marks are HMACs; `wish` holds an address only until it is worked off, some seconds.
sign_ups = Table(
    "sign_ups",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("address_mark", String(64), nullable=False),
    Column("network_mark", String(64), nullable=False),
    Column("waiting", Boolean, nullable=False),
    Column("letter", String(16), nullable=False, server_default=""),  # what came of it
    Column("wish", Text, nullable=False, server_default=""),  # JSON, "" once worked off
    Index("ix_sign_ups_at", "at"),
    Index("ix_sign_ups_network_mark_at", "network_mark", "at"),
    Index("ix_sign_ups_address_mark_at", "address_mark", "at"),
    Index("ix_sign_ups_waiting", "waiting"),
)

# One row. Whoever counts sign-ups changes it first, so that two never count at once.
gate = Table(
    "gate",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("shut_at", UtcDateTime),  # when the form was last shut for too many sign-ups
    Column("counted", BigInteger, nullable=False, server_default="0"),
)

# Small messages that are still to go out.
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

# New addresses that wait for a word from the mailbox itself.
moves = Table(
    "moves",
    metadata,
    Column("subscriber_id", _Id, primary_key=True, autoincrement=False),
    Column("address", String(254), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
)
