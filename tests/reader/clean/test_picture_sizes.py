"""Sizes of pictures: what is said or measured, and nothing guessed."""

from __future__ import annotations

import re

import pytest

from newsletter.models import Image
from tests.reader.clean.conftest import Clean

HILL = '<p><img src="/hill.jpg" width="1200" height="800" alt="The hill"></p>'


def _size(html: str) -> dict[str, int]:
    (tag,) = re.findall(r"<img[^>]*>", html)
    return {name: int(value) for name, value in re.findall(r' (width|height)="(\d+)"', tag)}


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ('height="20"', {"height": 20}),
        ('style="height:1em"', {"height": 16}),
        ('style="height:1em;width:1em"', {"width": 16, "height": 16}),
        ('style="width: 1.5rem"', {"width": 24}),
        ('style="border:0;height:36px"', {"height": 36}),
        ('style="max-width:24px"', {"width": 24}),
        ('style="max-height: 18pt !important"', {"height": 24}),
        ('width="900" height="600" style="max-width:30px"', {"width": 30, "height": 20}),
        ('width="24px" height="24px"', {"width": 24, "height": 24}),
    ],
)
def test_a_small_picture_stays_in_its_sentence(
    clean: Clean, said: str, size: dict[str, int]
) -> None:
    cleaned = clean(f'<p>On <img src="/s.png" alt="Strava" {said}> and foot.</p>{HILL}')
    first, *_ = cleaned.html.split("\n")
    assert first.startswith("<p>On <img")
    assert first.endswith("> and foot.</p>")
    assert cleaned.excerpt == "On Strava and foot."
    assert _size(first) == size
    assert cleaned.image is not None
    assert cleaned.image.url.endswith("/hill.jpg")


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("", {"width": 560}),
        ('width="100%"', {"width": 560}),
        ('style="width:50%"', {"width": 560}),
        ('style="line-height:1;min-height:10px"', {"width": 560}),
        ('style="max-width:100%;height:auto" width="1200" height="800"',
         {"width": 560, "height": 373}),
        ('width="0" height="0" style="width:100%;height:auto"', {"width": 560}),
        ('height="300"', {"height": 300}),
    ],
)  # fmt: skip
def test_a_picture_of_no_stated_width_gets_no_invented_proportions(
    clean: Clean, said: str, size: dict[str, int]
) -> None:
    cleaned = clean(f'<p><img src="/a.jpg" alt="A" {said}></p>')
    assert _size(cleaned.html) == size
    assert cleaned.image is not None


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("hill-1024x768.jpg", {"width": 560, "height": 420}),
        ("hill-300x225.jpg", {"width": 300, "height": 225}),
        ("hill-150x150.jpg", {"width": 150, "height": 150}),
        ("track-12x400.jpg", {"width": 560}),
        ("session-10x1000.jpg", {"width": 560}),
        ("hills-20x200.jpg", {"width": 560}),
        ("race-5000x1000.jpg", {"width": 560}),
    ],
)
def test_a_name_counts_only_where_it_looks_like_a_resized_copy(
    clean: Clean, name: str, size: dict[str, int]
) -> None:
    assert _size(clean(f'<p><img src="/{name}" alt="A"></p>').html) == size


def test_a_workout_in_the_file_name_gives_no_height(clean: Clean) -> None:
    cleaned = clean('<p><img src="/track-12x400.jpg" alt="The track" width="600"></p>')
    assert _size(cleaned.html) == {"width": 560}
    assert cleaned.image == Image(
        url="https://trails.example/track-12x400.jpg", alt="The track", width=600
    )


@pytest.mark.parametrize("hidden", ['width="0"', 'height="0"', 'style="width:0;height:0"'])
def test_a_picture_without_any_size_is_not_shown(clean: Clean, hidden: str) -> None:
    cleaned = clean(f'<p>Words.</p><p><img src="/count.gif" alt="" {hidden}></p>')
    assert cleaned.html == "<p>Words.</p>"
    assert cleaned.image is None


def test_a_low_picture_never_leads(clean: Clean) -> None:
    button = '<p><a href="/tip"><img src="/tip.png" alt="A tip" style="height:60px"></a></p>'
    cleaned = clean(f"<p>Words.</p>{button}{HILL}")
    assert 'height="60"' in cleaned.html
    assert cleaned.image is not None
    assert cleaned.image.url.endswith("/hill.jpg")


@pytest.mark.parametrize(
    "beside",
    [
        '<img src="/s.png" alt="Strava" width="16"> Strava',
        'Strava<img src="/s.png" alt="Strava" width="16">',
        '<a href="/s"><img src="/s.png" alt="Strava" width="16"> Strava</a>',
    ],
)
def test_an_icon_beside_its_name_says_it_once(clean: Clean, beside: str) -> None:
    cleaned = clean(f"<p>I am on {beside}, mostly.</p>")
    assert cleaned.excerpt == "I am on Strava, mostly."
    assert 'alt=""' in cleaned.html
    assert clean(cleaned.html).html == cleaned.html


def test_an_icon_beside_another_word_keeps_its_own(clean: Clean) -> None:
    excerpt = clean('<p>A <img src="/s.png" alt="Run" width="16"> Runners club.</p>').excerpt
    assert excerpt == "A Run Runners club."
