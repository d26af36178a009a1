"""The lead image: the post's own first, never a counter, an avatar or an emoji."""

from __future__ import annotations

import pytest

from newsletter.models import Image
from tests.reader.clean.conftest import Clean

MEDIA = Image(url="/featured.jpg", alt="Frost", width=1200, height=800)
EMOJI = '<img class="emoji" src="https://s.w.org/images/core/emoji/2/72x72/1f3c3.png" alt="🏃">'


def test_the_first_picture_of_the_post_with_its_size(clean: Clean) -> None:
    image = clean('<img src="/a.jpg" width="1024" height="683" alt="Hill">', media=(MEDIA,)).image
    assert image == Image(url="https://trails.example/a.jpg", alt="Hill", width=1024, height=683)


@pytest.mark.parametrize(
    "no_picture",
    [
        EMOJI,
        '<img src="https://pixel.wp.com/b.gif?x" width="1" height="1">',
        '<img src="https://secure.gravatar.com/avatar/1?s=96">',
        '<img src="/small.jpg" width="96" height="96">',
        '<img src="/banner.jpg" width="728" height="90">',
        '<img src="/logo.svg">',
    ],
)
def test_other_pictures_are_skipped(clean: Clean, no_picture: str) -> None:
    image = clean(f"<p>{no_picture}</p>", media=(MEDIA,)).image
    assert image is not None
    assert image.url == "https://trails.example/featured.jpg"
    assert (image.width, image.height, image.alt) == (1200, 800, "Frost")


def test_the_authors_avatar_among_the_media_is_skipped(clean: Clean) -> None:
    faces = (
        Image(url="https://0.gravatar.com/avatar/1?s=96&d=identicon"),
        Image(url="https://trails.files.wordpress.com/blavatar.png"),
        Image(url="javascript:alert(1)"),
    )
    assert clean("<p>Words.</p>", media=faces).image is None
    image = clean("<p>Words.</p>", media=(*faces, MEDIA)).image
    assert image is not None
    assert image.url.endswith("/featured.jpg")


def test_a_video_stands_in_only_where_there_is_no_picture(clean: Clean) -> None:
    video = '<iframe src="https://www.youtube.com/embed/a1B2c3D4e5F"></iframe>'
    image = clean(video).image
    assert image is not None
    assert image.url == "https://i.ytimg.com/vi/a1B2c3D4e5F/hqdefault.jpg"
    other = clean(video, media=(MEDIA,)).image
    assert other is not None
    assert other.url == "https://trails.example/featured.jpg"


@pytest.mark.parametrize(
    "name",
    [
        "badger-mountain-finish.jpg",
        "avatar-mountains.jpg",
        "tracker/2026/start.jpg",
        "carb-loading.png",
        "placeholder-no-more/start.jpg",
        "pixel-5k.jpg",
        "emojis.jpg",
    ],
)
def test_a_word_inside_another_makes_no_badge_face_or_counter(clean: Clean, name: str) -> None:
    image = clean(f'<p><img src="/u/{name}" width="1200" height="800" alt="Finish"></p>').image
    assert image is not None
    assert image.url == f"https://trails.example/u/{name}"


@pytest.mark.parametrize(
    "url",
    [
        "/wp-content/avatars/tom.jpg",
        "/avatar.jpg",
        "/tom-avatar-300x300.jpg",
        "/badges/finisher.png",
        "/badge_2026.png",
        "https://www.gravatar.com/x/y.jpg",
        "https://blogger.googleusercontent.com/tracker/123/posts/default/456.jpg",
    ],
)
def test_faces_badges_and_counters_never_lead(clean: Clean, url: str) -> None:
    assert clean(f'<p><img src="{url}" width="600" height="600" alt="Tom"></p>').image is None
