"""The workflow in docs/github-actions/: valid, careful, and its steps send an issue each week."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import FRIDAY, HILL, MUD, NEXT, NEXT_SUNDAY, SUNDAY
from tests.house.sources import ROOT
from tests.support.blog import Blog
from tests.support.postgresql import PostgreSQL
from tests.support.program import Program
from tests.support.smtp_relay import Relay

FILE = ROOT / "docs" / "github-actions" / "newsletter.yml"
_TOOLS = Path(sys.executable).parent
_READERS = ["ada@example.com", "bo@example.com", "cy@example.com"]
_EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")


def workflow() -> dict[str, Any]:
    document = YAML(typ="safe", pure=True).load(FILE.read_text("utf-8"))
    assert isinstance(document, dict)
    return document


def steps() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = workflow()["jobs"]["newsletter"]["steps"]
    return found


@dataclass(frozen=True, slots=True)
class Runner:
    """A machine of GitHub's: each run has a new one, with a checkout and nothing else."""

    binaries: Path
    values: dict[str, str]

    def run(self, folder: Path, now: str) -> tuple[list[int], str]:
        """Carry the steps out in a folder; return their exit codes and the log."""
        job = workflow()["jobs"]["newsletter"]
        codes, log = [], ""
        for step in job["steps"]:
            if "run" not in step:
                continue
            environ = {
                "PATH": f"{self.binaries}:{os.environ['PATH']}",
                "HOME": str(folder.with_name(f"{folder.name}-home")),
                "NEWSLETTER_NOW": now,
                # Packages come from the tests' own environment, not from an index.
                "PIP_NO_DEPS": "1",
                "PIP_NO_INDEX": "1",
                "PIP_NO_BUILD_ISOLATION": "0",
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
                **self._evaluate(job["env"]),
                **self._evaluate(step.get("env", {})),
            }
            completed = subprocess.run(
                ["bash", "-e", "-c", step["run"]],
                cwd=folder,
                env=environ,
                capture_output=True,
                text=True,
                check=False,
            )
            codes.append(completed.returncode)
            log += completed.stdout + completed.stderr
        return codes, log

    def _evaluate(self, variables: dict[str, str]) -> dict[str, str]:
        return {
            name: _EXPRESSION.sub(lambda match: self.values[match[1]], text)
            for name, text in variables.items()
        }


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    home = tmp_path / "python"
    venv.create(home, with_pip=True)
    (library,) = home.glob("lib/python*/site-packages")
    (library / "tests.pth").write_text("\n".join(p for p in sys.path if p.endswith("packages")))
    return Runner(
        home / "bin",
        {
            "vars.NEWSLETTER_SOURCE": ROOT.as_uri(),
            "inputs.command || 'run'": "run",
            "secrets.NEWSLETTER_SECRET": "a secret of forty letters, made for tests",
            "secrets.SENDGRID_API_KEY": "",
            "secrets.NEWSLETTER_SMTP_PASSWORD": "",
            "secrets.NEWSLETTER_MAILBOX_PASSWORD": "",
        },
    )


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as relay:
        yield relay


@pytest.fixture
def at_home(
    program: Program, blog: Blog, relay: Relay, postgresql_server: PostgreSQL, runner: Runner
) -> Iterator[Newsletter]:
    """The newsletter as its author made it, on their own computer."""
    with postgresql_server.borrow_database() as url:
        runner.values["secrets.NEWSLETTER_DATABASE_URL"] = url
        program.env["NEWSLETTER_DATABASE_URL"] = url
        program.env["NEWSLETTER_SECRET"] = runner.values["secrets.NEWSLETTER_SECRET"]
        newsletter = Newsletter(program, blog)
        newsletter.at("2026-10-05T12:00").publish()
        assert program.init(blog.url, "--yes").code == 0
        for old, new in (
            ('approval = "required"', 'approval = "auto"'),
            ('mailer = "outbox"', 'mailer = "smtp"'),
            ('host = "localhost"', 'host = "127.0.0.1"'),
            ("port = 587", f"port = {relay.port}"),
            ('security = "starttls"', 'security = "none"'),
            ('[site]\nurl = ""', '[site]\nurl = "https://news.example.com"'),
        ):
            newsletter.set(old, new)
        newsletter.run("subscribers", "add", *_READERS)
        yield newsletter


