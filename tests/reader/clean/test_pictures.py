"""Pictures: the right file and width, and no tracking pixels."""

from __future__ import annotations

import re

import pytest

from tests.reader.clean.conftest import Clean


def test_a_relative_picture_becomes_absolute_and_fits_the_column(clean: Clean) -> None:
    html = clean('<p><img src="/up/hill.jpg" width="1024" height="768" alt="The hill"></p>').html
    assert html == (
        '<p><img src="https://trails.example/up/hill.jpg" alt="The hill" width="560" '
        'height="420"></p>'
    )


def test_a_picture_without_known_size_gets_a_width_but_no_height(clean: Clean) -> None:
    assert clean('<img src="/hill.jpg">').html == (
        '<p><img src="https://trails.example/hill.jpg" alt="" width="560"></p>'
    )


def test_a_small_picture_is_not_enlarged(clean: Clean) -> None:
    assert 'width="300" height="200"' in clean('<img src="/a.jpg" width="300" height="200">').html


def test_the_size_in_wordpress_file_names_is_used(clean: Clean) -> None:
    assert 'width="560" height="420"' in clean('<img src="/hill-1024x768.jpg">').html


@pytest.mark.parametrize(
    "attribute", ["data-src", "data-lazy-src", "data-orig-file", "data-opt-src", "data-large-file"]
)
@pytest.mark.parametrize(
    "waiting", ["data:image/gif;base64,R0lGOD", "/img/blank.gif", "/lazyload.png"]
)
def test_lazy_pictures_are_resolved(clean: Clean, attribute: str, waiting: str) -> None:
    html = clean(
        f'<img src="{waiting}" {attribute}="/real.jpg"><noscript><img src="/real.jpg"></noscript>'
    ).html
    assert re.findall(r'src="([^"]+)"', html) == ["https://trails.example/real.jpg"]


def test_a_lazy_srcset_alone_is_enough(clean: Clean) -> None:
    html = clean('<img src="data:," data-srcset="/s.jpg 600w, /m.jpg 1200w, /l.jpg 2400w">').html
    assert 'src="https://trails.example/m.jpg"' in html


def test_the_noscript_copy_stands_in_for_a_picture_nothing_else_names(clean: Clean) -> None:
    html = clean(
        '<img class="lazy" src="data:,"><noscript><img src="/real.jpg" width="640" height="480">'
        "</noscript>"
    ).html
    assert html.count("<img") == 1
    assert 'src="https://trails.example/real.jpg"' in html


@pytest.mark.parametrize(
    ("candidates", "chosen"),
    [
        ("/s.jpg 300w, /m.jpg 1536w, /l.jpg 4000w", "m"),
        ("/s.jpg 300w, /m.jpg 1024w", "m"),
        ("/s.jpg, /m.jpg 2x", "m"),
        ("/s,quality.jpg 300w,/m.jpg 1300w", "m"),
    ],
)
def test_the_file_is_fine_enough_and_no_finer(clean: Clean, candidates: str, chosen: str) -> None:
    html = clean(f'<img src="/s.jpg" srcset="{candidates}" width="300" height="200">').html
    assert f'src="https://trails.example/{chosen}.jpg"' in html
    assert "srcset" not in html


def test_photon_is_asked_for_the_whole_picture_in_our_width(clean: Clean) -> None:
    html = clean(
        '<img src="https://i2.wp.com/trails.example/a.jpg?resize=300%2C200&#038;ssl=1&amp;h=200" '
        'width="300" height="200">'
    ).html
    assert "https://i2.wp.com/trails.example/a.jpg?w=1200&amp;ssl=1" in html
    assert "resize" not in html
    assert 'width="300"' in html
    assert "height" not in html, "the crop is taken back, so its proportions are not true"


def test_photon_without_ssl_is_not_given_it(clean: Clean) -> None:
    assert "ssl=1" not in clean('<img src="https://i0.wp.com/trails.example/a.jpg?w=500">').html


def test_a_picture_elsewhere_is_never_sent_through_photon(clean: Clean) -> None:
    assert "wp.com" not in clean('<img src="https://other.example/a.jpg?w=500">').html


def test_wordpress_com_files_come_in_our_width(clean: Clean) -> None:
    html = clean('<img src="https://trails.files.wordpress.com/2012/10/hips.jpg?w=504&h=284">').html
    assert "hips.jpg?w=1200" in html
    assert 'width="504"' in html


@pytest.mark.parametrize(
    "pixel",
    [
        '<img src="https://pixel.wp.com/b.gif?host=trails.example&feed=1" width="1" height="1">',
        '<img src="https://stats.wordpress.com/b.gif?x=1">',
        '<img src="https://count.example/x.gif" width="2" height="3">',
        '<img src="https://count.example/x.gif" style="width:1px;height:1px">',
        '<img src="http://feeds.feedburner.com/~r/trails/~4/x">',
        '<img src="https://ad.doubleclick.net/x">',
    ],
)
def test_tracking_pixels_are_removed(clean: Clean, pixel: str) -> None:
    cleaned = clean(f"<p>Words.</p><p>{pixel}</p>")
    assert cleaned.html == "<p>Words.</p>"
    assert cleaned.image is None


