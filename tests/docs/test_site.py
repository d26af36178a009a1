"""The documentation becomes a site: no warning, no dead link, nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.docs.site import DOCS, Site, build_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("docs").resolve() / "site"
    built = build_site(folder)
    assert (built.returncode, built.stderr) == (0, "")
    return Site(folder)


def test_every_page_of_the_docs_is_in_the_site(site: Site) -> None:
    """Sphinx warns of a page that no table of contents names, and a warning fails the build."""
    written = {path.relative_to(DOCS).with_suffix("") for path in DOCS.rglob("*.md")}
    built = {path.relative_to(site.folder).with_suffix("") for path in site.pages}

    assert {Path("index"), Path("greetings"), Path("voice/london")} <= written
    assert written <= built


def test_every_link_inside_the_site_leads_somewhere(site: Site) -> None:
    assert len(site.pages) > 10
    assert site.broken_links() == []


def test_a_dead_link_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<a id="top" href="#top">1</a><a href="#gone">2</a>')
    (tmp_path / "other.html").write_text('<a href="index.html#gone">3</a><a href="no.html">4</a>')

    assert Site(tmp_path).broken_links() == [
        "index.html: #gone",
        "other.html: index.html#gone",
        "other.html: no.html",
    ]


def test_the_site_needs_no_network(site: Site) -> None:
    foreign = {
        address
        for page in site.pages.values()
        for address in page.loaded_files()
        if urlsplit(address).netloc
    }
    styles = "".join(path.read_text("utf-8") for path in site.folder.rglob("*.css"))

    assert foreign == set()
    assert "@import" not in styles
    assert "url(http" not in styles.replace('"', "").replace("'", "")


def test_every_picture_is_described(site: Site) -> None:
    pictures = [
        node for page in site.pages.values() for node in page.tree.css("article img, main img")
    ]

    assert pictures
    assert [node.html for node in pictures if not node.attributes.get("alt")] == []
