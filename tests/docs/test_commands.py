"""Every command in README.md and `docs/` runs, and prints what the page shows below it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs.blocks import Block, invalid_words, pages, read_page
from tests.docs.shell import NotRunnable, differs, make_example, open_shell
from tests.house.sources import ROOT
from tests.support.program import CommandResult

AsShown = Callable[[str], list[str]]
_TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
RUN = [page for page in pages() if any(b.steps() and not b.not_run for b in read_page(page)[0])]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the example newsletter, which pages begin with copies of."""
    home = tmp_path_factory.mktemp("example")
    make_example(home)
    return home


@pytest.mark.parametrize("page", RUN)
def test_the_commands_of_a_page_do_what_it_shows(page: str, example: Path, tmp_path: Path) -> None:
    with open_shell(tmp_path, page, example) as shell:
        for block in read_page(page)[0]:
            shell.apply(block)
            for step in () if block.not_run else block.steps():
                try:
                    result = shell.run(step.command)
                except NotRunnable:
                    pytest.fail(
                        f"{block.where}: `{step.command}` cannot be run here. Say so before the "
                        "block: <!-- test: not run, REASON -->"
                    )
                if result is None:
                    continue
                told = f"{block.where}: `{step.command}` ended with {result.code}:"
                assert result.code in (0, 3), f"{told}\n{result.err}{result.out}"
                if step.shown is not None:
                    assert _shows(step.shown, result, shell.as_shown), (
                        f"{told} it printed\n{result.err}{result.out}"
                    )


def _shows(shown: tuple[str, ...], result: CommandResult, as_shown: AsShown) -> bool:
    """Tell whether a page shows what was printed on a terminal, in either order."""
    lines = list(shown)
    while lines and not lines[-1].strip():
        lines.pop()
    printed = (result.err + result.out, result.out + result.err, result.out)
    return any(not differs(lines, as_shown(text) if text else []) for text in printed)


@pytest.mark.parametrize("page", pages())
def test_the_program_has_every_command_and_option_that_a_page_names(page: str) -> None:
    blocks, spans = read_page(page)
    commands = [(block.where, step.command) for block in blocks for step in block.steps()]
    commands += [(page, span) for span in spans if span.startswith("newsletter ")]
    wrong = [
        f"{where}: {command}: {problem}"
        for where, command in commands
        for problem in invalid_words(command)
    ]

    assert wrong == []


@pytest.mark.parametrize("page", pages())
def test_the_makefile_has_every_target_that_a_page_names(page: str) -> None:
    blocks, spans = read_page(page)
    lines = [step.command for block in blocks for step in block.steps()] + list(spans)
    named = {match[1] for line in lines if (match := re.match(r"make ([a-z]+)", line))}

    assert named - _TARGETS == set()


def test_every_block_that_is_not_run_says_why() -> None:
    reasons = [block.not_run for page in pages() for block in read_page(page)[0] if block.not_run]

    assert reasons
    assert [reason for reason in reasons if len(reason) < 10] == []


def test_another_output_or_option_is_noticed(tmp_path: Path) -> None:
    shown = ("Issue 2 goes out on …", "…", "That is all.")

    assert not differs(shown, ["Issue 2 goes out on Sunday", "a", "b", "That is all."])
    assert differs(shown, ["Issue 3 goes out on Sunday", "That is all."])
    assert differs(shown, ["Issue 2 goes out on Sunday", "That is all.", "And more."])
    assert list(invalid_words("sudo -u news newsletter --folder /srv/news run --yes")) == []
    assert list(invalid_words("newsletter draft --loud")) == [
        "newsletter draft has no option --loud"
    ]
    assert list(invalid_words("newsletter subscribers befriend a@example.com")) == [
        "newsletter subscribers has no command befriend"
    ]
    with open_shell(tmp_path, "README.md", tmp_path) as shell, pytest.raises(NotRunnable):
        shell.run("docker compose up")


def test_commands_are_found_with_what_a_page_shows_below_them() -> None:
    block = Block(
        page="x.md",
        line=1,
        language="console",
        text="$ newsletter draft \\\n  --json\n{\n}\n$ ls\n",
    )

    assert [(step.command, step.shown) for step in block.steps()] == [
        ("newsletter draft    --json", ("{", "}")),
        ("ls", ()),
    ]
