"""Blocks of Gutenberg, of the classic editor, and of pasted HTML."""

from __future__ import annotations

import pytest

from tests.reader.clean.conftest import Clean


@pytest.mark.parametrize(
    ("source", "html"),
    [
        (
            (
                '<div class="wp-block-buttons"><div class="wp-block-button">'
                '<a class="wp-block-button__link" href="/go">Sign up</a></div></div>'
            ),
            '<p><a href="https://trails.example/go">Sign up</a></p>',
        ),
        (
            (
                '<div class="wp-block-columns"><div class="wp-block-column"><p>Left</p></div>'
                '<div class="wp-block-column"><p>Right</p></div></div>'
            ),
            "<p>Left</p>\n<p>Right</p>",
        ),
        (
            (
                '<div class="wp-block-cover"><img class="wp-block-cover__image-background" '
                'src="/c.jpg" alt=""><div class="inner"><p>Go</p></div></div>'
            ),
            '<p><img src="https://trails.example/c.jpg" alt="" width="560"></p>\n<p>Go</p>',
        ),
        (
            '<div class="wp-block-cover" style="background-image:url(/c.jpg)"><p>Go</p></div>',
            '<p><img src="https://trails.example/c.jpg" alt="" width="560"></p>\n<p>Go</p>',
        ),
        (
            (
                '<div class="wp-block-media-text"><figure><img src="/c.jpg"></figure>'
                "<div><p>Beside</p></div></div>"
            ),
            '<p><img src="https://trails.example/c.jpg" alt="" width="560"></p>\n<p>Beside</p>',
        ),
        (
            (
                '<figure class="wp-block-pullquote"><blockquote><p>Go.</p><cite>Ann</cite>'
                "</blockquote></figure>"
            ),
            "<blockquote><p>Go.</p><p><cite>Ann</cite></p></blockquote>",
        ),
        (
            (
                '<p>A</p><hr class="wp-block-separator"/><div style="height:9px" '
                'class="wp-block-spacer"></div><p>B</p>'
            ),
            "<p>A</p>\n<hr>\n<p>B</p>",
        ),
        (
            "<details><summary>Splits</summary><p>All even.</p></details>",
            "<p><strong>Splits</strong></p>\n<p>All even.</p>",
        ),
        (
            (
                '<div class="wp-block-file"><a href="/plan.pdf">The plan</a><a href="/plan.pdf" '
                'class="wp-block-file__button" download>Download</a></div>'
            ),
            '<p><a href="https://trails.example/plan.pdf">The plan</a></p>',
        ),
        ("<!-- wp:paragraph --><p>A</p><!-- /wp:paragraph -->", "<p>A</p>"),
        ("<p>A&nbsp;&nbsp; &nbsp;b</p><p>&nbsp;</p><p><br></p>", "<p>A b</p>"),
        ("<p>10&nbsp;km</p>", "<p>10&nbsp;km</p>"),
        ("One<br><br>Two<br>lines", "<p>One</p>\n<p>Two<br>lines</p>"),
        ("Plain\n\ntext alone", "<p>Plain</p>\n<p>text alone</p>"),
        ('<p class="x" id="y" style="color:red" align="right" onclick="z()">A</p>', "<p>A</p>"),
        (
            "<p><span><span><font>A</font></span></span> <b>b</b><i></i></p>",
            "<p>A <strong>b</strong></p>",
        ),
        (
            "<b><p>A</p><p>B</p></b>",
            "<p><strong>A</strong></p>\n<p><strong>B</strong></p>",
        ),
        ("<dl><dt>Gel</dt><dd>Sweet.</dd></dl>", "<p><strong>Gel</strong></p>\n<p>Sweet.</p>"),
        ("<pre>\na   b\n c </pre>", "<pre>a   b\n c</pre>"),
        ("<p>A &amp; b &lt;c&gt; &copy;</p>", "<p>A &amp; b &lt;c&gt; ©</p>"),
        (
            "<svg><title>Map</title></svg><math><mi>y</mi></math><style>p{}</style> A",
            "<p>Map y A</p>",
        ),
        ("<![CDATA[<p>A</p>]]>", "<p>A</p>"),
    ],
)
def test_each_becomes_plain_email_html(clean: Clean, source: str, html: str) -> None:
    assert clean(source).html == html


