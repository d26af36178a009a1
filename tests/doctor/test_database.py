"""The database, looked over without a change to it."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.doctor.database import check_database, judge_database
from newsletter.storage.database.health import (
    DatabaseHealth,
    examine_database,
    remote_disk,
)
from newsletter.storage.database.migrate import HEAD
from tests.doctor.installations import make_installation
from tests.end_to_end.newsletter import files_in
from tests.support.newsletter_folder import create_newsletter
from tests.support.postgresql import PostgreSQL

WELL = DatabaseHealth(kind="postgresql", version="15.6", schema=HEAD)


def rules(health: DatabaseHealth) -> list[str]:
    return [f"{d.verdict} {d.rule}" for d in judge_database(health) if d.verdict != "ok"]


def test_a_newsletter_s_database_is_well_and_unchanged(tmp_path: Path, database_url: str) -> None:
    context = create_newsletter(tmp_path / "newsletter", database_url=database_url)
    context.engine.dispose()
    before = files_in(tmp_path)

    health = examine_database(database_url, context.folder, seconds=5)

    assert rules(health) == []
    assert health.schema == HEAD
    assert files_in(tmp_path) == before


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"schema": ""}, "error database-schema"),
        ({"schema": "9999"}, "error database-schema"),
        ({"schema": "0003"}, "note database-schema"),
        ({"is_standby": True, "is_read_only": True}, "error database-read-only"),
        ({"is_read_only": True}, "error database-read-only"),
        ({"is_pooled_by_transaction": True}, "error database-pooler"),
        ({"version": "11.2"}, "error database-version"),
        ({"damage": ("row 3 missing from index",)}, "error database-integrity"),
        ({"is_examined": False}, "note database"),
        ({"remote_disk": "nfs4"}, "warning database-disk"),
    ],
)
def test_each_fault_is_named(change: dict[str, object], expected: str) -> None:
    assert rules(replace(WELL, **change)) == [expected]  # type: ignore[arg-type]  # fields of the value


def test_a_read_only_server_and_another_encoding_are_seen(
    tmp_path: Path, postgresql_server: PostgreSQL
) -> None:
    url = postgresql_server.new_database()
    name = url.partition("?")[0].rpartition("/")[2]
    postgresql_server.command(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    postgresql_server.command(
        f"CREATE DATABASE {name}_latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' "
        "TEMPLATE template0"
    )

    read_only = examine_database(url, tmp_path, seconds=5)
    context = create_newsletter(tmp_path / "newsletter")
    context.engine.dispose()
    latin = make_installation(
        context.settings, folder=tmp_path, database_url=url.replace(name, f"{name}_latin")
    )

    assert read_only.is_read_only
    assert not read_only.is_pooled_by_transaction
    (problem,) = check_database(latin)
    assert problem.verdict == "error"
    assert "encoding is LATIN1" in problem.text


def test_a_damaged_file_and_a_missing_one_are_told(tmp_path: Path) -> None:
    context = create_newsletter(tmp_path / "newsletter")
    context.engine.dispose()
    path = context.folder / "newsletter.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    octets = bytearray(path.read_bytes())
    octets[4096 * 3 : 4096 * 5] = b"\xff" * 4096 * 2
    path.write_bytes(octets)
    installation = make_installation(context.settings, folder=context.folder)

    damaged = [d for d in check_database(installation) if d.verdict == "error"]
    path.unlink()
    missing = list(check_database(installation))

    assert damaged
    assert "damaged" in damaged[0].text
    assert [d.verdict for d in missing] == ["error"]
    assert "newsletter.db is gone" in missing[0].text


def test_the_check_of_a_large_file_ends_in_time(tmp_path: Path) -> None:
    context = create_newsletter(tmp_path / "newsletter")
    context.engine.dispose()
    with sqlite3.connect(context.folder / "newsletter.db") as connection:
        connection.execute("CREATE TABLE much (text TEXT)")
        connection.execute("CREATE INDEX more ON much (text)")
        rows = ((f"{number:0200}",) for number in range(30_000))
        connection.executemany("INSERT INTO much VALUES (?)", rows)

    health = examine_database("sqlite:///newsletter.db", context.folder, seconds=0)

    assert not health.is_examined
    assert health.damage == ()


def test_a_network_disk_is_told_from_one_of_this_machine() -> None:
    mounts = "/dev/sda1 / ext4 rw 0 0\nnas:/home /home nfs4 rw 0 0\n/dev/sdb /home/me ext4 rw 0 0\n"

    assert remote_disk(Path("/home/you/newsletter.db"), mounts) == "nfs4"
    assert remote_disk(Path("/home/me/newsletter.db"), mounts) == ""
    assert remote_disk(Path("/homes/newsletter.db"), mounts) == ""
    assert remote_disk(Path("/srv/newsletter.db"), "") == ""
