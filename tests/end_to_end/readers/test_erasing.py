"""`subscribers show`, `suppress` and `erase`: a person's rights, by the real program."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, create_engine, text
from sqlalchemy.pool import NullPool

from subscribers.storage.suppressions import suppression_digest
from tests.end_to_end.conftest import copy_newsletter, open_at_start
from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import FRIDAY, HILL, MUD, SUNDAY
from tests.support.blog import Blog
from tests.support.postgresql import PostgreSQL

ANN = "Ann.Runner+club@Example.com"
KEY = ANN.lower()
_URL = "NEWSLETTER_DATABASE_URL"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def pattern_sent(
    request: pytest.FixtureRequest, web: Blog, tmp_path_factory: pytest.TempPathFactory
) -> Newsletter:
    """A newsletter on either database whose first issue was sent to Ann and Bob."""
    newsletter = open_at_start(tmp_path_factory.mktemp("sent") / "newsletter", web)
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql_server")
        newsletter.program.env[_URL] = server.new_database()
    newsletter.at(FRIDAY)
    assert newsletter.program.init(web.url).code == 0
    newsletter.set('approval = "required"', 'approval = "auto"')
    newsletter.run("subscribers", "add", ANN, "--name", "Ann")
    newsletter.subscribe("bob@example.com")
    newsletter.publish(MUD, HILL)
    newsletter.run("collect")
    newsletter.at(SUNDAY).run("run")
    newsletter.run("test", "last", "--to", ANN.lower())
    return newsletter


@pytest.fixture
def sent(pattern_sent: Newsletter, request: pytest.FixtureRequest, tmp_path: Path) -> Newsletter:
    """Send the first issue to Ann and Bob."""
    newsletter = copy_newsletter(pattern_sent, tmp_path / "newsletter").at(SUNDAY)
    newsletter.publish(MUD, HILL)
    if url := pattern_sent.program.env.get(_URL):
        server: PostgreSQL = request.getfixturevalue("postgresql_server")
        newsletter.program.env[_URL] = server.copy_of(url)
    return newsletter


@pytest.fixture
def database_url(sent: Newsletter) -> str:
    return sent.program.env.get(_URL, f"sqlite:///{sent.folder / 'newsletter.db'}")


@pytest.fixture
def engine(sent: Newsletter, database_url: str) -> Iterator[Engine]:
    assert len(sent.recipients()) == 2
    engine = create_engine(database_url, poolclass=NullPool)
    yield engine
    engine.dispose()


def places(engine: Engine, word: str) -> set[str]:
    """Return the database columns that hold a word, including the planner's statistics."""
    tables = MetaData()
    tables.reflect(engine)
    values: set[str] = set()
    with engine.connect() as connection:
        for table in tables.sorted_tables:
            for row in connection.execute(table.select()).mappings():
                values |= {
                    f"{table.name}.{name}"
                    for name, cell in row.items()
                    if word in str(cell).lower()
                }
        if engine.dialect.name == "postgresql":
            samples = connection.execute(text("SELECT * FROM pg_stats WHERE schemaname = 'public'"))
            values |= {"pg_stats" for row in samples if word in str(row).lower()}
    return values


def files_naming(folder: Path, word: str) -> list[str]:
    """Return the files whose name or bytes hold a word."""
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file()
        and (word in path.name.lower() or word.encode() in path.read_bytes().lower())
    ]


def fill_with_words_of_servers(engine: Engine) -> None:
    """Store refusals that name the mailbox, as an older program may have."""
    words = f"550 5.1.1 <{ANN}>: no such user"
    with engine.begin() as connection:
        connection.execute(text("UPDATE delivery SET detail = :words"), {"words": words})
        connection.execute(text("UPDATE batch SET detail = :words"), {"words": words})
        connection.execute(
            text(
                "INSERT INTO event (mark, kind, at, attempt_id, detail) "
                "VALUES ('m', 'bounce', '2026-01-01', '', :words)"
            ),
            {"words": words},
        )
        if engine.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))


def figures(newsletter: Newsletter) -> dict[str, Any]:
    (issue,) = newsletter.run("issues", "--json").json["issues"]
    return {key: issue[key] for key in ("planned", "accepted", "suppressed", "failed", "unknown")}


def test_erase_leaves_nothing_of_a_person_but_a_hash(sent: Newsletter, engine: Engine) -> None:
    fill_with_words_of_servers(engine)
    before = figures(sent)
    assert {"subscribers.address", "delivery.address", "event.detail"} <= places(engine, KEY)

    erased = sent.run("subscribers", "erase", ANN.upper(), "--yes", "--json").json

    assert (erased["erased"], erased["files"], erased["traces_wiped"]) == (True, 2, True)
    assert places(engine, KEY) == set()
    assert files_naming(sent.folder, KEY) == []
    secret = (sent.folder / ".env").read_text("utf-8").partition("NEWSLETTER_SECRET=")[2]
    # PostgreSQL's statistics may repeat the hash.
    marked = places(engine, suppression_digest(KEY, secret.splitlines()[0])) - {"pg_stats"}
    assert marked == {"suppressions.mark"}
    assert figures(sent) == before


