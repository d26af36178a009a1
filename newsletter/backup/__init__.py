"""Copies of the whole newsletter: into a file and back, or to another database.

    back_up ──▶ portable (one SQLite file) ──▶ archive (tar, manifest) ──▶ seal (age) ──▶ FILE
    FILE ──▶ restore: unpack, verify, compare ──▶ finish_restore ──▶ the folder and its database

- `back_up`: `back_up` writes a checked backup while everything runs.
- `restore`: `restore` puts one back; `finish_restore` is its last step, which every command ends
  that finds it cut short (`is_unfinished`). `departures` keeps away who left after the backup.
- `move`: `move_database` takes everything to another database and closes the one left behind;
  `require_here` refuses that one.
- `upgrade`: `upgrade_database` runs the migrations that are missing, with a copy kept.
- `portable`: a database as one SQLite file, `migrate_all`, and all rows from one database to
  another.
- `archive`, `seal`: the file's format.
"""

#: The files of a newsletter that go into a backup. They are named here, without the libraries that
#: read one, because every command that opens a newsletter looks for a restore to finish.
DATABASE, JOURNAL, SETTINGS, ENVIRONMENT, IGNORED = (
    "newsletter.db",
    "newsletter.journal",
    "newsletter.toml",
    ".env",
    ".gitignore",
)
#: The folders that go in with all their files.
FOLDERS = ("intros", "templates")
