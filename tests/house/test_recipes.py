"""CONTRIBUTING.md's recipes for a check and a mailer, followed step by step on a copy.

Each step edits the file that the recipe names, at the place it names. A test fails when a
recipe no longer leads to a check that reports or a mailer that delivers.
"""

from __future__ import annotations

import datetime as dt
import mailbox
import os
import re
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.blog import Blog
from tests.support.feeds import Item, rss
from tests.support.program import CommandResult, Program

ROOT = Path(__file__).resolve().parents[2]
RECIPES = (ROOT / "CONTRIBUTING.md").read_text("utf-8")

CHECK = '''
"""Report a subject that ends with an exclamation mark."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.composer.checks.proof import Finding, Proof, warning


def check_exclamation(proof: Proof) -> Iterator[Finding]:
    """Warn when the subject shouts at its end."""
    if proof.edition.subject.endswith("!"):
        yield warning("exclamation", "in the subject", "It ends with “!”.", "End it calmly.")
'''

MAILER = '''
"""A mailer that appends each message to one mbox file."""

from __future__ import annotations

import mailbox
from pathlib import Path

from newsletter.models import Receipt
from newsletter.sender.batch import Batch
from newsletter.sender.mime.message import message_builder


class Mbox:
    """Append each message of a batch to an mbox file."""

    name = "mbox"
    connections = 1

    def __init__(self, path: Path, batch_size: int) -> None:
        self.batch_size = batch_size
        self._path = path

    def send(self, batch: Batch) -> tuple[Receipt, ...]:
        """Write the batch: one accepted receipt for each recipient."""
        builder = message_builder(batch)
        box = mailbox.mbox(self._path)
        for recipient in batch.recipients:
            box.add(builder.build(recipient))
        box.close()
        return tuple(
            Receipt(subscriber_id=recipient.subscriber_id, outcome="accepted")
            for recipient in batch.recipients
        )

    def close(self) -> None:
        """Keep nothing open between batches."""
'''


