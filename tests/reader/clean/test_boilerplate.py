"""Boilerplate that a blog adds around a post is removed."""

from __future__ import annotations

import pytest

from newsletter.reader.clean.boilerplate import has_cut_marker, replace_cut_marker
from newsletter.reader.clean.flow import Block
from tests.reader.clean.conftest import Clean

POST = "https://trails.example/2026/11/first-frost/"


@pytest.mark.parametrize(
    "closing",
    [
        (
            f'<p>The post <a href="{POST}">First frost</a> appeared first on '
            '<a href="https://trails.example">Trails</a>.</p>'
        ),
        (
            f'<p>Der Beitrag <a rel="nofollow" href="{POST}">Frost</a> erschien zuerst auf '
            '<a href="https://trails.example/">Trails</a>.</p>'
        ),
        (
            '<p>Il post <a href="http://www.trails.example/2026/11/first-frost">Frost</a> proviene '
            'da <a href="http://trails.example/?utm_source=rss">Trails</a>.</p>'
        ),
        "<p>The post First frost appeared first on Trails.</p>",
        (
            "<br />Filed under: <a href='https://trails.example/category/racing/'>Racing</a> "
            "Tagged: <a href='https://trails.example/tag/hills/'>hills</a>"
        ),
        '<p>Veröffentlicht in <a href="https://trails.example/kategorie/x/">Rennen</a></p>',
        (
            '<a rel="nofollow" href="http://feeds.wordpress.com/1.0/gocomments/trails/1/"><img '
            'alt="" border="0" src="http://feeds.wordpress.com/1.0/comments/trails/1/" /></a>'
        ),
        '<a class="more-link" href="https://trails.example/x">Continue reading →</a>',
        f'<p><a href="{POST}#more-12">(more…)</a></p>',
        f'<p><a href="{POST}">Continue reading First frost</a></p>',
        f'<p><a href="{POST}">Weiterlesen »</a></p>',
        (
            '<div class="sharedaddy sd-sharing-enabled"><h3>Share this:</h3><ul><li><a '
            'href="?share=facebook">Facebook</a></li></ul></div>'
        ),
        '<div id="jp-post-flair"><div class="wpl-likebox">Like Loading...</div></div>',
        '<div class="jp-relatedposts"><h3>Related</h3></div>',
        '<div class="addtoany_share_save_container addtoany_content">Share</div>',
        '<div class="wp-block-jetpack-subscriptions"><p>Subscribe</p></div>',
        '<div class="yarpp yarpp-related"><h3>Related posts:</h3><ol><li>Other</li></ol></div>',
        '<div class="feedflare"><a href="http://feeds.feedburner.com/~ff/x?a=1"><img></a></div>',
        (
            '<ul><li><a href="https://twitter.com/intent/tweet?url=x">Tweet</a></li>'
            '<li><a href="https://www.facebook.com/sharer/sharer.php?u=x">Share</a></li></ul>'
        ),
        (
            '<p><a href="https://medium.example/frost-1a2b">Frost</a> was originally published in '
            '<a href="https://medium.example/trails">Trails</a> on Medium, where people are '
            "continuing the conversation by highlighting and responding to this story.</p>"
        ),
        '<div class="yoast-table-of-contents"><ul><li><a href="#frost">Frost</a></li></ul></div>',
        '<nav id="TableOfContents"><ul><li><a href="#frost">Frost</a></li></ul></nav>',
        '<div class="swp_social_panel"><span class="swp_count">12 Shares</span></div>',
        '<div class="wp-pagenavi">Pages: 1 <a href="https://trails.example/x/2/">2</a></div>',
        '<p><a href="#top">↑ Back to top</a></p>',
        "<h3>Share this:</h3>",
        "<hr>",
        '<p><span class="screen-reader-text">opens in a new tab</span></p>',
    ],
)
def test_additions_are_removed_and_the_post_stays(clean: Clean, closing: str) -> None:
    assert clean(f"<p>Frost on the bridge.</p>{closing}").html == "<p>Frost on the bridge.</p>"


