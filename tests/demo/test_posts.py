import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from newsletter.demo import about
from newsletter.demo.blog import IMAGES
from newsletter.demo.posts import FOLDER, SamplePost, posts

SIGN_OFF = "Happy Trails and Happy Running,"
YEAR = posts(datetime(2026, 12, 31, tzinfo=UTC))
LEAP_DAY = datetime(2028, 2, 29, 12, tzinfo=UTC)
each_post = pytest.mark.parametrize("post", YEAR, ids=lambda post: post.slug)
RESERVED = {"example.com", "example.org", "example.net"}


def pictures(post: SamplePost) -> list[str]:
    return re.findall(
        r'src="https://blog\.example/images/([^"?]+)"', post.html("https://blog.example")
    )


def test_a_dozen_posts_and_more_are_spread_over_every_month() -> None:
    assert len(YEAR) >= 12
    assert {post.published.month for post in YEAR} == set(range(1, 13))


def test_the_sample_can_be_looked_at_on_a_leap_day() -> None:
    assert len(posts(LEAP_DAY)) == len(YEAR)


@each_post
def test_a_post_is_long_enough_to_be_read_and_short_enough_to_be_finished(post: SamplePost) -> None:
    words = unescape(re.sub(r"<[^>]+>", " ", post.body)).split()
    assert 120 <= len(words) <= 500


@each_post
def test_a_post_ends_with_the_author_s_sign_off(post: SamplePost) -> None:
    text = LexborHTMLParser(post.body).text(separator=" ", strip=True)
    assert f"{SIGN_OFF} Maren" in text


@each_post
def test_next_year_s_post_is_not_last_year_s_under_a_new_number(post: SamplePost) -> None:
    again = {later.slug: later for later in posts(datetime(2027, 12, 31, tzinfo=UTC))}[post.slug]
    text, later_text = (
        LexborHTMLParser(sample_post.html("https://blog.example")).text()
        for sample_post in (post, again)
    )
    assert again.number != post.number
    assert later_text != text


@each_post
def test_a_post_has_a_picture_and_every_picture_is_described(post: SamplePost) -> None:
    assert pictures(post)
    images = LexborHTMLParser(post.body).css("img")
    assert all(image.attributes.get("alt") for image in images)


def test_every_picture_is_used_in_one_post() -> None:
    used = [name for post in YEAR for name in set(pictures(post))]
    assert sorted(used) == sorted(path.name for path in IMAGES.glob("*.jpg"))


@pytest.mark.parametrize("path", sorted(IMAGES.glob("*.jpg")), ids=lambda path: path.stem)
def test_a_picture_is_sharp_on_a_phone_and_light_to_load(path: Path) -> None:
    assert path.stat().st_size <= 60_000
    with Image.open(path) as image:
        assert image.size == (1200, 800)


@each_post
def test_links_lead_to_the_blog_itself_or_to_names_made_for_examples(post: SamplePost) -> None:
    links = re.findall(r'href="([^"]+)"', post.html("https://blog.example.com"))
    hosts = {urlsplit(link).hostname for link in links if link.startswith("http")}
    assert hosts <= {"blog.example.com", "example.org"}


def test_every_file_of_the_folder_is_a_post() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {post.slug for post in YEAR}


def test_readers_live_in_both_hemispheres_and_some_have_not_told() -> None:
    hemispheres = {reader.hemisphere for reader in about.READERS}
    assert {"north", "south", None} <= hemispheres
    assert any(not reader.name for reader in about.READERS)


def test_no_reader_has_a_real_address() -> None:
    addresses = [reader.address for reader in about.READERS]
    assert len(set(addresses)) == len(addresses)
    assert {address.rpartition("@")[2] for address in addresses} <= RESERVED
