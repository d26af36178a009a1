"""Debian's PostgreSQL, directly, as a standby, and behind its PgBouncer."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from newsletter.context import Context
from newsletter.delivery.leader import share_batches
from newsletter.pipeline.send import send
from tests.delivery.worker_processes import start_worker, wait_until
from tests.realtest.database_server import Server, run_bouncer, run_server, run_standby
from tests.support.delivery_folder import create_sendgrid_newsletter, figures, freeze_next_issue
from tests.support.newsletter_folder import NOW
from tests.support.program import Program
from tests.support.sendgrid import KEY, SendGridStandIn

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that the user `postgres` can reach, which pytest's own is closed to."""
    with tempfile.TemporaryDirectory(prefix="trails-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[Server]:
    with run_server(place / "primary") as server:
        yield server


@pytest.fixture
def database(server: Server) -> str:
    """The name of an empty database."""
    name = f"news{next(_NUMBERS)}"
    server.database(name)
    return name


def newsletter_at(
    url: str, folder: Path, sendgrid: SendGridStandIn, readers: int = 40
) -> tuple[Context, Program]:
    context = create_sendgrid_newsletter(folder, sendgrid, readers=readers, database_url=url)
    return context, Program(folder, NOW, {"NEWSLETTER_NOW": NOW, "SENDGRID_API_KEY": KEY})


def move_to(folder: Path, before: str, after: str) -> None:
    """Let the settings name another address of the database."""
    settings = folder / "newsletter.toml"
    text = settings.read_text("utf-8")
    assert before in text
    settings.write_text(text.replace(before, after), "utf-8")


def database_errors(program: Program) -> list[str]:
    """Return the cures that `doctor` names for the database."""
    return [
        finding["cure"]
        for finding in program("doctor", "--json").json["findings"]
        if finding["area"] == "Database" and finding["level"] == "error"
    ]


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql", "postgres"])
def test_the_address_may_be_written_in_each_common_way(
    server: Server, database: str, scheme: str, tmp_path: Path, sendgrid: SendGridStandIn
) -> None:
    url = server.url(database, scheme=scheme)
    context, program = newsletter_at(url, tmp_path / "newsletter", sendgrid)
    context.engine.dispose()
    assert "40 active" in program("subscribers", "list").out


def test_behind_pgbouncer_that_keeps_sessions_a_run_and_a_worker_share_an_issue(
    server: Server, database: str, place: Path, tmp_path: Path, sendgrid: SendGridStandIn
) -> None:
    with run_bouncer(server, place / database, "session") as port:
        url = server.url(database, port=port)
        context, program = newsletter_at(url, tmp_path / "newsletter", sendgrid, readers=200)
        issue = freeze_next_issue(context)
        there = Path(shutil.copytree(context.folder, tmp_path / "there"))
        with share_batches(context, issue), start_worker(there) as worker:
            wait_until(worker.is_ready)
            wait_until(lambda: figures(context, issue).accepted == 200)
        assert send(context, "last").issue.status == "sent"
        assert sorted(sendgrid.addresses) == sorted(set(sendgrid.addresses))
        assert len(sendgrid.addresses) == 200
        assert "200" in program("issues").out
        context.engine.dispose()


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("transaction", "A connection pooler stands before the database, in transaction mode"),
        ("statement", "A connection pooler stands before the database, in statement mode"),
    ],
)
def test_a_pooler_that_splits_sessions_is_refused_by_name_and_nothing_is_sent(
    server: Server,
    database: str,
    place: Path,
    tmp_path: Path,
    sendgrid: SendGridStandIn,
    mode: str,
    words: str,
) -> None:
    direct = server.url(database)
    context, program = newsletter_at(direct, tmp_path / "newsletter", sendgrid)
    freeze_next_issue(context)
    context.engine.dispose()
    with run_bouncer(server, place / f"{database}{mode}", mode) as port:
        move_to(program.folder, direct, server.url(database, port=port))
        for command in (("run",), ("worker", "--once"), ("draft",), ("subscribers", "list")):
            answer = program(*command)
            assert answer.code != 0, command
            assert answer.err.startswith(f"newsletter: {words}"), (command, answer.err)
            assert "pool_mode = session" in answer.err
        assert any("pool_mode = session" in cure for cure in database_errors(program))
    assert sendgrid.addresses == []


def test_a_standby_shows_everything_and_changes_nothing(
    server: Server, database: str, place: Path, tmp_path: Path, sendgrid: SendGridStandIn
) -> None:
    primary = server.url(database)
    context, program = newsletter_at(primary, tmp_path / "newsletter", sendgrid)
    freeze_next_issue(context)
    context.engine.dispose()
    with run_standby(server, place / f"standby-{database}") as standby:
        move_to(program.folder, primary, standby.url(database))
        for words in ("issues", "subscribers list", "posts"):
            assert program(*words.split()).code == 0, words
        for words in ("run", "send last", "subscribers add new@example.org", "worker --once"):
            answer = program(*words.split())
            assert answer.code != 0, words
            assert "The database server only reads: it is a standby" in answer.err, answer.err
            assert "Traceback" not in answer.err
        assert database_errors(program) == [
            "Give the address of the primary server in [database] url."
        ]
    assert sendgrid.addresses == []


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_cannot_hold_every_name_is_refused_at_once(
    server: Server, tmp_path: Path, sendgrid: SendGridStandIn, encoding: str
) -> None:
    name = f"news{next(_NUMBERS)}"
    url = server.database(name, f"ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'")
    utf8 = server.database(f"{name}utf8")
    context, program = newsletter_at(utf8, tmp_path / "newsletter", sendgrid)
    context.engine.dispose()
    move_to(program.folder, utf8, url)
    answer = program("subscribers", "list")
    assert answer.code != 0
    assert answer.err.startswith(f"newsletter: The database's encoding is {encoding}")
    assert "createdb --encoding=UTF8" in answer.err


def test_a_user_without_rights_gets_one_plain_line(
    server: Server, database: str, tmp_path: Path, sendgrid: SendGridStandIn
) -> None:
    direct = server.url(database)
    context, program = newsletter_at(direct, tmp_path / "newsletter", sendgrid)
    context.engine.dispose()
    server.execute(f"CREATE ROLE guest_{database} LOGIN")
    move_to(program.folder, "postgres@", f"guest_{database}@")
    for command in (("run",), ("subscribers", "list"), ("worker", "--once")):
        answer = program(*command)
        assert answer.code != 0, command
        assert "The database does not allow that: permission denied" in answer.err
        assert len(answer.err.splitlines()) == 1, answer.err


def test_a_restart_of_the_server_between_two_commands_is_no_matter(
    server: Server, database: str, tmp_path: Path, sendgrid: SendGridStandIn
) -> None:
    context, program = newsletter_at(server.url(database), tmp_path / "newsletter", sendgrid)
    issue = freeze_next_issue(context)
    server.restart()
    send(context, "last")
    assert figures(context, issue).accepted == 40
    assert len(sendgrid.addresses) == 40
    context.engine.dispose()
    assert program("issues").code == 0