def test_a_last_paragraph_with_other_links_stays(clean: Clean) -> None:
    last = (
        '<p>Thanks to <a href="https://ann.example/">Ann</a> and '
        '<a href="https://trails.example/">you all</a>.</p>'
    )
    assert clean(f"<p>Frost.</p>{last}").html.endswith(last)


@pytest.mark.parametrize("marker", ["[&hellip;]", "[…]", "[...]", "&#91;&#8230;&#93;"])
def test_a_cut_text_ends_in_plain_dots(clean: Clean, marker: str) -> None:
    assert clean(f"<p>I laced my shoes and {marker}</p>").html == "<p>I laced my shoes and…</p>"


def test_dots_in_brackets_inside_a_quotation_stay(clean: Clean) -> None:
    quote = "<blockquote><p>Strong hips […] do more.</p></blockquote>"
    assert clean(quote).html == quote


def test_the_title_is_not_repeated(clean: Clean) -> None:
    assert clean("<h1>First frost</h1><p>Cold.</p>").html == "<p>Cold.</p>"


def test_the_sign_off_is_the_writers_and_stays(clean: Clean) -> None:
    html = clean("<p>Cold.</p><p>Happy Trails and Happy Running,</p>").html
    assert html.endswith("<p>Happy Trails and Happy Running,</p>")


def test_a_sentence_to_share_is_kept_as_text(clean: Clean) -> None:
    html = clean(
        '<p><a href="https://twitter.com/intent/tweet?text=x">Every hill has a top and a view '
        "worth it</a></p>"
    ).html
    assert html == "<p>Every hill has a top and a view worth it</p>"


@pytest.mark.parametrize(
    "form",
    [
        (
            '<form action="https://trails.example/wp-login.php?action=postpass" '
            'class="post-password-form" method="post"><p>Inhalt ist geschützt.</p></form>'
        ),
        '<form method="post" action="/wp-login.php?action=postpass"><input></form>',
    ],
)
def test_a_protected_post_is_known_by_its_form(clean: Clean, form: str) -> None:
    cleaned = clean(form, summary="There is no excerpt because this is a protected post.")
    assert cleaned.protected
    assert cleaned.html == ""
    assert cleaned.excerpt == ""


def test_another_form_is_removed_silently(clean: Clean) -> None:
    cleaned = clean('<p>Join!</p><form action="/go"><input name="a"><button>Go</button></form>')
    assert cleaned.html == "<p>Join!</p>"
    assert not cleaned.protected


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("[gallery ids=&quot;1,2&quot;]", ""),
        ("Before [contact-form-7 id=1] after", "<p>Before after</p>"),
        ("Before [contact-form to=x] after", "<p>Before after</p>"),
        ("He wrote [sic] and [read more] too", "<p>He wrote [sic] and [read more] too</p>"),
        ("Use <code>[gallery]</code> here", "<p>Use <code>[gallery]</code> here</p>"),
    ],
)
def test_only_shortcodes_are_removed(clean: Clean, source: str, text: str) -> None:
    assert clean(source).html == text


@pytest.mark.parametrize(
    "line",
    [
        '<span class="field field--name-title field--type-string">First frost</span>',
        '<span class="field field--name-uid"><span about="/user/1">kim</span></span>',
        '<span class="field field--name-created">Mon, 11/23/2026 - 07:00</span>',
        '<div class="field field-name-field-tags"><div>Tags</div><a href="/tags/ice">ice</a></div>',
        '<ul class="links inline"><li><a href="/x">Add a comment</a></li></ul>',
        '<div class="wpml-ls-statics wpml-ls"><p>Also in: <a href="/fr/">Français</a></p></div>',
        '<div class="post-ratings"><img src="/star.gif" alt="1 Star"> (7 votes)</div>',
        "<p>(7 votes, average: 3.50 out of 5)</p>",
        '<div class="post-views content-post">Post Views: <span>1,204</span></div>',
        "<p>Views: 88</p>",
        "<p>Reading time: 4 minutes</p>",
        '<div class="entry-share-buttons-row"><a href="/x">Pin</a></div>',
        '<aside class="blog-related-posts"><h3>More</h3><p>The dam in June</p></aside>',
        '<div class="newsletter-signup-form"><p>Get my letters</p></div>',
        '<div class="newsletter-form wide"><p>Get my letters</p></div>',
        '<div class="subscription-widget-wrap-editor"><p>Thanks for reading! Subscribe.</p></div>',
        (
            '<div class="captioned-button-wrap"><p>It is public. Share it.</p><p><a class="button '
            'primary" href="https://kim.example/p/a?action=share">Share</a></p></div>'
        ),
        '<p class="button-wrapper"><a class="button" href="https://kim.example/subscribe?">Go</a></p>',
        '<p><a class="kg-btn kg-btn-accent" href="#/portal/signup">Join</a></p>',
    ],
)
def test_lines_that_a_system_writes_around_a_post_are_removed(clean: Clean, line: str) -> None:
    story = "<p>Frost on the bridge, and the heron was still there.</p>"
    for source in (f"{line}{story}", f"{story}{line}"):
        cleaned = clean(source)
        assert cleaned.html == story
        assert cleaned.excerpt == "Frost on the bridge, and the heron was still there."
        assert cleaned.image is None
        assert cleaned.left_out is None