@dataclass(frozen=True, slots=True)
class Checkout:
    """A copy of the repository's program that a contributor changes."""

    root: Path

    def write(self, path: str, text: str) -> None:
        """Write a new module, with the packages it lies in."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        (file.parent / "__init__.py").touch()
        file.write_text(text.lstrip(), "utf-8")

    def insert(self, path: str, before: str, text: str) -> None:
        """Insert `text` in front of the only line of a file that matches `before`."""
        file = self.root / path
        content = file.read_text("utf-8")
        assert len(re.findall(before, content, re.MULTILINE)) == 1, (path, before)
        match = re.search(before, content, re.MULTILINE)
        assert match is not None
        file.write_text(content[: match.start()] + text + content[match.start() :], "utf-8")

    def run(self, program: Program, *words: str) -> CommandResult:
        """Run this copy's program on a newsletter folder."""
        completed = subprocess.run(
            [sys.executable, "-m", "newsletter", "--folder", str(program.folder), *words],
            capture_output=True,
            text=True,
            timeout=120,
            env=program.environment() | {"PYTHONPATH": str(self.root)},
            cwd=self.root,
            check=False,
        )
        return CommandResult(completed.returncode, completed.stdout, completed.stderr)

    def lint_imports(self) -> CommandResult:
        """Check the copy's imports by the contracts of its pyproject.toml."""
        done = subprocess.run(
            [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
            capture_output=True,
            text=True,
            timeout=120,
            env=os.environ | {"PYTHONPATH": str(self.root)},
            cwd=self.root,
            check=False,
        )
        return CommandResult(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root = tmp_path / "checkout"
    for package in ("newsletter", "subscribers", "templates"):
        shutil.copytree(
            ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", root)
    return Checkout(root)


@pytest.fixture
def drafted(program: Program, blog: Blog) -> Program:
    """A newsletter with one reader and a draft of one post."""
    before = Item(number=1, title="Before", day=dt.date(2026, 10, 1))
    blog.serve_feed(rss(before))
    program.now = "2026-10-05T12:00:00-06:00"
    assert program.init(blog.url).code == 0
    assert program("subscribers", "add", "ann@example.com").code == 0
    blog.serve_feed(rss(Item(number=2, title="The long hill!", day=dt.date(2026, 10, 6)), before))
    program.now = "2026-10-09T12:00:00-06:00"
    assert program("collect").code == 0
    return program


def test_the_recipes_name_the_files_that_these_tests_change() -> None:
    for path in (
        "newsletter/composer/checks/proof.py",
        "newsletter/composer/checks/lint.py",
        "newsletter/sender/mailers/__init__.py",
        "newsletter/config/settings.py",
        "newsletter/cli/init.py",
        "newsletter/app.py",
        "newsletter/config/secrets.py",
        "newsletter/models/deliveries.py",
        "pyproject.toml",
    ):
        assert f"`{path}`" in RECIPES


def test_a_new_check_reports_its_finding(checkout: Checkout, drafted: Program) -> None:
    checkout.write("newsletter/composer/checks/exclamation.py", CHECK)
    checkout.insert(
        "newsletter/composer/checks/proof.py", r'^    "font-size",$', '    "exclamation",\n'
    )
    checkout.insert(
        "newsletter/composer/checks/lint.py",
        r"^from newsletter\.composer\.checks\.first_lines import check_first_lines$",
        "from newsletter.composer.checks.exclamation import check_exclamation\n",
    )
    checkout.insert(
        "newsletter/composer/checks/lint.py",
        r"^    check_client_support,$",
        "    check_exclamation,\n",
    )
    assert drafted("draft").code == 0

    answer = checkout.run(drafted, "check", "next", "--no-network", "--json")

    assert answer.code == 0, answer
    assert {
        "level": "warning",
        "rule": "exclamation",
        "where": "in the subject",
        "problem": "It ends with “!”.",
        "cure": "End it calmly.",
    } in answer.json["findings"]
    assert "exclamation" not in drafted("check", "next", "--no-network").out
    assert checkout.lint_imports().code == 0


def test_a_new_mailer_delivers_an_issue(checkout: Checkout, drafted: Program) -> None:
    checkout.write("newsletter/sender/mailers/mbox.py", MAILER)
    settings = "newsletter/config/settings.py"
    checkout.insert(settings, r'(?<=mailer: Literal\[)"outbox"', '"mbox", ')
    checkout.insert(
        settings,
        r"^class SenderSettings\(",
        "class MboxSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):\n"
        '    file: str = "sent.mbox"\n\n\n',
    )
    checkout.insert(
        settings, r"^    outbox: OutboxSettings", "    mbox: MboxSettings = MboxSettings()\n"
    )
    checkout.insert("newsletter/cli/init.py", r'(?<=Choice\(\[)"outbox"', '"mbox", ')
    checkout.insert(
        "newsletter/app.py",
        r'^    if sender\.mailer == "outbox":$',
        '    if sender.mailer == "mbox":\n'
        "        from newsletter.sender.mailers.mbox import Mbox\n\n"
        "        return Mbox(folder / sender.mbox.file, sender.batch_size)\n",
    )
    checkout.insert(
        "newsletter/app.py", r'^        "outbox": "localhost",$', '        "mbox": "localhost",\n'
    )
    checkout.insert(
        "templates/starter/newsletter.toml",
        r"^\[sender\.outbox\]$",
        '[sender.mbox]\nfile = "sent.mbox"\n\n',
    )
    refused = checkout.lint_imports()
    assert refused.code == 1
    assert "newsletter.app -> newsletter.sender.mailers.mbox" in refused.out
    checkout.insert(
        "pyproject.toml",
        r'^    "newsletter\.\*\* -> newsletter\.sender\.mailers\.outbox",$',
        '    "newsletter.** -> newsletter.sender.mailers.mbox",\n',
    )
    linted = checkout.lint_imports()
    assert linted.code == 0, linted
    drafted.set('mailer = "outbox"', 'mailer = "mbox"')
    drafted.set('url = ""', 'url = "https://news.example.com"')
    drafted.set('approval = "required"', 'approval = "auto"')
    assert checkout.run(drafted, "draft").code == 0

    answer = checkout.run(drafted, "send", "next", "--json")

    assert answer.code == 0, answer
    assert (answer.json["status"], answer.json["accepted"]) == ("sent", 1)
    with closing(mailbox.mbox(drafted.folder / "sent.mbox")) as sent:
        (message,) = sent
    assert message["To"] == "ann@example.com"
    assert message["Subject"] == "The long hill!"
