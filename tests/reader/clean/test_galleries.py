"""A gallery stays rows of pictures of a readable size."""

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
def test_a_picture_with_a_caption_stands_alone_and_the_others_in_a_row(
    clean: Clean, gallery: str
) -> None:
    html = clean(gallery).html
    assert html == (
        '<p><img src="https://trails.example/1.jpg" alt="" width="560"></p>\n'
        "<p><small>The start</small></p>\n"
        '<p><img src="https://trails.example/2.jpg" alt="" width="260"> '
        '<img src="https://trails.example/3.jpg" alt="" width="260"></p>'
    )
    assert clean(html).html == html


def pictures(count: int, size: str = "") -> str:
    images = "".join(f'<img src="/{number}.jpg"{size}>' for number in range(1, count + 1))
    return f'<div class="kg-gallery-card">{images}</div>'


def test_of_an_odd_number_the_first_has_the_full_width(clean: Clean) -> None:
    html = clean(pictures(5, ' width="1200" height="900"')).html
    assert [row.count("<img") for row in html.split("\n")] == [1, 2, 2]
    assert 'src="https://trails.example/1.jpg" alt="" width="560" height="420"' in html
    assert 'src="https://trails.example/5.jpg" alt="" width="260" height="195"' in html
    assert clean(html).html == html


def test_pictures_of_one_row_are_equally_high(clean: Clean) -> None:
    html = clean(
        '<div class="gallery"><img src="/wide.jpg" width="1200" height="800">'
        '<img src="/tall.jpg" width="800" height="1200"></div>'
    ).html
    assert 'wide.jpg" alt="" width="360" height="240"' in html
    assert 'tall.jpg" alt="" width="160" height="240"' in html
    assert clean(html).html == html


def test_a_large_gallery_leads_to_the_rest_on_the_site(clean: Clean) -> None:
    html = clean(pictures(20)).html
    assert html.count("<img") == 6
    assert html.endswith(
        '<p><a href="https://trails.example/2026/11/first-frost/">+14 more photos</a></p>'
    )


def test_instead_of_a_thumbnail_the_file_behind_it_is_shown(clean: Clean) -> None:
    thumbnails = "".join(
        f'<a href="/{name}.jpg"><img src="/{name}-150x150.jpg" width="150" height="150"></a>'
        for name in ("elk", "owl")
    )
    html = clean(f'<div class="gallery">{thumbnails}</div>').html
    assert html == (
        '<p><img src="https://trails.example/elk.jpg" alt="" width="260"> '
        '<img src="https://trails.example/owl.jpg" alt="" width="260"></p>'
    )


def test_small_pictures_of_one_paragraph_stay_beside_each_other(clean: Clean) -> None:
    html = clean(
        '<p><img src="/a.jpg" width="250"> <a href="/b"><img src="/b.jpg" width="260"></a>'
        '<img src="/c.jpg" width="250"></p>'
    ).html
    assert [row.count("<img") for row in html.split("\n")] == [2, 1]
    assert clean(html).html == html


def test_pictures_on_lines_of_their_own_stay_below_each_other(clean: Clean) -> None:
    for between in ("<br>", "</p><p>", "</p><p>and</p><p>"):
        html = clean(f'<p><img src="/a.jpg" width="99">{between}<img src="/b.jpg" width="99">').html
        assert [row.count("<img") for row in html.split("\n") if "<img" in row] == [1, 1]


@pytest.mark.parametrize(
    "source",
    [
        '<noscript><img src="/elk.jpg" alt="Elk"></noscript><img data-src="/elk.jpg" alt="Elk">',
        '<noscript><img src="/elk.jpg?w=9"></noscript> <img data-src="/elk.jpg" alt="Elk">',
        '<img data-src="/elk.jpg" alt="Elk"><noscript><img src="/elk.jpg" alt="Elk"></noscript>',
        '<img src="data:," alt="x"><noscript><img src="/elk.jpg" alt="Elk"></noscript>',
        '<div><noscript><img src="/elk.jpg" alt="Elk"></noscript></div><img src="/elk.jpg">',
        '<figure><img src="/elk.jpg" alt="Elk"></figure><p><img src="/elk.jpg" alt="Elk"></p>',
    ],
)
def test_a_picture_and_its_copy_for_browsers_without_scripts_are_one(
    clean: Clean, source: str
) -> None:
    html = clean(f"<p>Look:</p><div>{source}</div>").html
    assert html == (
        '<p>Look:</p>\n<p><img src="https://trails.example/elk.jpg" alt="Elk" width="560"></p>'
    )


def test_a_gallery_of_one_is_just_a_picture(clean: Clean) -> None:
    html = clean('<div class="tiled-gallery"><img src="/1.jpg"></div>').html
    assert html == '<p><img src="https://trails.example/1.jpg" alt="" width="560"></p>'


def test_the_gallerys_own_caption_is_kept(clean: Clean) -> None:
    gallery = GUTENBERG.removesuffix("</figure>") + "<figcaption>All by Ann.</figcaption></figure>"
    assert "<p><small>All by Ann.</small></p>" in clean(gallery).html


def test_without_an_address_to_lead_to_no_picture_is_lost(clean: Clean) -> None:
    html = clean(CLASSIC.replace('src="/', 'src="https://trails.example/'), url="").html
    assert html.count("<img") == 3
