"""A gallery becomes one picture and a link to the others."""

from __future__ import annotations

import pytest

from tests.reader.clean.conftest import Clean

CLASSIC = (
    '<div class="gallery"><dl class="gallery-item"><dt><a href="/1"><img src="/1.jpg"></a></dt>'
    '<dd class="wp-caption-text gallery-caption">The start</dd></dl>'
    '<dl class="gallery-item"><dt><img src="/2.jpg"></dt></dl>'
    '<dl class="gallery-item"><dt><img src="/3.jpg"></dt></dl></div>'
)
GUTENBERG = (
    '<figure class="wp-block-gallery"><figure class="wp-block-image"><img src="/1.jpg">'
    "<figcaption>The start</figcaption></figure>"
    '<figure class="wp-block-image"><img src="/2.jpg"></figure>'
    '<figure class="wp-block-image"><img src="/3.jpg"></figure></figure>'
)
GRID = (
    '<figure class="wp-block-gallery"><ul class="blocks-gallery-grid"><li><figure>'
    '<img src="/1.jpg"><figcaption class="blocks-gallery-item__caption">The start</figcaption>'
    '</figure></li><li><figure><img src="/2.jpg"></figure></li>'
    '<li><figure><img src="/3.jpg"></figure></li></ul></figure>'
)
SLIDES = (
    '<div class="wp-block-jetpack-slideshow"><ul><li><figure><img src="/1.jpg"><figcaption>'
    'The start</figcaption></figure></li><li><figure><img src="/2.jpg"></figure></li>'
    '<li><figure><img src="/3.jpg"></figure></li></ul></div>'
)


@pytest.mark.parametrize("gallery", [CLASSIC, GUTENBERG, GRID, SLIDES])
def test_a_gallery_shows_its_first_picture_and_leads_to_the_others(
    clean: Clean, gallery: str
) -> None:
    html = clean(gallery).html
    assert html.count("<img") == 1
    assert "/1.jpg" in html
    assert "<p><small>The start</small></p>" in html
    assert '<p><a href="https://trails.example/2026/11/first-frost/">+2 more photos</a></p>' in html


def test_a_gallery_of_one_is_just_a_picture(clean: Clean) -> None:
    html = clean('<div class="tiled-gallery"><img src="/1.jpg"></div>').html
    assert html == '<p><img src="https://trails.example/1.jpg" alt="" width="560"></p>'


def test_the_gallerys_own_caption_is_kept(clean: Clean) -> None:
    gallery = GUTENBERG.removesuffix("</figure>") + "<figcaption>All by Ann.</figcaption></figure>"
    assert "<p><small>All by Ann.</small></p>" in clean(gallery).html


def test_without_an_address_to_lead_to_no_picture_is_lost(clean: Clean) -> None:
    html = clean(CLASSIC.replace('src="/', 'src="https://trails.example/'), url="").html
    assert html.count("<img") == 3
