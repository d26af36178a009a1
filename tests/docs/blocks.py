"""The commands in README.md and `docs/`: found in their Markdown, and checked against the program.

A block of `sh` holds commands. In a block of `console` they follow a `$`, and what they print comes
after them, with … for what differs each time. A comment before a block tells the test about it:

    <!-- test: not run, it needs a server with Debian -->

CONTRIBUTING.md lists what a comment may say ("A page of the documentation").
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import click
from markdown_it import MarkdownIt

from newsletter.cli.main import cli
from tests.house.sources import ROOT

_MARK = re.compile(r"<!-- test: (.+?) -->", re.DOTALL)
#: Before a reason, says of a whole page what `not run` says of one block.
_WHOLE = "on this page "
_SHELL = ("sh", "console", "bash", "shell")
#: A word that ends one command and begins the next.
_PLACEHOLDER = re.compile(r"[A-Z]{3,}")
_SEPARATORS = {"|", "&&", "||", ";", "&"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block of a page."""

    page: str
    line: int
    language: str
    text: str
    #: What comments before it tell the test.
    marks: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def not_run(self) -> str:
        """Why the commands of the block are not run, "" if they are."""
        reasons = [mark for mark in self.marks if mark.startswith("not run, ")]
        return reasons[0].removeprefix("not run, ") if reasons else ""

    def steps(self) -> list[Step]:
        """Return the commands of the block, each with what the page shows below it."""
        if self.language not in _SHELL:
            return []
        joined = self.text.replace("\\\n", " ")
        steps: list[Step] = []
        for line in joined.splitlines():
            if self.language != "console":
                if line.strip() and not line.lstrip().startswith("#"):
                    steps.append(Step(command=line.strip(), shown=None))
            elif line.startswith("$ "):
                steps.append(Step(command=line[2:].strip(), shown=()))
            elif steps:
                steps[-1] = Step(command=steps[-1].command, shown=(*(steps[-1].shown or ()), line))
        return steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command, and the lines that a page shows below it; None if it shows nothing."""

    command: str
    shown: tuple[str, ...] | None


@cache
def pages() -> tuple[str, ...]:
    """Return README.md and every page of the documentation, as paths from the root."""
    docs = sorted((ROOT / "docs").glob("*.md"))
    return ("README.md", *(str(path.relative_to(ROOT)) for path in docs))


@cache
def read_page(page: str) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Return the blocks of a page, and what its code spans hold."""
    tokens = MarkdownIt("commonmark").enable("table").parse((ROOT / page).read_text("utf-8"))
    of_page = tuple(mark.removeprefix(_WHOLE) for mark in page_marks(page) if _WHOLE in mark)
    blocks: list[Block] = []
    spans: list[str] = []
    marks: tuple[str, ...] = ()
    for token in tokens:
        if token.type == "html_block":
            marks = (*marks, *_MARK.findall(token.content))
            continue
        if token.type == "fence":
            line = token.map[0] + 1 if token.map else 0
            language = token.info.split()[0] if token.info.strip() else ""
            all_marks = (*marks, *of_page)
            blocks.append(
                Block(page=page, line=line, language=language, text=token.content, marks=all_marks)
            )
        spans.extend(child.content for child in token.children or () if child.type == "code_inline")
        marks = ()
    return tuple(blocks), tuple(spans)


def page_marks(page: str) -> tuple[str, ...]:
    """Return all that comments of a page tell the test."""
    return tuple(_MARK.findall((ROOT / page).read_text("utf-8")))


def invalid_words(command: str) -> Iterator[str]:
    """Yield what the program does not know of the calls of `newsletter` in a command line."""
    try:
        words = shlex.split(command, comments=True)
    except ValueError:
        return
    for index, word in enumerate(words):
        if Path(word).name == "newsletter":
            rest = words[index + 1 :]
            ends = [i for i, each in enumerate(rest) if each in _SEPARATORS]
            yield from _invalid_call(rest[: ends[0]] if ends else rest, is_first=index == 0)


def _invalid_call(words: list[str], *, is_first: bool) -> Iterator[str]:
    command: click.Command = cli
    context = click.Context(cli, info_name="newsletter")
    options = _options(cli)
    seen_command = False
    # What a text leaves open, such as COMMAND or --…, is no word of the program.
    pending = [word for word in words if "…" not in word and not _PLACEHOLDER.fullmatch(word)]
    while pending:
        word = pending.pop(0)
        if word.startswith("--"):
            name, _, value = word.partition("=")
            if name not in options:
                if seen_command or is_first:
                    yield f"{context.command_path} has no option {name}"
                return
            if not options[name] and not value and pending:
                pending.pop(0)
        elif isinstance(command, click.Group) and not word.startswith("-"):
            inner = _find(command, context, word)
            if inner is None:
                # Elsewhere the word may be a container's, a user's or a folder's name.
                if seen_command or is_first:
                    yield f"{context.command_path} has no command {word}"
                return
            seen_command = True
            command, context = inner, click.Context(inner, info_name=word, parent=context)
            options = _options(command)
        elif not isinstance(command, click.Group):
            continue


def _find(group: click.Group, context: click.Context, word: str) -> click.Command | None:
    # Texts write `approve`, `unapprove` with a bar, and dots for what may follow.
    return group.get_command(context, re.split(r"[|,…]", word)[0])


def _options(command: click.Command) -> dict[str, bool]:
    """Return the options of a command, each with whether it stands without a value."""
    found = {"--help": True, "-h": True}
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            found |= dict.fromkeys((*parameter.opts, *parameter.secondary_opts), parameter.is_flag)
    return found
