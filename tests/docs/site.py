"""The documentation's site, built from `docs/` as `make docs` does, and its pages parsed."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser

from tests.house.sources import ROOT

DOCS = ROOT / "docs"


def build_site(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build the site into `folder`; a warning fails it."""
    return subprocess.run(
        [
            *(sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going"),
            *("--fresh-env", "--doctree-dir", str(folder.with_name("doctrees"))),
            *(str(DOCS), str(folder)),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


@dataclass(frozen=True)
class Page:
    """One HTML file of the site."""

    path: Path

    @cached_property
    def tree(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.path.read_text("utf-8"))

    @cached_property
    def anchors(self) -> frozenset[str]:
        return frozenset(
            str(node.attributes["id"]) for node in self.tree.css("[id]") if node.attributes["id"]
        )

    def addresses(self) -> list[str]:
        """Return all that the page links to or loads."""
        return [
            str(value)
            for node in self.tree.css("[href], [src]")
            for name in ("href", "src")
            if (value := node.attributes.get(name))
        ]

    def loaded_files(self) -> list[str]:
        """Return what a browser loads by itself to show the page."""
        nodes = self.tree.css("[src], link[rel=stylesheet], link[rel=preload]")
        return [str(node.attributes.get("src") or node.attributes.get("href")) for node in nodes]


@dataclass(frozen=True)
class Site:
    """A built site."""

    folder: Path

    @cached_property
    def pages(self) -> dict[Path, Page]:
        return {path: Page(path) for path in sorted(self.folder.rglob("*.html"))}

    def broken_links(self) -> list[str]:
        """Return the links inside the site that lead to no file, or to no place of a page."""
        return [
            f"{page.path.relative_to(self.folder)}: {address}"
            for page in self.pages.values()
            for address in page.addresses()
            if not self._leads_somewhere(page, address)
        ]

    def _leads_somewhere(self, page: Page, address: str) -> bool:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            return True
        target = page.path
        if parts.path:
            target = (page.path.parent / unquote(parts.path)).resolve()
        if not target.is_file():
            return False
        if not parts.fragment or target not in self.pages:
            return True
        return unquote(parts.fragment) in self.pages[target].anchors
