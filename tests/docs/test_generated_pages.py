"""Pages that are made from the code say what the code says, and name every message with a cure."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from newsletter.cli.exit_codes import ExitCode
from tests.docs.site import DOCS
from tests.house.sources import ROOT, sources
from tests.support.program import Program
from tools.docs.commands_page import EXIT_CODES
from tools.docs.messages import Message, collect_messages, pattern
from tools.docs.pages import PAGES
from tools.docs.settings_page import SECRETS
from tools.docs.state_pictures import BATCH, DELIVERY, ISSUE, Picture, draw
from tools.docs.trouble_page import SUBJECTS, subject_of

MESSAGES, UNKNOWN = collect_messages()


@pytest.mark.parametrize(("name", "make"), PAGES.items(), ids=PAGES)
def test_a_page_that_is_made_from_the_code_is_current(name: str, make: Callable[[], str]) -> None:
    written = (DOCS / name).read_text("utf-8")

    assert written == make(), f"`python -m tools.docs` writes docs/{name} anew."


def test_the_source_tells_the_words_of_every_message() -> None:
    """A message that is put together elsewhere would be missing in the index."""
    assert UNKNOWN == []
    assert len(MESSAGES) > 400


def test_every_message_has_a_subject() -> None:
    headings = {subject_of(message.path).heading for message in MESSAGES}

    assert headings == {subject.heading for subject in SUBJECTS}


def test_every_variable_of_the_environment_is_explained() -> None:
    names = {
        name
        for source in sources("newsletter")
        for name in re.findall(r'"((?:NEWSLETTER|SENDGRID)_[A-Z_]+)"', source.text)
    }

    assert {name for name in names if f"`{name}`" not in SECRETS} == set()


def test_every_exit_code_is_explained_and_readme_agrees() -> None:
    assert set(EXIT_CODES) == set(ExitCode)


MISTAKES: dict[str, tuple[str, ...]] = {
    "no newsletter here": ("draft",),
    "no such folder": ("--folder", "nowhere", "run"),
    "a strange restore": ("restore", "no-such.tar.gz"),
    "no such reader": ("subscribers", "show", "nobody@example.com"),
}


@pytest.mark.parametrize("words", MISTAKES.values(), ids=MISTAKES)
def test_what_the_program_says_is_found_in_the_index(
    words: tuple[str, ...], program: Program
) -> None:
    program.folder.mkdir()
    result = program(*words)

    assert result.code != 0
    assert _entry(result.err) is not None, result.err


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Program:
    program = Program(tmp_path_factory.mktemp("example") / "newsletter")
    result = program("demo", str(program.folder))
    assert result.code == 0, result.err
    return program


def test_findings_of_check_are_found_in_the_index(example: Program) -> None:
    example("edit", "next", "--subject", "FREE SHOES FOR ALL OF YOU!!!")
    findings = example("check", "next", "--no-network", "--json").json["findings"]

    assert findings
    for finding in findings:
        entries = [message for message in MESSAGES if message.rule == finding["rule"]]
        assert [m for m in entries if pattern(m.cure).fullmatch(finding["cure"])], finding


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('rhythm = "weekly"', 'rythm = "weekly"'),
        ('rhythm = "weekly"', 'rhythm = "daily"'),
        ('rhythm = "weekly"', 'preheader = "{{ rest"'),
        ("[site]", "[site]\ntrusted_proxies = -1"),
    ],
)
def test_what_wrong_settings_are_told_is_found_in_the_index(
    example: Program, old: str, new: str
) -> None:
    example.set(old, new)
    result = example("draft")
    example.set(new, old)

    assert result.code != 0
    assert _entry(result.err) is not None, result.err


def _entry(said: str) -> Message | None:
    """Return the message of the index that the program said, with its cure."""
    words = " ".join(said.split())
    for message in MESSAGES:
        both = f"{message.text} {message.cure}"
        if not re.fullmatch("[… .]*", message.text) and pattern(both).search(words):
            return message
    return None


def test_a_message_is_read_from_the_code_with_gaps_for_its_values() -> None:
    by_text = {message.text: message for message in MESSAGES}
    message = by_text["NEWSLETTER_NOW is …, which is not a moment with its offset."]

    assert message.cure == 'Write it as "2026-11-29T07:00:00-07:00".'
    assert message.path == "newsletter/config/secrets.py"
    assert (ROOT / message.path).is_file()


@pytest.mark.parametrize("picture", [ISSUE, BATCH, DELIVERY], ids=lambda picture: picture.title)
def test_a_picture_of_states_shows_each_allowed_step(picture: Picture) -> None:
    svg = draw(picture)
    steps = {
        (origin, target)
        for origin, targets in picture.transitions.items()
        for target in targets - {origin}
    }

    assert set(re.findall(r'data-step="(\w+) (\w+)"', svg)) == steps
    assert {name.replace("_", " ") for name in picture.transitions} <= set(
        re.findall(r">([a-z ]+)</text>", svg)
    )
