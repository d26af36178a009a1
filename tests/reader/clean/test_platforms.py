"""Posts as the platforms of blogs write them in their feeds: text, lead image and excerpt.

Each file in platforms/ holds the markup of one platform, written after its public
documentation, with what a message should say. `text` is the text part of the whole post.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from newsletter.composer.layout.text_part import body_text
from newsletter.composer.phrase_files import load_phrases
from newsletter.models import Image
from tests.reader.clean.conftest import Clean
from tests.reader.clean.test_safety import assert_harmless

# The text part joins them when all posts are in it.
_BLANK_LINES = re.compile(r"\n{3,}")
_FOLDER = Path(__file__).with_name("platforms")


_CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted(_FOLDER.glob("*.toml"))
    for case in tomllib.loads(path.read_text("utf-8"))["case"]
]


@pytest.mark.parametrize("case", _CASES)
def test_a_platforms_post_comes_as_it_was_meant(clean: Clean, case: dict[str, Any]) -> None:
    media = tuple(Image(url=url) for url in case.get("media", ()))
    post = clean(
        case["html"],
        summary=case.get("summary", ""),
        media=media,
        title=case.get("title", "First frost"),
    )
    text = body_text(post.html, phrases=load_phrases("en"))
    assert _BLANK_LINES.sub("\n\n", text).strip() == case["text"].strip()
    assert (post.image.url if post.image else "") == case.get("image", "")
    assert post.excerpt == case["excerpt"]
    assert_harmless(post.html)
    assert clean(post.html, title=case.get("title", "First frost")).html == post.html
