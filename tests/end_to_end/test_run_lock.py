"""Two runs at once: the second exits with 75 and changes nothing; a dead run holds no lock."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import SUNDAY


@contextmanager
def run_that_hangs(newsletter: Newsletter) -> Iterator[subprocess.Popen[str]]:
    """Start a real `run` whose blog accepts the connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        feed = f"{newsletter.blog.url}/feed/"
        newsletter.set(feed, f"http://127.0.0.1:{silent.getsockname()[1]}/feed/")
        running = newsletter.program.start("run")
        silent.settimeout(60)
        call, _ = silent.accept()
        try:
            yield running
        finally:
            running.kill()
            running.communicate()
            call.close()
            newsletter.set(f"http://127.0.0.1:{silent.getsockname()[1]}/feed/", feed)


def test_while_one_run_works_the_others_exit_with_75(weekly: Newsletter) -> None:
    weekly.at(SUNDAY)
    with run_that_hangs(weekly):
        answers = {
            word: weekly(word, *more)
            for word, *more in (("run",), ("collect",), ("draft",), ("send", "next"))
        }
        listed = weekly("issues", "--json")

    assert {word: answer.code for word, answer in answers.items()} == dict.fromkeys(answers, 75)
    assert all("Another run is at work" in answer.err for answer in answers.values())
    assert listed.code == 0
    assert weekly.outbox() == {}


def test_a_killed_run_does_not_keep_the_next_one_out(weekly: Newsletter) -> None:
    weekly.at(SUNDAY)
    with run_that_hangs(weekly) as running:
        time.sleep(0.05)
        running.kill()

    assert weekly.run("run", "--json").json["status"] == "sent"


def test_five_at_once_send_one_issue_once(weekly: Newsletter) -> None:
    weekly.at(SUNDAY)
    together = [weekly.program.start("run") for _ in range(5)]
    errors = [process.communicate()[1] for process in together]

    codes = {process.returncode for process in together}
    assert codes <= {0, 75}, errors
    assert 0 in codes
    assert sorted(weekly.outbox()) == ["ann@example.com", "sue@example.com"]
    assert len(weekly.run("issues", "--json").json["issues"]) == 1
