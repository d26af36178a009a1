"""Clean a post of a sample blog."""

from __future__ import annotations

from typing import Protocol

import pytest

from newsletter.models import Image
from newsletter.reader.clean.post import CleanPost, clean_post

POST = "https://trails.example/2026/11/first-frost/"
BLOG = "https://trails.example/"


class Clean(Protocol):
    def __call__(
        self,
        content: str,
        *,
        summary: str = "",
        media: tuple[Image, ...] = (),
        title: str = "First frost",
        url: str = POST,
    ) -> CleanPost: ...


@pytest.fixture(scope="session")
def clean() -> Clean:
    def clean_sample(
        content: str,
        *,
        summary: str = "",
        media: tuple[Image, ...] = (),
        title: str = "First frost",
        url: str = POST,
    ) -> CleanPost:
        return clean_post(
            content=content, summary=summary, url=url, site_url=BLOG, media=media, title=title
        )

    return clean_sample
