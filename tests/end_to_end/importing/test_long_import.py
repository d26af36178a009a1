"""While a long file is imported, readers come and leave; a kill leaves the list as it was."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.storage.database.engine import snapshot
from subscribers import storage as people
from subscribers.tokens import sign_token
from tests.end_to_end.newsletter import Newsletter
from tests.support.sign_up import submit_sign_up
from tests.support.visitor import Visitor

# More than are imported straight away.
FIRST = 12_000
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ONE_CLICK = b"List-Unsubscribe=One-Click"
HOME = {"ann@example.com": "active", "sue@example.com": "active"}


@contextmanager
def importing(newsletter: Newsletter) -> Iterator[subprocess.Popen[str]]:
    """Start an import of a file that does not end before its pipe is closed."""
    program = newsletter.program
    process = subprocess.Popen(
        [*(sys.executable, "-m", "newsletter", "--folder", str(program.folder)),
         *("subscribers", "import", "-", "--json")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=program.environment(),
    )  # fmt: skip
    assert process.stdin is not None
    try:
        process.stdin.write("email,status\nann@example.com,active\nnew@example.com,active\n")
        process.stdin.writelines(f"reader{number}@example.net,\n" for number in range(FIRST))
        process.stdin.flush()
        until(lambda: bool(staging_files(newsletter)) or process.poll() is not None)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(condition: object) -> None:
    assert callable(condition)
    while not condition():
        time.sleep(0.01)


def staging_files(newsletter: Newsletter) -> list[str]:
    return sorted(path.name for path in newsletter.folder.glob("newsletter.db.import-*"))


def statuses(newsletter: Newsletter) -> dict[str, str]:
    with closing(sqlite3.connect(newsletter.folder / "newsletter.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return dict(database.execute("SELECT address_key, status FROM subscribers"))


@pytest.fixture
def context(weekly: Newsletter) -> Iterator[Context]:
    context = open_newsletter(weekly.folder, weekly.program.environment())
    yield context
    context.engine.dispose()


def unsubscribe_link(context: Context) -> str:
    with snapshot(context.engine) as connection:
        ann = people.require_by_address(connection, "ann@example.com")
    token = sign_token("unsubscribe", ann.link_id, context.secrets.require_signing())
    return f"/unsubscribe/{token}"


@contextmanager
def site(newsletter: Newsletter) -> Iterator[Visitor]:
    process = newsletter.program.start("serve", "--host", "127.0.0.1", "--port", "0")
    assert process.stderr is not None
    try:
        address = re.search(r"http://[^:]+:(\d+)", process.stderr.readline())
        assert address
        yield Visitor(int(address[1]))
    finally:
        process.terminate()
        process.communicate()


def test_readers_leave_and_sign_up_while_a_file_is_staged(
    weekly: Newsletter, context: Context
) -> None:
    with site(weekly) as visitor, importing(weekly) as process:
        gone = visitor.request("POST", unsubscribe_link(context), FORM, ONE_CLICK)
        joined = submit_sign_up(context, visitor, "new@example.com")
        until(lambda: "new@example.com" in statuses(weekly))
        assert process.poll() is None, "the file has not ended yet"
        assert (gone.status, joined.status) == (200, 200)
        assert statuses(weekly) == HOME | {
            "ann@example.com": "unsubscribed",
            "new@example.com": "pending",
        }
        out, err = process.communicate()

    assert process.returncode == 0, err
    assert f'"added": {FIRST}' in out
    after = statuses(weekly)
    assert after["ann@example.com"] == "unsubscribed", "who left meanwhile is not revived"
    assert after["new@example.com"] == "active", "the author's decision"
    assert len(after) == FIRST + 3
    assert staging_files(weekly) == []


def test_killed_while_a_file_is_staged_or_merged_the_list_is_as_before_or_after(
    weekly: Newsletter,
) -> None:
    with importing(weekly) as process:
        process.kill()
        process.wait()
    assert statuses(weekly) == HOME
    assert staging_files(weekly) != []
    weekly.run("subscribers", "list", "--json")
    assert staging_files(weekly) == []

    outcomes = set()
    for delay in (0.0, 0.1, 0.3, 60.0):
        with importing(weekly) as process:
            # Keep it from merging until the kill is near.
            with closing(sqlite3.connect(weekly.folder / "newsletter.db")) as database:
                database.execute("BEGIN IMMEDIATE")
                ending = threading.Thread(target=process.communicate)
                ending.start()
                database.rollback()
            ending.join(delay)
            process.kill()
            ending.join()
        count = len(statuses(weekly))
        assert count in (len(HOME), len(HOME) + FIRST + 1)
        outcomes.add(count)
        weekly.run("subscribers", "list", "--json")
        assert staging_files(weekly) == []
    assert len(outcomes) == 2, "killed before the end, and left alone"


def test_a_long_file_is_tried_out_on_a_copy(weekly: Newsletter, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    rows = "".join(f"reader{number}@example.net\n" for number in range(FIRST))
    path.write_text(f"email\nann@example.com\n{rows}", "utf-8")
    with closing(sqlite3.connect(weekly.folder / "newsletter.db")) as database:
        database.execute("BEGIN IMMEDIATE")
        answer = weekly.run("subscribers", "import", str(path), "--dry-run", "--json")

    assert (answer.json["added"], answer.json["unchanged"]) == (FIRST, 1)
    assert len(answer.json["rows"]) == FIRST + 1
    assert statuses(weekly) == HOME
    assert staging_files(weekly) == []
