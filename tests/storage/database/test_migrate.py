"""A database of an earlier version is migrated and keeps its record of deliveries."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

import newsletter.storage as package
from newsletter.storage import editions, feeds, issues, pictures
from newsletter.storage.database.engine import open_engine, snapshot, transaction
from newsletter.storage.database.migrate import migrate
from newsletter.storage.ledger import batches, deliveries
from newsletter.storage.ledger.transitions import deliveries_in_status

NOW = dt.datetime(2026, 11, 29, 14, tzinfo=dt.UTC)
SENT_BY_THE_FIRST = (
    (
        "INSERT INTO issue (id, number, key, rhythm, status, subject, preheader, greetings, wish,"
        " races, note, planned_for, created_at, pinned_posts, approved_hash, frozen_at) VALUES"
        " (1, 1, '2026-W48', 'weekly', 'sending', 'Mud', '', '[]', '{}', '[]', '',"
        " '2026-11-29 14:00:00', '2026-11-28 14:00:00', '', '', '2026-11-29 14:00:00')"
    ),
    (
        "INSERT INTO edition (issue_id, key, subject, preheader, html, text, mjml, nonce,"
        " content_hash) VALUES (1, 'south', 'Mud', '', '<p>Mud</p>', 'Mud', '', 'ab', 'cd')"
    ),
    (
        "INSERT INTO batch (id, issue_id, edition, status, fence, attempt_id, holder, mailer,"
        " hold_id, provider_id, detail, updated_at) VALUES"
        " (1, 1, 'south', 'planned', 0, '', '', '', '', '', '', '2026-11-29 14:00:00')"
    ),
    (
        "INSERT INTO delivery (id, issue_id, batch_id, subscriber_id, address, status, detail)"
        " VALUES (1, 1, 1, 7, 'sue@example.com', 'pending', '')"
    ),
)


def made_by_the_first_version(url: str, folder: Path) -> Engine:
    engine = open_engine(url, folder)
    with transaction(engine) as connection:
        _upgrade(connection, "0001")
        for statement in SENT_BY_THE_FIRST:
            connection.execute(text(statement))
    return engine


def _upgrade(connection: Connection, revision: str) -> None:
    config = Config()
    scripts = Path(str(package.__file__)).parent / "migrations"
    config.set_main_option("script_location", str(scripts))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def test_an_issue_in_delivery_continues_after_an_update(database_url: str, tmp_path: Path) -> None:
    engine = made_by_the_first_version(database_url, tmp_path)

    migrate(engine)

    with snapshot(engine) as connection:
        issue = issues.by_number(connection, 1)
        assert issue is not None
        (edition,) = editions.editions_of(connection, issue)
        (claimable,) = deliveries_in_status(connection, 1, ("pending",))
        figures = deliveries.figures(connection, issue.id)
        batch_edition = connection.scalar(text("SELECT edition FROM batch WHERE id = 1"))
        waits = connection.execute(text("SELECT fault, tries, deferred_at FROM delivery")).one()
        is_claimable = batches.is_planned(connection, issue.id, NOW)
    engine.dispose()
    assert (issue.passed_over, issue.since) == (0, None)
    assert (edition.key, edition.hemisphere, edition.posts) == ("south", "south", ())
    assert batch_edition == "south"
    assert tuple(waits) == ("", 0, None)
    assert is_claimable, "what an earlier version left pending is tried again at once"
    assert claimable == (7, "sue@example.com")
    assert (figures.planned, figures.pending) == (1, 1)


def test_the_pictures_an_issue_shows_stay_after_an_update(
    database_url: str, tmp_path: Path
) -> None:
    engine = open_engine(database_url, tmp_path)
    saved, spare = f"{'a' * 64}.jpg", f"{'b' * 64}.png"
    with transaction(engine) as connection:
        _upgrade(connection, "0005")
        for statement in SENT_BY_THE_FIRST[:2]:
            connection.execute(text(statement))
        shown = f'<img src="https://news.example.com/images/{saved}">'
        connection.execute(text("UPDATE edition SET html = :html"), {"html": shown})
        for name in (saved, spare):
            values = {"name": name, "body": b"a picture"}
            connection.execute(text("INSERT INTO picture VALUES (:name, :body)"), values)

    migrate(engine)

    with transaction(engine) as connection:
        number = pictures.prune(connection, ())
        left = [name for name in (saved, spare) if pictures.read_file(connection, name)]
    engine.dispose()
    assert (number, left) == (1, [saved])


def test_a_feed_keeps_its_start_after_an_update(database_url: str, tmp_path: Path) -> None:
    """The posts of its first reading were first seen together, in the feed's order."""
    engine = open_engine(database_url, tmp_path)
    at, later = "2026-10-05 18:00:00", "2026-10-09 18:00:00"
    dates = {1: (at, "2026-09-03"), 2: (at, "2026-09-01"), 3: (later, "2026-10-06")}
    with transaction(engine) as connection:
        _upgrade(connection, "0007")
        connection.execute(
            text(
                "INSERT INTO feed (id, url, title, site_url, etag, last_modified, checked_at,"
                " failures, state, moved_to, sightings, trouble, body_hash, marks) VALUES"
                " (1, 'https://blog.example/feed/', '', '', '', '', :later, 0, 'active', '', 0,"
                " '', '', '[]')"
            ),
            {"later": later},
        )
        for number, (seen, day) in dates.items():
            connection.execute(
                text(
                    "INSERT INTO post (id, feed_id, guid, url, fingerprint, title, author,"
                    " published, first_seen, html, excerpt, categories, comments_url,"
                    " reading_minutes, protected, state, reason) VALUES (:number, 1, :guid, '',"
                    " '', '', '', :published, :seen, '', '', '[]', '', 0, :protected, 'waiting',"
                    " '')"
                ),
                {
                    "number": number,
                    "guid": str(number),
                    "published": f"{day} 12:00:00",
                    "seen": seen,
                    "protected": False,
                },
            )

    migrate(engine)

    with snapshot(engine) as connection:
        (feed,) = feeds.all_feeds(connection)
    engine.dispose()
    assert feed.started_at == dt.datetime(2026, 10, 5, 18, tzinfo=dt.UTC)
    assert feed.oldest_at_start == dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
