"""The shipped greetings, and a way to write greetings for a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter import resources
from newsletter.composer.greetings.book import IntroBook, without_weather
from newsletter.composer.greetings.load import load_book

WriteBook = Callable[..., IntroBook]


@pytest.fixture(scope="session")
def shipped() -> IntroBook:
    """The greetings of an author who did not opt in to the weather."""
    return without_weather(load_book((resources.templates() / "intros",)))


@pytest.fixture(scope="session")
def with_weather() -> IntroBook:
    return load_book((resources.templates() / "intros",))


@pytest.fixture
def book_of(tmp_path: Path) -> WriteBook:
    """Write files given as `name="text"` into one folder and load it."""

    def write(**files: str) -> IntroBook:
        for name, text in files.items():
            (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        return load_book((tmp_path,))

    return write