def test_a_new_machine_each_week_sends_each_issue_once_and_asks_nothing(
    at_home: Newsletter, runner: Runner, relay: Relay, tmp_path: Path
) -> None:
    logs = []
    for week, (collected, due, posts) in enumerate(
        ((FRIDAY, SUNDAY, (MUD, HILL)), ("2026-10-16T12:00", NEXT_SUNDAY, (NEXT,)))
    ):
        at_home.at(collected).publish(*posts)
        at_home.run("collect")
        checkout = tmp_path / f"week {week}"
        checkout.mkdir()
        shutil.copy(at_home.folder / "newsletter.toml", checkout)
        codes, log = runner.run(checkout, at_home.at(due).program.now)
        logs.append(log)
        assert codes == [0, 0, 0], log
        assert {path.name for path in checkout.iterdir()} <= {
            "newsletter.toml", "newsletter.journal", ".newsletter.lock",
        }  # fmt: skip
        assert relay.asked == dict.fromkeys(_READERS, week + 1)

    assert not [address for address in _READERS if address in "".join(logs)]
    assert runner.values["secrets.NEWSLETTER_SECRET"] not in "".join(logs)
    issues = at_home.run("issues", "--json").json["issues"]
    assert [(issue["status"], issue["accepted"]) for issue in issues] == [("sent", 3), ("sent", 3)]


def test_a_veto_comes_from_the_page_of_the_workflow(
    at_home: Newsletter, runner: Runner, relay: Relay, tmp_path: Path
) -> None:
    at_home.at(FRIDAY).publish(MUD, HILL)
    at_home.run("collect")
    at_home.run("draft")
    shutil.copy(at_home.folder / "newsletter.toml", tmp_path)
    runner.values["inputs.command || 'run'"] = "stop"
    codes, log = runner.run(tmp_path, at_home.program.now)
    assert codes == [0, 0, 0], log

    runner.values["inputs.command || 'run'"] = "run"
    codes, log = runner.run(tmp_path, at_home.at(SUNDAY).program.now)

    # A person should look: GitHub writes to the author.
    assert codes == [0, 0, 3], log
    assert not relay.asked


def test_the_password_and_the_host_of_the_database_are_masked(
    runner: Runner, tmp_path: Path
) -> None:
    (mask,) = [step["run"] for step in steps() if "secrets out of the log" in step.get("name", "")]
    address = "postgresql+psycopg://news:p%40ss@db.example.com/news?sslmode=require"

    completed = subprocess.run(
        ["bash", "-e", "-c", mask],
        env={"PATH": f"{runner.binaries}:{os.environ['PATH']}", "NEWSLETTER_DATABASE_URL": address},
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )

    assert set(completed.stdout.split()) == {
        "::add-mask::p%40ss", "::add-mask::p@ss", "::add-mask::db.example.com",
    }  # fmt: skip


def test_github_would_take_the_file() -> None:
    words = [
        str(_TOOLS / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows", str(FILE),
    ]  # fmt: skip
    checked = subprocess.run(words, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_an_auditor_of_workflows_finds_nothing() -> None:
    words = [str(_TOOLS / "zizmor"), "--offline", "--no-progress", "--pedantic", str(FILE)]
    audited = subprocess.run(words, capture_output=True, text=True, check=False)
    assert audited.returncode == 0, audited.stdout


def test_nothing_of_a_run_is_kept_and_two_never_overlap() -> None:
    document = workflow()

    assert document["permissions"] == {"contents": "read"}
    assert document["concurrency"] == {"group": "newsletter", "cancel-in-progress": False}
    used = [step["uses"] for step in steps() if "uses" in step]
    # Neither a cache nor an artifact: only the settings come in, and nothing goes out.
    assert [name.partition("@")[0] for name in used] == ["actions/checkout", "actions/setup-python"]
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", name) for name in used)
    assert steps()[0]["with"]["persist-credentials"] is False
    assert "git " not in "".join(step.get("run", "") for step in steps())