@pytest.mark.parametrize(
    ("image", "character"),
    [
        (
            (
                '<img class="wp-smiley" alt="💕" '
                'src="https://s.w.org/images/core/emoji/15.1.0/72x72/1f495.png">'
            ),
            "💕",
        ),
        (
            '<img class="emoji" alt="🏃‍♀️" src="https://s.w.org/images/core/emoji/1/svg/1.svg">',
            "🏃‍♀️",
        ),
        ('<img src="https://s.w.org/images/core/emoji/2/72x72/1f3c3-200d-2640.png">', "🏃‍♀"),
        ('<img class="wp-smiley" alt=":)" src="/wp-includes/images/smilies/icon_smile.gif">', "🙂"),
        ('<img class="wp-smiley" alt=";-)" src="/wp-includes/images/smilies/icon_wink.gif">', "😉"),
    ],
)
def test_emoji_images_become_characters(clean: Clean, image: str, character: str) -> None:
    cleaned = clean(f"<p>Ready for fall {image}</p>")
    assert cleaned.html == f"<p>Ready for fall {character}</p>"
    assert cleaned.image is None


def test_an_alt_that_is_only_a_file_name_is_dropped(clean: Clean) -> None:
    assert 'alt=""' in clean('<img src="/IMG_1234.jpg" alt="IMG_1234.jpg" title="IMG_1234">').html


@pytest.mark.parametrize(
    ("source", "alt"),
    [
        ("/a.jpg", "IMG_2034"),
        ("/a.jpg", "WeekInReview_thumb_thumb[2]"),
        ("/a.jpg", "AppleWatchSeries3-FitnessSportUse"),
        ("/a.jpg", "DSC01234 (2)"),
        ("/a.jpg", "Screenshot 2026-11-27 at 07.30.15"),
        ("/a.jpg", "WhatsApp Image 2026-11-27 at 07.30.15"),
        ("/a.jpg", "20261127_073015"),
        ("/ridge-at-dawn-300x200.jpg", "ridge-at-dawn"),
        ("/ridge-at-dawn-scaled.jpg", "Ridge-at-dawn"),
    ],
)
def test_a_file_name_without_its_ending_is_no_description(
    clean: Clean, source: str, alt: str
) -> None:
    assert 'alt=""' in clean(f'<img src="{source}" alt="{alt}">').html


@pytest.mark.parametrize(
    "alt", ["Hill", "Half-marathon", "5K", "RideWithGPS", "Photo", "UTMB-2026", "42.2 km", "Ziel"]
)
def test_a_short_description_is_one(clean: Clean, alt: str) -> None:
    assert f'alt="{alt}"' in clean(f'<img src="/a.jpg" alt="{alt}">').html


def test_a_long_alt_is_cut_at_a_word(clean: Clean) -> None:
    html = clean(f'<img src="/a.jpg" alt="{"hill " * 60}">').html
    alt = re.findall(r'alt="([^"]*)"', html)[0]
    assert len(alt) <= 125
    assert alt.endswith("hill…")


def test_a_linked_picture_without_words_borrows_the_posts_title(clean: Clean) -> None:
    assert 'alt="First frost"' in clean('<a href="/x"><img src="/a.jpg" alt=""></a>').html


@pytest.mark.parametrize(
    "captioned",
    [
        (
            '<div class="wp-caption"><img src="/a.jpg"><p class="wp-caption-text">Hips. '
            'Source: <a href="https://pt.example/">PT</a></p></div>'
        ),
        (
            '<figure><img src="/a.jpg"><figcaption class="wp-element-caption">'
            'Hips. Source: <a href="https://pt.example/">PT</a></figcaption></figure>'
        ),
        (
            '<p>[caption align="aligncenter" width="300"]<img src="/a.jpg"> Hips. '
            'Source: <a href="https://pt.example/">PT</a>[/caption]</p>'
        ),
    ],
)
def test_a_caption_is_one_paragraph_and_keeps_the_source(clean: Clean, captioned: str) -> None:
    assert clean(captioned).html == (
        '<p><img src="https://trails.example/a.jpg" alt="" width="560"></p>\n'
        '<p><small>Hips. Source: <a href="https://pt.example/">PT</a></small></p>'
    )


def test_the_caption_inside_an_old_shortcode_is_kept(clean: Clean) -> None:
    html = clean('[caption width="300" caption="The finish."]<img src="/a.jpg">[/caption]').html
    assert "<p><small>The finish.</small></p>" in html


def test_a_picture_never_splits_a_sentence(clean: Clean) -> None:
    html = clean('<p>We ran <img src="/a.jpg" width="600" height="400"> up the hill.</p>').html
    assert html.startswith("<p>We ran up the hill.</p>\n<p><img ")


def test_an_icon_stays_in_its_line(clean: Clean) -> None:
    html = clean(
        '<p>Gold <img src="/medal.png" width="16" height="16" alt="medal"> for Ann</p>'
    ).html
    assert html.startswith("<p>Gold <img")
    assert html.endswith("for Ann</p>")
