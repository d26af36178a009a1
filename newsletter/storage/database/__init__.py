"""The database: SQLite on one machine, PostgreSQL for several.

    open_engine ──▶ migrate ──▶ transaction(engine)   one writer at a time, or `shared`
                            └─▶ snapshot(engine)      one state of the database, read-only

- `engine`: `open_engine`, which makes no vanished database anew; `transaction`, `snapshot`;
  `retry_transaction` and `retry_snapshot` repeat work whose connection was lost.
- `group_commit`: `GroupCommit` puts the writes of many threads into one transaction.
- `postgresql`: advisory locks in place of SQLite's single writer, and the run lock.
- `errors`: database errors become `StorageError`, with a cure.
- `health`: what a database says of itself, read without changing it.
- `relocation`: all rows go to another database, and the one left behind is closed.
- `sqlite_file`: a SQLite database as a file: copied while others write, and checked.
- `replaced_file`: open connections notice that a restore put another file in place.
- `migrate`, `vacuum`: the schema's version, and deleted rows wiped from the files.
"""
