"""Link ids: links name a person instead of a row.

Links of before hold the number of the row, which each person keeps as a value of their own.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from subscribers.link_ids import make_link_id

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# 48 of the bits of a random UUID (RFC 9562, 5.4) that do not tell its version or variant.
_RANDOM = "substring(uuid_send(gen_random_uuid()) FROM 1 FOR 6)"
_MAKE_ID = f"translate(encode({_RANDOM} || {_RANDOM}, 'base64'), '+/', '-_')"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    link_id = sa.Column("link_id", sa.String(16), nullable=False, server_default="")
    op.add_column("subscribers", link_id)
    number_column = sa.Column("old_link_number", number, nullable=False, server_default="0")
    op.add_column("subscribers", number_column)
    # One statement: a list of any length needs no memory of this process.
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        make_id = _MAKE_ID
    else:
        make_id = "make_link_id()"
        driver: Any = connection.connection.driver_connection
        driver.create_function("make_link_id", 0, make_link_id)
    op.execute(f"UPDATE subscribers SET link_id = {make_id}, old_link_number = id")  # noqa: S608  # constants
    op.create_index("uq_subscribers_link_id", "subscribers", ["link_id"], unique=True)
    has_number = sa.text("old_link_number <> 0")
    op.create_index(
        "uq_subscribers_old_link_number",
        "subscribers",
        ["old_link_number"],
        unique=True,
        sqlite_where=has_number,
        postgresql_where=has_number,
    )
    op.create_table(
        "former_links",
        sa.Column("link", sa.String(16), primary_key=True),
        sa.Column("subscriber_id", number, nullable=False),
    )
    op.create_index("ix_former_links_subscriber_id", "former_links", ["subscriber_id"])
