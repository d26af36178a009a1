"""Whether a column holds one of many values: one parameter, however many they are."""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import Column, ColumnElement, Connection, Text, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY


def in_list(conn: Connection, column: Column[str], values: Collection[str]) -> ColumnElement[bool]:
    """As `column.in_(values)`, which spells a thousand values out each time it is asked."""
    if conn.dialect.name == "postgresql":
        # Not `= ANY (…)`: without an index that compares each row with each value.
        return column.in_(select(func.unnest(literal(list(values), ARRAY(Text)))))
    listed = func.json_each(json.dumps(list(values))).table_valued("value")
    return column.in_(select(listed.c.value))
