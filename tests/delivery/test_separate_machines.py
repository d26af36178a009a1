"""Machines with separate folders: the run lock, helping workers, and a lost server."""

from __future__ import annotations

import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.delivery.control import cancel
from newsletter.delivery.freeze import freeze
from newsletter.delivery.known_secret import require_known_secret
from newsletter.delivery.leader import share_batches
from newsletter.delivery.resolve import resolve
from newsletter.delivery.worker import require_workable
from newsletter.editorial.approval import approve
from newsletter.editorial.draft import draft_issue
from newsletter.errors import NotReady, SettingsError
from newsletter.models import Figures
from newsletter.pipeline.send import send
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot
from newsletter.storage.ledger import machines
from tests.delivery.test_resolve import dead
from tests.delivery.worker_processes import GatedStandIn, start_worker
from tests.support import postgresql
from tests.support.delivery_folder import (
    create_outbox_newsletter,
    create_sendgrid_newsletter,
    figures,
    freeze_next_issue,
    ledger,
)
from tests.support.newsletter_folder import NOW
from tests.support.postgresql import PostgreSQL
from tests.support.program import Program
from tests.support.sendgrid import KEY, SendGridStandIn

_ENV = {"NEWSLETTER_NOW": NOW, "SENDGRID_API_KEY": KEY}


@pytest.fixture
def here(
    tmp_path: Path, sendgrid: SendGridStandIn, postgresql_server: PostgreSQL
) -> Iterator[Context]:
    context = create_sendgrid_newsletter(
        tmp_path / "here",
        sendgrid,
        readers=20,
        database_url=postgresql_server.new_database(),
    )
    yield context
    context.engine.dispose()


@pytest.fixture
def there(here: Context, tmp_path: Path) -> Path:
    """Return the folder of the same newsletter on another machine."""
    return Path(shutil.copytree(here.folder, tmp_path / "there"))


def test_while_one_machine_runs_another_exits_with_75(here: Context, there: Path) -> None:
    program = Program(there, NOW, _ENV)
    with here.lock():
        answer = program("run")
        assert answer.code == 75
        assert "Another run is at work on this newsletter" in answer.err
    assert program("issues").code == 0


def test_a_worker_with_another_secret_sends_nothing_and_names_it(
    here: Context, there: Path
) -> None:
    issue = freeze_next_issue(here)
    send(here, "last")
    (there / ".env").write_text("NEWSLETTER_SECRET=another-made-up-one\n", "utf-8")
    with start_worker(there) as stranger:
        assert stranger.wait_for_exit() == 2
    assert "NEWSLETTER_SECRET is not the one" in stranger.said
    assert figures(here, issue).accepted == 20


def test_a_worker_with_other_settings_sends_nothing_and_names_the_difference(
    here: Context, there: Path, sendgrid: SendGridStandIn
) -> None:
    issue = freeze_next_issue(here)
    settings = there / "newsletter.toml"
    text = settings.read_text("utf-8").replace("Pine & Pace <news@", "Somebody <news@")
    settings.write_text(text, "utf-8")
    with share_batches(here, issue), start_worker(there) as stranger:
        assert stranger.wait_for_exit() == 2
    assert "not set up as the one that sends: from differs" in stranger.said
    assert sendgrid.addresses == []
    assert figures(here, issue) == Figures(planned=20, pending=20)


def test_a_lost_secret_is_noticed_before_an_issue_is_signed_with_a_new_one(
    tmp_path: Path, sendgrid: SendGridStandIn, database_url: str
) -> None:
    context = create_sendgrid_newsletter(
        tmp_path / "newsletter", sendgrid, database_url=database_url
    )
    freeze_next_issue(context)
    send(context, "last")
    other = replace(context, secrets=replace(context.secrets, signing=("a new one, long enough",)))
    with snapshot(context.engine) as connection:
        leader = machines.newest_fingerprint(connection)
    with pytest.raises(SettingsError, match="unsubscribe links would stop working"):
        require_known_secret(other.secrets, leader)
    rotated = replace(context.secrets, signing=("a new one, long enough", *context.secrets.signing))
    require_known_secret(rotated, leader)
    context.engine.dispose()


