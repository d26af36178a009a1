"""Every page of the desk is for everybody: axe and our own look, on a phone by night and by day."""

from __future__ import annotations

import re

import pytest

from tests.end_to_end.desk.conftest import OpenWindow, Scheme

# Pages that no place of the navigation is; the rest is found there.
FURTHER = (
    "/?part=text",
    "/?screen=all",
    "/schedule/",
    "/readers/add",
    "/readers/import",
    "/readers/growth",
    "/figures/",
    "/readers/?q=sue",
    "/settings/issue",
    "/settings/database",
    "/settings/file",
    "/posts/?state=seen_before_start",
    "/nowhere",
)


@pytest.mark.parametrize(
    ("width", "scheme"), [(390, "dark"), (1280, "light")], ids=["phone by night", "computer by day"]
)
def test_every_page_is_for_everybody(open_window: OpenWindow, width: int, scheme: Scheme) -> None:
    author = open_window(width=width, scheme=scheme)
    links = author.page.locator("nav.places a").all()
    places = [str(link.get_attribute("href")) for link in links]
    assert len(places) == 7
    for path in (*places, *FURTHER):
        page = author.go(path)
        assert page.locator("h1").count() == 1, path
        assert not re.search("A stone on the path", page.content()), path
        author.assert_accessible()
    author.go("/readers/?q=sue").get_by_role("link", name="sue@example.com").click()
    author.sees("Sue")
    author.assert_accessible()
