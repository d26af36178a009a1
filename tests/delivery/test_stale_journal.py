"""An older database is put back: the journal and its second file tell, for every mailer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.delivery.control import resume
from newsletter.delivery.ledger.stale_backup import stale_backup_warning
from newsletter.errors import NewsletterError, StaleBackup
from newsletter.models import Figures
from newsletter.pipeline.rehearsals import reset_rehearsals
from newsletter.pipeline.run import run
from newsletter.pipeline.send import send
from newsletter.storage import identity
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.journal import FILE_NAME
from tests.support import backup
from tests.support.backup import Restore
from tests.support.delivery_folder import (
    create_outbox_newsletter,
    create_smtp_newsletter,
    figures,
    freeze_next_issue,
    ledger,
    status,
)
from tests.support.newsletter_folder import NOW, publish
from tests.support.smtp_relay import Relay

READERS = [f"runner{number}@example.org" for number in range(1, 7)]
ALL = Figures(planned=6, accepted=6)
# The newsletters that the running test opened; they are closed at its end.
_OPENED: list[Context] = []


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as running:
        yield running


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"NEWSLETTER_NOW": NOW, "XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def context(
    tmp_path: Path, relay: Relay, database_url: str, environ: dict[str, str]
) -> Iterator[Context]:
    context = create_smtp_newsletter(
        tmp_path / "newsletter", relay, READERS, batch_size=2, database_url=database_url
    )
    context = open_again(context, environ)
    yield context
    context.engine.dispose()


def open_again(context: Context, environ: dict[str, str]) -> Context:
    """Open the newsletter anew, as the next command does."""
    context.engine.dispose()
    opened = open_newsletter(context.folder, environ)
    _OPENED.append(opened)
    return replace(opened, wait=lambda _seconds: None)


@pytest.fixture(autouse=True)
def _close_what_was_opened() -> Iterator[None]:
    yield
    while _OPENED:
        _OPENED.pop().engine.dispose()


def keep_copy(context: Context, database_url: str, request: pytest.FixtureRequest) -> Restore:
    """Keep a copy of the database; the function that is returned puts it back."""
    context.engine.dispose()
    if database_url.startswith("sqlite"):
        return backup.back_up_file(Path(database_url.removeprefix("sqlite:///")))
    return backup.back_up_postgresql(request.getfixturevalue("postgresql_server"), database_url)


def put_back(context: Context, restore: Restore, environ: dict[str, str]) -> Context:
    context.engine.dispose()
    restore()
    return open_again(context, environ)


def count_mailed(relay: Relay) -> int:
    """Return how many messages went to readers; notices to the author do not count."""
    return sum(address in READERS for address in relay.addresses)


def warning(context: Context) -> str:
    with snapshot(context.engine) as connection:
        return stale_backup_warning(connection)


only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_database_from_before_the_issue_sends_nothing_until_the_author_says_so(
    context: Context,
    relay: Relay,
    database_url: str,
    environ: dict[str, str],
    request: pytest.FixtureRequest,
) -> None:
    issue = freeze_next_issue(context)
    restore = keep_copy(context, database_url, request)
    assert send(context, "last").figures == ALL
    context = put_back(context, restore, environ)

    assert status(context, issue) == "stopped"
    with pytest.raises(StaleBackup, match=r"2026-W47.*older backup.*`newsletter resume 1`"):
        send(context, "last")
    assert count_mailed(relay) == 6

    resume(context, "last")
    context = open_again(context, environ)
    assert warning(context) == ""
    assert send(context, "last").figures == ALL
    assert warning(open_again(context, environ)) == ""


@only_sqlite
def test_a_desk_that_is_open_notices_it_too(
    context: Context, relay: Relay, database_url: str, request: pytest.FixtureRequest
) -> None:
    freeze_next_issue(context)
    restore = keep_copy(context, database_url, request)
    send(context, "last")
    context.engine.dispose()
    restore()

    with pytest.raises(StaleBackup):
        send(context, "last")
    assert count_mailed(relay) == 6


@only_sqlite
def test_a_copy_from_the_middle_of_a_delivery_is_noticed(
    context: Context,
    relay: Relay,
    database_url: str,
    environ: dict[str, str],
    request: pytest.FixtureRequest,
) -> None:
    issue = freeze_next_issue(context)
    working = ledger(context, issue)
    batch = working.claim(None)
    assert batch is not None
    with closing(context.mailer()) as mailer:
        working.record(batch, mailer.send(batch))
    restore = keep_copy(context, database_url, request)
    assert send(context, "last").figures == ALL

    context = put_back(context, restore, environ)
    assert figures(context, issue) == Figures(planned=6, accepted=2, pending=4)
    report = run(context)
    assert "older backup of it was put back" in report.reason
    assert count_mailed(relay) == 6


@only_sqlite
def test_the_whole_folder_put_back_is_told_by_the_user_s_state_directory(
    context: Context,
    relay: Relay,
    database_url: str,
    environ: dict[str, str],
    request: pytest.FixtureRequest,
) -> None:
    freeze_next_issue(context)
    restore = keep_copy(context, database_url, request)
    send(context, "last")
    # The copy of the folder is from before the journal's first line.
    (context.folder / FILE_NAME).unlink()

    context = put_back(context, restore, environ)
    with pytest.raises(StaleBackup, match="older backup"):
        send(context, "last")
    assert count_mailed(relay) == 6


@only_sqlite
def test_a_database_that_is_put_back_as_it_was_is_not_older(
    context: Context,
    relay: Relay,
    database_url: str,
    environ: dict[str, str],
    request: pytest.FixtureRequest,
) -> None:
    freeze_next_issue(context)
    send(context, "last")
    restore = keep_copy(context, database_url, request)
    publish(context, "Another hill")
    context = put_back(context, restore, environ)

    assert warning(context) == ""
    publish(context, "A third hill")
    freeze_next_issue(context)
    assert send(context, "last").figures == ALL
    assert count_mailed(relay) == 12


@only_sqlite
def test_another_machine_is_asked_about_once(
    context: Context, relay: Relay, environ: dict[str, str]
) -> None:
    freeze_next_issue(context)
    send(context, "last")
    with transaction(context.engine) as connection:
        identity.set_machine(connection, "the machine before")
    publish(context, "Another hill")

    context = open_again(context, environ)
    freeze_error = r"last sent from another machine.*`newsletter resume 2`.*asked once"
    with pytest.raises(StaleBackup, match=freeze_error):
        freeze_next_issue(context)
    assert count_mailed(relay) == 6
    resume(context, "next")

    context = open_again(context, environ)
    freeze_next_issue(context)
    assert send(context, "last").figures == ALL
    assert warning(open_again(context, environ)) == ""


@only_sqlite
@pytest.mark.parametrize("command", [run, lambda context: send(context, "last")])
def test_a_delivery_under_way_is_not_gone_on_with_on_another_machine(
    context: Context,
    relay: Relay,
    environ: dict[str, str],
    command: Callable[[Context], object],
) -> None:
    issue = freeze_next_issue(context)
    with transaction(context.engine) as connection:
        identity.set_machine(connection, "the machine before")

    context = open_again(context, environ)
    with suppress(StaleBackup):
        command(context)

    assert count_mailed(relay) == 0
    assert figures(context, issue) == Figures(planned=6, pending=6)
    assert "last sent from another machine" in warning(open_again(context, environ))
    resume(context, "1")
    context = open_again(context, environ)
    run(context)
    assert figures(context, issue) == ALL
    assert count_mailed(relay) == 6


@only_sqlite
def test_back_on_the_machine_before_nothing_is_asked(
    context: Context, environ: dict[str, str]
) -> None:
    freeze_next_issue(context)
    send(context, "last")
    with snapshot(context.engine) as connection:
        here = identity.read_identity(connection).machine
    with transaction(context.engine) as connection:
        identity.set_machine(connection, "the machine before")
    context = open_again(context, environ)
    assert "another machine" in warning(context)
    with transaction(context.engine) as connection:
        identity.set_machine(connection, here)

    assert warning(open_again(context, environ)) == ""


def test_rehearsals_that_were_reset_are_not_missed(tmp_path: Path, environ: dict[str, str]) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    context = open_again(context, environ)
    freeze_next_issue(context)
    send(context, "last")
    reset_rehearsals(context)

    context = open_again(context, environ)
    assert warning(context) == ""
    freeze_next_issue(context)
    assert send(context, "last").figures == ALL
    context.engine.dispose()


@only_sqlite
def test_nothing_is_sent_while_the_journal_cannot_be_written(
    context: Context, relay: Relay
) -> None:
    issue = freeze_next_issue(context)
    working = ledger(context, issue)
    (context.folder / FILE_NAME).unlink()
    (context.folder / FILE_NAME).mkdir()

    with pytest.raises(NewsletterError, match=r"newsletter\.journal could not be written"):
        working.claim(None)
    assert figures(context, issue) == Figures(planned=6, pending=6)
    (context.folder / FILE_NAME).rmdir()
    assert send(context, "last").figures == ALL
    assert count_mailed(relay) == 6
