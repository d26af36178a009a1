"""The schema of the list, step by step (Alembic).

    storage.schema.migrate(connection) ─▶ Alembic ─▶ env ─▶ versions/0001, 0002 … in order

`versions/` holds one file for each step; `env` runs those that the database lacks.
"""