def test_sqlite_has_no_workers(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter", readers=1)
    with pytest.raises(SettingsError, match="needs no worker"):
        require_workable(context)
    with start_worker(context.folder) as worker:
        assert worker.wait_for_exit() == 2
    assert "For several machines use PostgreSQL" in worker.said


def test_an_outbox_has_no_workers(tmp_path: Path, postgresql_server: PostgreSQL) -> None:
    url = postgresql_server.new_database()
    context = create_outbox_newsletter(tmp_path / "newsletter", readers=1, database_url=url)
    with pytest.raises(SettingsError, match="there is nothing to share"):
        require_workable(context)
    context.engine.dispose()


def test_of_machines_that_draft_approve_cancel_and_freeze_at_once_one_wins(
    here: Context, there: Path
) -> None:
    other = open_newsletter(there, _ENV)
    draft_issue(here)
    errors: list[BaseException] = []

    def attempt(work: object) -> None:
        try:
            work()  # type: ignore[operator]  # one of the calls below
        except NotReady:
            pass
        except BaseException as error:  # noqa: BLE001  # re-raised in the test's own thread
            errors.append(error)

    works = [
        lambda: freeze(here, 1, need_approval=False),
        lambda: freeze(other, 1, need_approval=False),
        lambda: cancel(other, "1"),
        lambda: freeze(replace(here), 1, need_approval=False),
    ]
    threads = [threading.Thread(target=attempt, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with snapshot(here.engine) as connection:
        (issue,) = issues.all_issues(connection)
    result = figures(here, issue)
    other.engine.dispose()
    assert errors == []
    assert issue.status == "cancelled"
    # Cancelled before the freeze or after it, never in between.
    assert result in (Figures(), Figures(planned=20, failed=20))


def test_two_machines_that_draft_at_once_make_one_draft(here: Context, there: Path) -> None:
    other = open_newsletter(there, _ENV)
    threads = [
        threading.Thread(target=_draft_and_approve, args=(one,)) for one in (here, other, here)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with snapshot(here.engine) as connection:
        values = [(issue.number, issue.status) for issue in issues.all_issues(connection)]
    other.engine.dispose()
    assert values == [(1, "approved")]


def _draft_and_approve(context: Context) -> None:
    # Only the database may keep them apart, so leave out the run lock.
    free = replace(context, lock=nullcontext)
    draft_issue(free)
    approve(free, "1")


def test_a_server_restart_during_delivery_loses_and_repeats_nothing(
    tmp_path: Path,
) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="trails-") as files,
        postgresql.run_server(Path(files)) as server,
        GatedStandIn() as gate,
    ):
        context = create_sendgrid_newsletter(
            tmp_path / "newsletter",
            gate,
            readers=100,
            batch_size=5,
            database_url=server.new_database(),
        )
        freeze_next_issue(context)
        once = threading.Lock()

        def restart() -> None:
            if len(gate.arrivals) >= 6 and once.acquire(blocking=False):
                server.stop()
                server.start()

        gate.before = lambda: gate.wait_for(3)
        gate.after = restart
        with start_worker(context.folder) as helper:
            sent = send(replace(context, wait=time.sleep), "last")
            helper.signal(signal.SIGTERM)
            assert helper.wait_for_exit() == 0
        context.engine.dispose()
    assert once.locked()
    assert sent.figures == Figures(planned=100, accepted=100)
    assert sent.issue.status == "sent"
    assert len(set(gate.addresses)) == len(gate.addresses) == 100


def test_batches_in_another_machine_s_outbox_are_left_to_that_machine(
    tmp_path: Path, postgresql_server: PostgreSQL
) -> None:
    here = create_outbox_newsletter(
        tmp_path / "here", database_url=postgresql_server.new_database()
    )
    there = open_newsletter(
        Path(shutil.copytree(here.folder, tmp_path / "there")), {"NEWSLETTER_NOW": NOW}
    )
    book = dead(ledger(there, freeze_next_issue(here)))
    written, unwritten = book.claim(None), book.claim(None)
    assert written is not None
    assert unwritten is not None
    there.mailer().send(written)

    sent = send(here, "last")
    assert sent.figures == Figures(planned=6, accepted=2, unknown=4)
    assert "in the outbox of another machine" in sent.reason

    again = resolve(there, "last", "resend")
    assert again.figures == Figures(planned=6, accepted=6)
    assert "another machine" not in again.reason
    files = [path.name for path in tmp_path.glob("*/outbox/1/*.eml")]
    assert len(set(files)) == len(files) == 6
    for context in (here, there):
        context.engine.dispose()