def test_headings_start_below_the_posts_title_and_skip_no_level(clean: Clean) -> None:
    html = clean("<h2>A</h2><h4>B</h4><h2>C</h2><h6>D</h6><h3>E</h3>").html
    assert html == "<h3>A</h3>\n<h4>B</h4>\n<h3>C</h3>\n<h4>D</h4>\n<h4>E</h4>"


def test_an_empty_heading_is_removed(clean: Clean) -> None:
    assert clean("<h2> &nbsp;</h2><p>A</p>").html == "<p>A</p>"


def test_lists_keep_their_order_and_nesting(clean: Clean) -> None:
    html = clean(
        '<ol start="3"><li><p>One</p></li><li>Two<ul><li>in</li></ul></li><li></li></ol>'
    ).html
    assert html == '<ol start="3"><li>One</li><li>Two<ul><li>in</li></ul></li></ol>'


def test_an_item_of_two_paragraphs_keeps_both(clean: Clean) -> None:
    assert clean("<ul><li><p>A</p><p>B</p></li></ul>").html == "<ul><li><p>A</p><p>B</p></li></ul>"


def test_words_that_stray_into_a_list_are_kept(clean: Clean) -> None:
    assert clean("<ul>Stray<li>A</li></ul>").html == "<ul><li>Stray</li><li>A</li></ul>"


def test_a_quotation_shows_the_source_its_markup_names(clean: Clean) -> None:
    html = clean(
        '<blockquote cite="https://www.science.example/hips"><p>Hips.</p></blockquote>'
    ).html
    assert html == (
        '<blockquote><p>Hips.</p><p><cite><a href="https://www.science.example/hips">'
        "science.example</a></cite></p></blockquote>"
    )


def test_a_table_of_splits_stays_a_table(clean: Clean) -> None:
    html = clean(
        '<figure class="wp-block-table"><table class="x"><thead><tr><th scope="col">Km</th><th>Time'
        '</th></tr></thead><tbody><tr><td align="right">1</td><td>5:07</td></tr></tbody></table>'
        "<figcaption>Splits</figcaption></figure>"
    ).html
    assert html == (
        '<table role="table"><tbody><tr><th scope="col">Km</th><th>Time</th></tr>'
        "<tr><td>1</td><td>5:07</td></tr></tbody></table>\n<p><small>Splits</small></p>"
    )


def test_a_table_of_many_short_figures_stays_a_table(clean: Clean) -> None:
    row = "<tr><td>12</td><td>1:38:24</td><td>8:12</td><td>141</td><td>+20 ft</td></tr>"
    html = clean(
        "<table><tr><th>Mile</th><th>Time</th><th>Pace</th><th colspan=2>Heart, climb</th></tr>"
        f"{row * 3}</table>"
    ).html
    assert html.count("<td>1:38:24</td>") == 3
    assert clean(html).html == html


@pytest.mark.parametrize(
    "cell", ["<td>5 km with hills</td>", "<td><img src='/a.jpg'></td>", "<td>Registration<br>x"]
)
def test_a_wide_table_is_a_link_to_the_site(clean: Clean, cell: str) -> None:
    row = f"<tr>{cell * 5}</tr>"
    assert clean(f"<table>{row * 3}</table>").html == (
        '<p><a href="https://trails.example/2026/11/first-frost/">'
        "See the table (5 columns, 3 rows) on the site</a></p>"
    )


