"""`newsletter preview` and `newsletter serve`, as real processes, in a real browser."""

from __future__ import annotations

import re
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.newsletter_folder import NOW, create_newsletter, publish
from tests.support.program import Program


@pytest.fixture
def made(tmp_path: Path) -> Program:
    context = create_newsletter(tmp_path / "newsletter")
    publish(context, "Larch week")
    context.engine.dispose()
    return Program(context.folder, now=NOW)


@contextmanager
def started(program: Program, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a command that serves pages and yield the address it printed."""
    running = program.start(*words)
    assert running.stderr is not None
    try:
        address = re.search(r"http://\S+", running.stderr.readline())
        assert address, running.communicate(timeout=20)
        yield running, address[0]
    finally:
        running.kill()
        running.communicate()


def test_preview_prints_an_address_that_opens_the_desk(made: Program) -> None:
    with started(made, "preview", "--port", "0", "--no-browser") as (desk, address):
        cookies = urllib.request.HTTPCookieProcessor()
        page = urllib.request.build_opener(cookies).open(address, timeout=30).read().decode()
        assert "Larch week" in page
        desk.send_signal(signal.SIGINT)
        assert desk.wait(timeout=20) == 0
        assert desk.stdout is not None
        assert desk.stdout.read() == ""


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_its_address_and_ends_when_told(made: Program, stop: signal.Signals) -> None:
    with started(made, "serve", "--port", "0") as (site, address):
        with urllib.request.urlopen(f"{address}healthz", timeout=30) as answer:
            assert answer.status == 200
        site.send_signal(stop)
        assert site.wait(timeout=20) == 0


def test_a_port_in_use_is_one_sentence_and_no_traceback(made: Program) -> None:
    with started(made, "serve", "--port", "0") as (_, address):
        port = address.rstrip("/").rpartition(":")[2]
        again = made("serve", "--port", port)
    assert again.code == 1
    assert f"cannot use port {port}" in again.err
    assert "Traceback" not in again.err
