"""`newsletter stats`: what it prints, saves and refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.accessible import assert_page_is_accessible
from tests.statistics.sample import create_sample, report, set_deliveries
from tests.support.newsletter_folder import NOW
from tests.support.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """The program on a newsletter whose first issue has clicks, in a pipe."""
    context = create_sample(tmp_path / "newsletter")
    report(context, 1, "click", 1, 2, 3, post_id=1)
    report(context, 1, "machine_open", 4)
    report(context, 1, "bounce", 5)
    set_deliveries(context, 2, 6, status="failed", fault="session", detail="broken")
    context.engine.dispose()
    return Program(tmp_path / "newsletter", NOW)


def test_figures_are_printed_as_text_as_json_and_as_a_table(program: Program) -> None:
    text = program("stats").out
    assert text.startswith("Pine & Pace: 10 readers, 2 issues so far")
    assert "Hill repeats, week 1" in text
    of_issue = program("stats", "1")
    assert re.search("clicked, by readers +3", of_issue.out)
    assert program("stats", "1", "--json").json["posts"][0]["clicked"] == 3
    assert [issue["clicked"] for issue in program("stats", "--json").json["issues"]] == [3, None]
    assert program("stats", "last", "--csv", "-").out.splitlines()[1].startswith("2,3,")
    assert "reader1@" not in text + of_issue.out


def test_a_console_without_utf_8_gets_ascii(program: Program) -> None:
    program.env = {"PYTHONIOENCODING": "ascii"}
    for words in (("stats",), ("stats", "--json")):
        with program.start(*words) as process:
            text = process.communicate()[0]
        assert process.returncode == 0
        assert text.isascii()
        assert "###" in text or text.startswith("{")


def test_files_are_saved_and_strangers_are_kept(program: Program, tmp_path: Path) -> None:
    page, table = tmp_path / "figures.html", tmp_path / "figures.csv"
    for _ in range(2):
        answer = program("stats", "--html", str(page), "--csv", str(table))
        assert answer.code == 0, answer
    assert "open it in a browser" in answer.err
    page.write_text("My own page", "utf-8")
    refused = program("stats", "--html", str(page))
    assert (refused.code, page.read_text("utf-8")) == (2, "My own page")
    assert "give --yes" in refused.err
    assert program("stats", "--html", str(page), "--yes").code == 0
    assert "<svg" in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("9",), 1, "There is no issue 9."),
        (("next",), 1, "There is no draft now"),
        (("every",), 2, "names no issue"),
        (("--html", "/no/such/folder/x.html"), 1, "There is no folder"),
        (("--json", "--csv", "-"), 2, "not both"),
    ],
)
def test_what_cannot_be_is_refused(
    program: Program, words: tuple[str, ...], code: int, says: str
) -> None:
    answer = program("stats", *words)
    assert answer.code == code, answer
    assert says in answer.err


def test_the_report_is_for_everybody(program: Program, tmp_path: Path, chromium: Browser) -> None:
    file = tmp_path / "figures.html"
    assert program("stats", "--html", str(file)).code == 0
    window = chromium.new_context(java_script_enabled=True)
    page = window.new_page()
    page.goto(file.as_uri())
    assert_page_is_accessible(page, "Figures")
    window.close()
