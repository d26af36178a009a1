"""Every file that a comment, a docstring or a document names is in the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.sources import EVERYTHING, ROOT, sources

_ENDINGS = "py|md|toml|mjml|html|txt|css|js|xml|sh|tz|ini|cfg|xsl|svg|png|jpg"
_CITATION = re.compile(rf"(?<![\w/.@%*>-])(?:[\w.-]+/)*[\w-]+\.(?:{_ENDINGS})\b")
_MODULE = re.compile(r"`((?:newsletter|subscribers|tests)(?:\.[A-Za-z_]\w*)+)`")
_URL = re.compile(r"https?://\S+")
_SEARCHED = (*EVERYTHING, "templates", "docs", ".ci", "docker")

# Files of an author's newsletter folder, of other programs, or of a page's address.
NOT_OURS = {
    "newsletter.toml",
    "mine.toml",
    "intros/mine.toml",
    "last-issue.html",
    "feed.xml",
    "index.html",
    "12.html",
    "robots.txt",
    "year.html",
}
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").glob("*.md"))),
)


def _repository_files() -> frozenset[str]:
    below = (
        path
        for folder in _SEARCHED
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    top = (path for path in ROOT.iterdir() if path.is_file())
    return frozenset(str(path.relative_to(ROOT)) for path in (*below, *top))


FILES = _repository_files()
# Each file's path from the root, and from every folder on its way.
_ENDS = {
    "/".join(Path(file).parts[start:]) for file in FILES for start in range(file.count("/") + 1)
}


def is_in_repository(cited: str) -> bool:
    """Tell whether a cited path is a file, named from the root or from any folder."""
    return cited.removeprefix("../") in _ENDS


def missing_in(prose: str) -> Iterator[str]:
    """Yield the files that a text cites and the repository lacks."""
    for cited in _CITATION.findall(_URL.sub("", prose)):
        if cited not in NOT_OURS and "NAME" not in cited and not is_in_repository(cited):
            yield cited


@pytest.mark.parametrize("folder", EVERYTHING)
def test_every_file_that_a_comment_cites_exists(folder: str) -> None:
    missing = [
        f"{source.path}:{line}: {cited}"
        for source in sources(folder)
        for line, prose in source.prose
        for cited in missing_in(prose)
    ]

    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_cites_exists(document: str) -> None:
    assert list(missing_in((ROOT / document).read_text("utf-8"))) == []


@pytest.mark.parametrize("folder", EVERYTHING)
def test_every_module_that_a_comment_cites_exists(folder: str) -> None:
    missing = [
        f"{source.path}:{line}: {cited}"
        for source in sources(folder)
        for line, prose in source.prose
        for cited in _MODULE.findall(prose)
        if not _is_module_or_name(cited)
    ]

    assert not missing, "\n".join(missing)


def _is_module_or_name(cited: str) -> bool:
    """Tell whether a dotted name is a module or package, or a name in one."""
    parts = cited.split(".")
    for depth in (len(parts), len(parts) - 1):
        place = Path(*parts[:depth])
        if f"{place}.py" in FILES or f"{place}/__init__.py" in FILES:
            file = f"{place}.py" if f"{place}.py" in FILES else f"{place}/__init__.py"
            return depth == len(parts) or parts[-1] in (ROOT / file).read_text("utf-8")
    return (ROOT / Path(*parts)).is_dir()


def test_a_missing_file_is_noticed() -> None:
    assert list(missing_in("See rules.md and newsletter/app.py.")) == ["rules.md"]


def test_the_author_s_own_files_and_web_addresses_are_no_citations() -> None:
    assert list(missing_in("newsletter.toml, as https://example.com/rules.md has it")) == []
