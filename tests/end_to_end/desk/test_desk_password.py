"""`newsletter desk password`: typed twice and not shown, or piped in; and what it opens."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from tests.end_to_end.newsletter import Newsletter

GOOD = "four larches under snow"


def type_in(newsletter: Newsletter, *lines: str) -> tuple[int, str]:
    """Run the command at a terminal and type lines; return its exit code and the screen."""
    ours, theirs = pty.openpty()
    words = ("--folder", str(newsletter.folder), "desk", "password")
    process = subprocess.Popen(
        [sys.executable, "-m", "newsletter", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=newsletter.program.environment(),
        start_new_session=True,
    )
    os.close(theirs)
    screen = ""
    typed = list(lines)
    try:
        while data := os.read(ours, 1024):
            screen += data.decode()
            if typed and re.search(r"(desk|more): ?$", screen):
                os.write(ours, f"{typed.pop(0)}\n".encode())
    except OSError:
        pass  # the program has closed the terminal
    os.close(ours)
    return process.wait(60), screen


def test_it_is_asked_for_twice_and_not_shown(begun: Newsletter) -> None:
    code, screen = type_in(begun, GOOD, GOOD)
    assert (code, "The desk has a password" in screen) == (0, True), screen
    assert "larches" not in screen
    assert "$argon2id$" in (begun.folder / ".env").read_text("utf-8")


def test_two_that_differ_change_nothing(begun: Newsletter) -> None:
    code, screen = type_in(begun, GOOD, "four larches under ice")
    assert (code, "The two were not the same" in screen) == (2, True), screen
    assert "argon2id" not in (begun.folder / ".env").read_text("utf-8")


@pytest.mark.parametrize("weak", ["", "short", "password1234", "Test Trails 2026"])
def test_a_weak_one_is_refused_with_its_cure(begun: Newsletter, weak: str) -> None:
    answer = begun("desk", "password", stdin=f"{weak}\n")
    assert answer.code == 2
    assert "Four or five words that do not belong together" in answer.err
    assert "argon2id" not in (begun.folder / ".env").read_text("utf-8")


def test_a_script_may_pipe_it_in_and_set_it_anew(begun: Newsletter) -> None:
    first = begun("desk", "password", "--json", stdin=f"{GOOD}\n")
    again = begun("desk", "password", "--json", stdin="another larch in the fog\n")
    assert [each.json for each in (first, again)] == [{"password": "set"}, {"password": "replaced"}]
    assert (begun.folder / ".env").stat().st_mode & 0o777 == 0o600


def test_without_one_the_desk_opens_to_nobody_else(begun: Newsletter) -> None:
    for words in (["--listen", "0.0.0.0"], ["--path", "/desk"]):  # noqa: S104  # it must refuse it
        answer = begun("preview", "--no-browser", *words)
        assert answer.code == 2
        assert "Set one with `newsletter desk password`" in answer.err


def test_with_one_it_listens_and_asks_for_it(begun: Newsletter) -> None:
    begun("desk", "password", stdin=f"{GOOD}\n")
    desk = begun.program.start("preview", "--listen", "127.0.0.1", "--path", "/desk", "--port", "0")
    assert desk.stderr is not None
    try:
        address = re.search(r"http://\S+/desk/", desk.stderr.readline())
        assert address
        assert "asks for your password" in desk.stderr.readline()
        assert "only this machine can open it" in desk.stderr.readline()
        with urllib.request.urlopen(address[0], timeout=60) as answer:  # of our own desk
            assert "Your password" in answer.read().decode()
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(  # of our own desk
                urllib.request.Request(address[0], headers={"X-Forwarded-For": "1.2.3.4"}),
                timeout=60,
            )
    finally:
        desk.terminate()
        desk.communicate()
    assert desk.returncode == 0