@pytest.mark.parametrize(
    "part",
    [
        '<div class="has-share-buttons"><p>We shared a flask.</p></div>',
        f'<div class="related-posts">{"<p>We shared a flask of tea.</p>" * 40}</div>',
        '<div class="field field--name-body"><p>We shared a flask.</p></div>',
        '<p><a class="button" href="https://hills.example/">Sign up for the relay</a></p>',
        "<p>There were 9 votes.</p>",
        "<p>She read for an hour: reading time.</p>",
    ],
)
def test_what_only_sounds_like_such_a_line_stays(clean: Clean, part: str) -> None:
    assert clean(part).excerpt


def test_a_link_to_a_place_on_another_page_stays(clean: Clean) -> None:
    link = '<a href="https://kim.example/dam/#ice">Ice</a>'
    assert clean(f"<p>See {link.replace(' href', ' class=permalink href')} there.</p>").html == (
        f"<p>See {link} there.</p>"
    )


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ('<h2>Splits <a class="header-anchor" href="#splits">#</a></h2>', "<h3>Splits</h3>"),
        ('<h2>Food<a class="headerlink" href="#food">¶</a></h2>', "<h3>Food</h3>"),
        ('<h2><a href="#a"><svg><title>Link</title></svg></a>Ice</h2>', "<h3>Ice</h3>"),
        ('<h2>Ice <a class="permalink" href="#ice">Link to this heading</a></h2>', "<h3>Ice</h3>"),
        ('<h2>Ice<a class="hash-link" href="#ice">\u200b</a></h2>', "<h3>Ice</h3>"),
        ('<h2><a class="anchor-link" href="#ice">Ice</a></h2>', "<h3>Ice</h3>"),
        (
            '<h2>Ice <a href="https://trails.example/2026/11/first-frost/#ice">#</a></h2>',
            "<h3>Ice</h3>",
        ),
        ('<p>Two of them. <a href="#fnref1">↩</a></p>', "<p>Two of them.</p>"),
        ('<p>Two. <a href="#r" class="footnote-backref">↩<sup>2</sup></a></p>', "<p>Two.</p>"),
        ('<p>Two. <a href="#r" role="doc-backlink">Back</a></p>', "<p>Two.</p>"),
        ('<p>See<a href="#fn1">1</a> and<a href="#n">*</a></p>', "<p>See<sup>1</sup> and*</p>"),
    ],
)
def test_signs_of_the_page_go_with_their_links(clean: Clean, source: str, html: str) -> None:
    assert clean(f"{source}<p>A</p>").html == f"{html}\n<p>A</p>"


@pytest.mark.parametrize("space", [" ", "\n", "\u00a0"])
def test_endless_white_space_is_looked_through_once(space: str) -> None:
    gap = space * 300_000
    block = Block(kind="text", html=f"Up{gap}and down{gap}[…]</b>", text=f"Up{gap}and down{gap}[…]")
    replaced = replace_cut_marker(block)
    assert (replaced.html, replaced.text) == (f"Up{gap}and down…</b>", f"Up{gap}and down…")
    assert not has_cut_marker(Block(kind="text", html="", text=f"Up{gap}and down{gap}."))
