"""`newsletter health`, for the health check of a container: exit code 0 or 1, and nothing else."""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from newsletter.context import Context
from newsletter.errors import FetchError, StorageError
from newsletter.pipeline.health import ask_site, require_health
from newsletter.site.server import listen
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.runs import LastRun, save_run
from tests.support.newsletter_folder import create_newsletter
from tests.support.program import Program
from tests.support.web_server import WebServer


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    newsletter = create_newsletter(tmp_path / "newsletter")
    yield newsletter
    newsletter.engine.dispose()


def health_of(context: Context) -> dict[str, Any]:
    with snapshot(context.engine) as connection:
        return require_health(connection, context.folder)


def test_a_newsletter_that_works_is_well(program: Program, context: Context) -> None:
    answer = program("health")

    assert (answer.code, answer.out) == (0, "All is well. No run has come by yet.\n")
    with transaction(context.engine) as connection:
        save_run(connection, LastRun(at=context.clock(), exit_code=1))
    assert "The last run was at 2026-11-20T12:00:00+00:00." in program("health").out
    assert program("health", "--json").json["status"] == "ok"


def test_no_newsletter_and_no_database_are_1_and_a_sentence(
    program: Program, context: Context, tmp_path: Path
) -> None:
    (context.folder / "newsletter.db").rename(tmp_path / "elsewhere.db")
    missing = program("--quiet", "health")
    nothing = Program(tmp_path / "nothing")("health")

    assert (missing.code, nothing.code) == (1, 1)
    assert "newsletter.db" in missing.err
    assert "There is no newsletter in" in nothing.err


def test_a_disk_that_takes_no_more_is_1(context: Context) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    assert health_of(context) == {"status": "ok", "last_run": None}

    # To the system's calls it is the same as a full disk: no file may grow.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, limits[1]))
    try:
        with pytest.raises(StorageError, match=r"or it is full\. See to the disk of .*newsletter"):
            health_of(context)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_site_is_asked_by_its_url(program: Program, context: Context) -> None:
    site = listen(context, host="127.0.0.1", port=0)
    thread = threading.Thread(target=site.server.run)
    thread.start()
    url = f"http://127.0.0.1:{site.port}/healthz"
    try:
        well = program("health", "--url", url)
        with transaction(context.engine) as connection:
            connection.execute(text("ALTER TABLE subscribers RENAME TO gone"))
        ill = program("health", "--url", url)
    finally:
        site.server.close()
        thread.join()

    assert (well.code, ill.code) == (0, 1)
    assert "The site is up, and says: The database does not answer." in ill.err
    assert program("health", "--url", url).code == 1


def test_another_server_is_no_site_of_a_newsletter(web: WebServer) -> None:
    url = web.answer("/healthz", "[]", kind="application/json")

    with pytest.raises(FetchError, match="not as the site of a newsletter does"):
        ask_site(url)
