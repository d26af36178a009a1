"""`--log-format json` of the commands that run unattended."""

from __future__ import annotations

import json
import signal
import urllib.request
from typing import Any

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import SUNDAY


def log_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_run_logs_its_figures_in_one_line(weekly: Newsletter) -> None:
    answer = weekly.at(SUNDAY)("--quiet", "run", "--log-format", "json")
    (line,) = log_of(answer.err)

    assert (answer.code, answer.out) == (0, "")
    assert (line["event"], line["exit_code"], line["issue"]) == ("run", 0, 1)
    assert (line["planned"], line["accepted"], line["status"]) == (2, 2, "sent")
    assert "ann@" not in answer.err


def test_what_fails_and_what_needs_a_person_is_logged_as_such(weekly: Newsletter) -> None:
    weekly.blog.pages.clear()
    failing = weekly.at(SUNDAY)("--quiet", "run", "--log-format", "json")
    weekly.set("weekly", "wekly")
    wrong = weekly("run", "--log-format", "json")

    assert {line["event"]: line["level"] for line in log_of(failing.err)} == {
        "run": "info",
        "said": "warning",
    }
    assert [(line["event"], line["exit_code"]) for line in log_of(wrong.err)] == [("failed", 2)]


def test_the_site_logs_requests_and_serves_metrics(weekly: Newsletter) -> None:
    site = weekly.program.start(
        "serve", "--port", "0", "--host", "127.0.0.1", "--log-format", "json", "--metrics-port", "0"
    )
    assert site.stderr is not None
    try:
        said = [json.loads(site.stderr.readline())["message"] for _ in range(2)]
        address = said[0].split()[4]
        metrics = said[1].split()[-1]
        with urllib.request.urlopen(f"{address}healthz", timeout=60) as answer:
            assert answer.status == 200
        request = json.loads(site.stderr.readline())
        with urllib.request.urlopen(metrics, timeout=60) as answer:
            figures = answer.read().decode()
    finally:
        site.send_signal(signal.SIGTERM)
        site.communicate(timeout=60)

    assert site.returncode == 0
    assert (request["event"], request["route"], request["status"]) == ("request", "/healthz", 200)
    assert 'route="/healthz",status="200"} 1.0' in figures
