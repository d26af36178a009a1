"""Options of every command: the folder, the output format, and the amount of output."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from newsletter import __version__
from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import SUNDAY


def run_in(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    code = Path(__file__).resolve().parents[2]
    return subprocess.run(
        [sys.executable, "-m", "newsletter", *words],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(code), **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_folder_is_named_or_in_the_environment_or_the_current_one(
    drafted: Newsletter, tmp_path: Path
) -> None:
    folder = str(drafted.folder)
    named = run_in(tmp_path, "--folder", folder, "issues")
    after = run_in(tmp_path, "issues", "--folder", folder)
    completed = run_in(tmp_path, "issues", NEWSLETTER_FOLDER=folder)
    here = run_in(drafted.folder, "issues")
    nowhere = run_in(tmp_path, "issues")

    assert "2026-W41" in named.stdout
    assert named.stdout == after.stdout == completed.stdout == here.stdout
    assert nowhere.returncode == 2


@pytest.mark.parametrize(
    "words",
    [
        ("issues",),
        ("posts",),
        ("draft",),
        ("collect",),
        ("show", "next"),
        ("subscribers", "list"),
        ("schedule", "print"),
        ("run",),
    ],
)
def test_json_before_or_after_the_command_is_one_document(
    drafted: Newsletter, words: tuple[str, ...]
) -> None:
    after = drafted(*words, "--json")
    before = drafted("--json", *words)

    assert after.code == before.code == 0
    assert isinstance(json.loads(after.out), dict)
    assert json.loads(before.out).keys() == json.loads(after.out).keys()


def test_an_error_is_one_json_document_and_a_sentence(drafted: Newsletter) -> None:
    answer = drafted("show", "9", "--json")

    assert answer.code == 1
    assert "There is no issue 9." in answer.json["error"]
    assert answer.err.startswith("newsletter: There is no issue 9.")


def test_quiet_says_nothing_when_all_is_well(weekly: Newsletter) -> None:
    answer = weekly.at(SUNDAY).run("--quiet", "run")

    assert (answer.out, answer.err) == ("", "")
    assert len(weekly.outbox()) == 2


def test_quiet_speaks_up_when_a_feed_fails(weekly: Newsletter) -> None:
    weekly.blog.pages["/feed/"] = (500, "text/plain", b"")

    answer = weekly.at(SUNDAY)("--quiet", "run")

    assert answer.out == ""
    assert "HTTP 500" in answer.err


def test_version_and_help_need_no_newsletter(tmp_path: Path) -> None:
    version = run_in(tmp_path, "--version")
    helped = run_in(tmp_path, "--help")

    assert version.stdout.split() == ["newsletter", __version__]
    assert helped.returncode == 0
    for name in ("init", "collect", "draft", "approve", "run", "subscribers", "demo"):
        assert f"  {name} " in helped.stdout


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "ascii"])
def test_a_console_without_unicode_gets_ascii_json_and_readable_text(
    drafted: Newsletter, encoding: str
) -> None:
    env = {"NEWSLETTER_NOW": f"{SUNDAY}:00-06:00", "PYTHONIOENCODING": encoding}
    drafted.set("title = ", 'title = "Läufe 🏃"\n# title = ')
    as_json = run_in(drafted.folder, "doctor", "--json", **env)
    as_text = run_in(drafted.folder, "doctor", **env)
    shown = run_in(drafted.folder, "draft", "--json", **env)
    drafted.run("subscribers", "add", "zoe@example.com", "--name", "Zoë 🏃")
    listed = run_in(drafted.folder, "subscribers", "list", "--json", **env)

    assert as_json.stdout.isascii()
    assert listed.returncode == 0, listed
    assert listed.stdout.isascii()
    assert json.loads(listed.stdout)["subscribers"][-1]["name"] == "Zoë 🏃"
    assert json.loads(as_json.stdout)["findings"]
    assert "? Write your own address as author_email" in " ".join(as_text.stdout.split())
    assert shown.returncode == 0, shown
    assert shown.stdout.isascii()
    for answer in (as_json, as_text, shown, listed):
        assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("words", [("frobnicate",), ("issues", "--frob"), ("show",), ("run", "x")])
def test_unknown_arguments_are_wrong_usage(drafted: Newsletter, words: tuple[str, ...]) -> None:
    answer = drafted(*words)

    assert answer.code == 2
    assert answer.out == ""
    assert "Error:" in answer.err


def test_schedule_prints_a_crontab_line_that_can_be_run(drafted: Newsletter) -> None:
    comment, line = drafted.run("schedule", "print").out.splitlines()
    minute, hour, *_ = line.split()

    assert comment.startswith("# weekly issue on sunday at 07:00 (America/Edmonton)")
    assert (minute, hour) == ("0", "*")
    assert f"--folder {drafted.folder} run" in line


def test_schedule_prints_systemd_units(drafted: Newsletter) -> None:
    units = drafted.run("schedule", "print", "--systemd", "--json").json

    assert units["kind"] == "systemd"
    for words in ("[Service]", "Type=oneshot", "[Timer]", "OnCalendar=", str(drafted.folder)):
        assert words in units["text"]
    assert "serve" not in units["text"], "there is no site yet"
    drafted.set('url = ""', 'url = "https://news.example.com"')
    with_site = drafted.run("schedule", "print", "--systemd").out
    assert f'"--folder" "{drafted.folder}" "serve"\nRestart=always' in with_site
    assert re.search(
        r"enable --now (newsletter-newsletter-\w{4})\.timer \1-site\.service", with_site
    )