@pytest.mark.parametrize(
    "layout",
    [
        "<table><tr><td><p>A</p></td><td><p>B</p></td></tr></table>",
        '<table role="presentation"><tr><td>A</td></tr><tr><td>B</td></tr></table>',
        "<table><tr><td>A<table><tr><td>B</td></tr></table></td></tr></table>",
        "<table><tr><td>A</td></tr><tr><td>B</td></tr></table>",
    ],
)
def test_a_layout_table_becomes_paragraphs(clean: Clean, layout: str) -> None:
    assert clean(layout).html == "<p>A</p>\n<p>B</p>"


def test_the_summary_serves_where_there_is_no_content(clean: Clean) -> None:
    cleaned = clean("", summary="<p>Only a <b>summary</b>.</p>")
    assert cleaned.html == "<p>Only a <strong>summary</strong>.</p>"
    assert cleaned.excerpt == "Only a summary."


def test_nothing_at_all_gives_nothing(clean: Clean) -> None:
    cleaned = clean("", summary=" ")
    assert (cleaned.html, cleaned.excerpt, cleaned.image, cleaned.facts) == ("", "", None, None)
    assert cleaned.reading_minutes == 0


@pytest.mark.parametrize(("words", "minutes"), [(1, 1), (230, 1), (231, 2), (2300, 10)])
def test_reading_time_is_rounded_up(clean: Clean, words: int, minutes: int) -> None:
    assert clean(f"<p>{'run ' * words}</p>").reading_minutes == minutes


def test_the_number_of_a_note_stands_in_front_of_its_text(clean: Clean) -> None:
    html = clean(
        '<p>It won.</p><div class="footnote"><a id="footnote-1" href="#footnote-anchor-1" '
        'class="footnote-number">1</a><div class="footnote-content"><p>Again.</p><p>Yes.</p>'
        "</div></div>"
    ).html
    assert html == "<p>It won.</p>\n<p><sup>1</sup> Again.</p>\n<p>Yes.</p>"
    assert clean(html).html == html


def test_a_table_with_paragraphs_of_prose_in_a_cell_is_dissolved(clean: Clean) -> None:
    prose = "We ran along the river until the mist was gone, then up the hill and home. " * 3
    html = clean(
        f'<table><tr><td><img src="/a.jpg"></td><td>Price: 15</td></tr><tr><td colspan="2">'
        f"<p>{prose}</p><p>{prose}</p></td></tr></table>"
    ).html
    assert "<table" not in html
    assert html.count("<img") == 1
    assert html.count("<p>We ran") == 2
    short = "<table><tr><td>Mon</td><td><p>Easy</p><p>5 km</p></td></tr><tr><td>Tue</td><td>Rest"
    assert clean(short).html.startswith("<table")


@pytest.mark.parametrize(
    ("source", "html"),
    [
        (
            '<b style="display:block">Mile 1: 8:12</b><i style="display:block">Mile 2</i>',
            "<p><strong>Mile 1: 8:12</strong></p>\n<p><em>Mile 2</em></p>",
        ),
        (
            "<style>.l{display:flex}</style><b class=l>Mile 1</b><b class=l>Mile 2</b>",
            "<p><strong>Mile 1</strong></p>\n<p><strong>Mile 2</strong></p>",
        ),
        (
            '<h2><span style="display:block">Part</span><u style="display:block">two</u></h2>',
            "<h3>Part<br><u>two</u></h3>",
        ),
        ('<p>5:10 <span style="display:inline-block">a km</span></p>', "<p>5:10 a km</p>"),
        (
            "<fieldset><legend>Splits</legend>8:12, 8:05</fieldset>",
            "<p>Splits</p>\n<p>8:12, 8:05</p>",
        ),
    ],
)
def test_lines_of_their_own_stay_apart(clean: Clean, source: str, html: str) -> None:
    assert clean(source).html == html


def test_a_form_that_asks_for_nothing_is_the_frame_of_a_page(clean: Clean) -> None:
    words = "<p>Two loops around the reservoir.</p>"
    frame = f'<form><input type="hidden" name="state">{words}<input type="submit"></form>'
    assert clean(frame).html == words
    assert clean(f'{words}<form><p>Join us!</p><input type="email"></form>').html == words