def test_an_erased_person_stays_out_of_the_next_issue_and_of_imports(
    sent: Newsletter, engine: Engine
) -> None:
    sent.run("subscribers", "erase", ANN, "--yes")
    path = sent.folder / "old.csv"
    path.write_text(f"email\n{ANN}\n", "utf-8")

    report = sent.run("subscribers", "import", str(path), "--json").json
    again = sent.run("subscribers", "erase", ANN, "--yes")
    stranger = sent("subscribers", "erase", "nobody@example.com", "--yes")

    assert (report["added"], report["unchanged"]) == (0, 1)
    assert "erased already" in again.out
    assert stranger.code == 1
    assert "Nothing is kept" in stranger.err
    assert places(engine, KEY) == set()


@pytest.mark.parametrize(
    ("delivery", "batch"), [("pending", "planned"), ("unknown", "intent"), ("unknown", "unknown")]
)
def test_an_issue_in_flight_goes_on_and_adds_up(
    sent: Newsletter, engine: Engine, delivery: str, batch: str
) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE delivery SET status = :now"), {"now": delivery})
        connection.execute(
            text("UPDATE batch SET status = :now, lease_until = '2026-01-01', holder = ''"),
            {"now": batch},
        )
        connection.execute(text("UPDATE issue SET status = 'sending', sent_at = NULL"))

    sent.run("subscribers", "erase", ANN, "--yes")
    sent.run("send", "1")

    assert figures(sent) == {
        "planned": 2,
        "accepted": 1,
        "suppressed": 1,
        "failed": 0,
        "unknown": 0,
    }
    assert sent.recipients() == ["bob@example.com"]
    assert places(engine, KEY) == set()


def test_a_vacuum_that_failed_is_done_by_the_next_run(weekly: Newsletter) -> None:
    weekly.subscribe(ANN)
    reader = sqlite3.connect(weekly.folder / "newsletter.db")
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM subscribers").fetchone()
    erased = weekly.run("subscribers", "erase", ANN, "--yes")
    reader.close()
    assert "may hold traces" in erased.out

    weekly.run("run")

    assert files_naming(weekly.folder, KEY) == []


def test_show_prints_everything_that_is_stored_of_a_person(
    sent: Newsletter,
) -> None:
    document = sent.run("subscribers", "show", KEY, "--json").json
    words = sent.run("subscribers", "show", KEY).out

    assert document["subscriber"]["email"] == "Ann.Runner+club@example.com"
    assert document["subscriber"]["name"] == "Ann"
    assert document["suppressed"] is None
    assert [item["event"] for item in document["consent_log"]] == ["added"]
    (delivery,) = document["deliveries"]
    assert (delivery["issue"], delivery["status"]) == (1, "accepted")
    assert document["events"] == []
    for word in ("Ann.Runner+club@example.com", "active", "Consent log", "author", "accepted"):
        assert word in words
    assert sent("subscribers", "show", "nobody@example.com").code == 1


def test_suppress_lasts_until_the_author_revokes_it(sent: Newsletter) -> None:
    first = sent.run("subscribers", "suppress", ANN, "--json").json
    second = sent.run("subscribers", "suppress", ANN)
    stranger = sent.run("subscribers", "suppress", "stranger@example.com", "--json").json
    barred = sent.run("subscribers", "add", "stranger@example.com", "--json").json
    shown = sent.run("subscribers", "show", "stranger@example.com")

    assert (first["suppressed"], first["changed"]) == (True, True)
    assert "suppressed already" in second.out
    assert stranger["changed"]
    assert (barred["outcome"], barred["subscriber"]) == ("unchanged", None)
    assert "only you can lift that" in shown.out
    document = sent.run("subscribers", "show", ANN, "--json").json
    assert document["subscriber"]["status"] == "unsubscribed"
    assert document["suppressed"]["reason"] == "author"

    assert "may sign up again" in sent.run("subscribers", "suppress", ANN, "--undo").out
    assert "was not suppressed" in sent.run("subscribers", "suppress", ANN, "--undo").out
    assert sent.run("subscribers", "add", ANN, "--json").json["outcome"] == "unchanged"


def test_list_and_export_filter_by_status_and_tag(sent: Newsletter) -> None:
    path = sent.folder / "tags.csv"
    path.write_text("email,tags\ncleo@example.com,Club;5k\ndan@example.com,club\n", "utf-8")
    sent.run("subscribers", "import", str(path))
    sent.run("subscribers", "remove", "dan@example.com")

    def list_names(*filters: str) -> list[str]:
        document = sent.run("subscribers", "list", *filters, "--json").json
        return [subscriber["email"].partition("@")[0] for subscriber in document["subscribers"]]

    assert list_names("--tag", "club") == ["cleo", "dan"]
    assert list_names("--tag", "club", "--tag", "5K") == ["cleo"]
    assert list_names("--tag", "club", "--status", "unsubscribed") == ["dan"]
    assert "Nobody like that" in sent.run("subscribers", "list", "--tag", "none").out
    lines = sent.run("subscribers", "export", "--status", "active", "--tag", "club").out
    assert [line.split(",")[0] for line in lines.splitlines()] == [
        '"email"',
        '"cleo@example.com"',
    ]
