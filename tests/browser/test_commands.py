"""`newsletter preview` and `newsletter serve`, as real processes, in a real browser."""

from __future__ import annotations

import re
import signal
import socket
import stat
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.newsletter_folder import NOW, create_newsletter, publish
from tests.support.program import Program

_ALL = "0.0.0.0"  # noqa: S104  # the address that stands for all


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


def test_preview_opens_the_browser_with_a_file_and_no_key(
    made: Program, tmp_path: Path, chromium: Browser
) -> None:
    opened, browser = tmp_path / "opened", tmp_path / "browser.sh"
    browser.write_text(f'#!/bin/sh\nprintf "%s" "$1" > {opened}.part\nmv {opened}.part {opened}\n')
    browser.chmod(0o755)
    made.env["BROWSER"] = f"{browser} %s"
    with started(made, "preview", "--port", "0") as (desk, address):
        until = time.monotonic() + 30
        while not opened.exists():
            assert time.monotonic() < until, "no browser was opened"
            time.sleep(0.05)
        given = opened.read_text()
        file = Path(given.removeprefix("file://"))
        assert given.startswith("file://")
        assert "key" not in given
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        context = chromium.new_context()
        page = context.new_page()
        page.goto(given)
        page.wait_for_url(f"{address.partition('/start')[0]}/")
        assert "Larch week" in page.content()
        context.close()
        desk.send_signal(signal.SIGINT)
        assert desk.wait(timeout=20) == 0
        assert not file.exists()


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


@pytest.mark.parametrize(
    ("proxies", "listen", "given", "at"),
    [
        (0, "", "", _ALL),
        (1, "", "", "127.0.0.1"),
        (1, _ALL, "", _ALL),
        (0, _ALL, "127.0.0.1", "127.0.0.1"),
    ],
)
def test_behind_a_proxy_the_site_listens_to_this_machine_alone(
    tmp_path: Path, proxies: int, listen: str, given: str, at: str
) -> None:
    context = create_newsletter(tmp_path / "newsletter", proxies=proxies)
    context.engine.dispose()
    settings = context.folder / "newsletter.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("[site]\n", f'[site]\nlisten = "{listen}"\n'), "utf-8")
    options = ("--host", given) if given else ()
    with started(Program(context.folder, now=NOW), "serve", "--port", "0", *options) as (_, url):
        port = int(url.rstrip("/").rpartition(":")[2])
        with socket.socket() as other:
            # An address of this machine that no proxy would use.
            other.settimeout(20)
            reached = other.connect_ex(("127.0.0.2", port)) == 0
    assert reached is (at == _ALL)
