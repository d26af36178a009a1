"""Players, files and other pages in elements of their own become one line each."""

from __future__ import annotations

import pytest

from tests.reader.clean.conftest import POST, Clean

VIDEO = "https://youtu.be/a1B2c3D4e5F"
STILL = "https://i.ytimg.com/vi/a1B2c3D4e5F/hqdefault.jpg"
AUDIO_CARD = (
    '<div class="kg-card kg-audio-card"><img src="" alt="audio-thumbnail">'
    '<div class="kg-audio-player-container"><audio src="/media/owl.mp3"></audio>'
    '<div class="kg-audio-title">An owl at dawn</div><div class="kg-audio-player">'
    '<button aria-label="Play audio"></button><span>0:00</span><div>/<span>84.1</span></div>'
    '<input type="range"><button>1&#215;</button></div></div></div>'
)
BOOKMARK_CARD = (
    '<figure class="kg-card kg-bookmark-card"><a class="kg-bookmark-container" '
    'href="https://hills.example/"><div class="kg-bookmark-title">Three Hills</div>'
    '<div class="kg-bookmark-description">A relay in June</div><div class="kg-bookmark-metadata">'
    '<img class="kg-bookmark-icon" src="https://hills.example/favicon.ico"><span>Hills Club</span>'
    '</div><div class="kg-bookmark-thumbnail"><img src="https://hills.example/t.jpg"></div></a>'
    "<figcaption>We start at nine.</figcaption></figure>"
)
FILE_CARD = (
    '<div class="kg-card kg-file-card"><a class="kg-file-card-container" href="/f/plan.pdf">'
    '<div class="kg-file-card-title">The plan</div><div class="kg-file-card-caption">For ten weeks'
    '</div><div class="kg-file-card-metadata"><div class="kg-file-card-filename">plan.pdf</div>'
    '<div class="kg-file-card-filesize">93 KB</div></div></a></div>'
)
VIDEO_CARD = (
    '<figure class="kg-card kg-video-card"><div class="kg-video-container">'
    '<video src="/media/end.mp4" poster="/media/end.jpg"></video><div><button>Play</button>'
    "<span>0:00</span>/<span>0:21</span></div></div><figcaption>The last hill</figcaption></figure>"
)


@pytest.mark.parametrize(
    ("card", "html"),
    [
        (
            AUDIO_CARD,
            (
                '<p><a href="https://trails.example/media/owl.mp3">'
                "Listen to the recording: An owl at dawn</a></p>"
            ),
        ),
        (
            BOOKMARK_CARD,
            (
                '<p><a href="https://hills.example/">Three Hills – A relay in June</a></p>\n'
                "<p><small>We start at nine.</small></p>"
            ),
        ),
        (
            FILE_CARD,
            (
                '<p><a href="https://trails.example/f/plan.pdf">'
                "The plan – For ten weeks (plan.pdf, 93 KB)</a></p>"
            ),
        ),
        (
            VIDEO_CARD,
            (
                '<p><a href="https://trails.example/media/end.mp4">'
                '<img src="https://trails.example/media/end.jpg" alt="Video" width="560"></a></p>\n'
                '<p><a href="https://trails.example/media/end.mp4">Watch the video</a></p>\n'
                "<p><small>The last hill</small></p>"
            ),
        ),
    ],
)
def test_a_card_of_ghost_is_one_link(clean: Clean, card: str, html: str) -> None:
    cleaned = clean(f"{card}<p>We ran on.</p>")
    assert cleaned.html == f"{html}\n<p>We ran on.</p>"
    assert cleaned.excerpt == "We ran on."
    assert clean(cleaned.html).html == cleaned.html


def test_the_icon_of_another_site_is_not_the_lead_image(clean: Clean) -> None:
    assert clean(BOOKMARK_CARD).image is None


@pytest.mark.parametrize(
    "player",
    [
        '<lite-youtube videoid="a1B2c3D4e5F"></lite-youtube>',
        '<lite-youtube videoid="a1B2c3D4e5F"><a href="#"><span>Play</span></a></lite-youtube>',
        '<amp-youtube data-videoid="a1B2c3D4e5F" width="480" height="270"></amp-youtube>',
        f'<figure class="media"><oembed url="{VIDEO}"></oembed></figure>',
        f'<div data-oembed-url="{VIDEO}"></div>',
        '<div class="player" data-src="https://www.youtube.com/embed/a1B2c3D4e5F"></div>',
        '<object data="https://www.youtube.com/v/a1B2c3D4e5F"></object>',
    ],
)
def test_a_video_is_found_in_any_element(clean: Clean, player: str) -> None:
    cleaned = clean(f"<p>The film:</p>{player}")
    assert cleaned.html == (
        f'<p>The film:</p>\n<p><a href="{VIDEO}"><img src="{STILL}" alt="Video" width="480" '
        f'height="360"></a></p>\n<p><a href="{VIDEO}">Watch the video on YouTube</a></p>'
    )
    assert cleaned.image is not None


@pytest.mark.parametrize(
    ("element", "link", "label"),
    [
        (
            '<amp-iframe src="https://www.strava.com/activities/77/embed/x"></amp-iframe>',
            "https://www.strava.com/activities/77",
            "Run on Strava",
        ),
        (
            (
                '<div class="twitter-embed" data-attrs="{&quot;url&quot;:'
                '&quot;https://twitter.com/jo/status/12&quot;}"></div>'
            ),
            "https://x.com/jo/status/12",
            "See the post on X",
        ),
        (
            (
                '<div class="instagram-embed-wrap" data-attrs="{&quot;instagram_id&quot;:'
                '&quot;Cx_1-a&quot;}"></div>'
            ),
            "https://www.instagram.com/p/Cx_1-a/",
            "See the post on Instagram",
        ),
        (
            (
                '<div class="digest-post-embed" data-attrs="{&quot;title&quot;:&quot;Frost&quot;,'
                '&quot;url&quot;:&quot;https://jo.example/p/last-frost&quot;}"></div>'
            ),
            "https://jo.example/p/last-frost",
            "Frost",
        ),
        (
            (
                '<div class="sqs-video-wrapper" data-html="&lt;iframe width=9 '
                'src=&quot;//player.vimeo.com/video/123456&quot;&gt;&lt;/iframe&gt;"></div>'
            ),
            "https://vimeo.com/123456",
            "Watch the video on Vimeo",
        ),
        (
            '<iframe class="mastodon-embed" src="https://run.example/@jo/12/embed"></iframe>',
            "https://run.example/@jo/12",
            "See the post on Mastodon",
        ),
        (
            "<p>https://bsky.app/profile/jo.example/post/3k</p>",
            "https://bsky.app/profile/jo.example/post/3k",
            "See the post on Bluesky",
        ),
        (
            '<amp-twitter data-tweetid="1860000000000000001"></amp-twitter>',
            "https://x.com/i/status/1860000000000000001",
            "See the post on X",
        ),
        (
            '<amp-soundcloud data-trackid="12345"></amp-soundcloud>',
            "https://trails.example/2026/11/first-frost/",
            "Embedded content: view on the site",
        ),
        (
            '<amp-instagram data-shortcode="Cx_1-a"></amp-instagram>',
            "https://www.instagram.com/p/Cx_1-a/",
            "See the post on Instagram",
        ),
        (
            '<lite-vimeo videoid="123456" title="Frost"></lite-vimeo>',
            "https://vimeo.com/123456",
            "Watch the video on Vimeo: Frost",
        ),
        (
            '<amp-audio src="/owl.mp3"></amp-audio>',
            "https://trails.example/owl.mp3",
            "Listen to the recording",
        ),
        (
            '<amp-video src="/a.mp4">No video</amp-video>',
            "https://trails.example/a.mp4",
            "Watch the video",
        ),
        (
            '<route-map src="https://maps.example/9"></route-map>',
            POST,
            "Embedded content: view on the site",
        ),
        (
            '<object data="/plan.pdf" type="application/pdf">No PDF</object>',
            "https://trails.example/plan.pdf",
            "Read the document: plan.pdf",
        ),
        ('<object data="/map.swf"></object>', POST, "Embedded content: view on the site"),
        (
            '<embed src="/plan.pdf">',
            "https://trails.example/plan.pdf",
            "Read the document: plan.pdf",
        ),
    ],
)
def test_what_plays_elsewhere_is_a_link(clean: Clean, element: str, link: str, label: str) -> None:
    assert clean(element).html == f'<p><a href="{link}">{label}</a></p>'


def test_the_words_in_an_element_of_the_blogs_own_stay(clean: Clean) -> None:
    assert clean("<my-note data-id=3><p>Ice on the dam.</p></my-note>").html == (
        "<p>Ice on the dam.</p>"
    )


@pytest.mark.parametrize(
    "embed",
    [
        (
            '<blockquote class="wp-embedded-content"><a href="https://kim.example/dam/">The dam</a>'
            '</blockquote><iframe class="wp-embedded-content" src="https://kim.example/dam/embed/">'
            "</iframe>"
        ),
        (
            '<figure><blockquote class="wp-embedded-content"><p><a href="https://kim.example/dam/">'
            'The dam</a></p></blockquote><p><iframe class="wp-embedded-content" style="position: '
            'absolute; visibility: hidden" src="https://kim.example/dam/embed/"></iframe></p></figure>'
        ),
    ],
)
def test_an_embedded_post_and_its_frame_are_one_line(clean: Clean, embed: str) -> None:
    assert clean(embed).html == '<p><a href="https://kim.example/dam/">The dam</a></p>'


def test_a_placeholder_and_the_frame_of_one_run_are_one_line(clean: Clean) -> None:
    run = "https://www.strava.com/activities/77"
    html = clean(
        '<div class="strava-embed-placeholder" data-embed-type="activity" data-embed-id="77"></div>'
        f'<iframe src="{run}/embed/x"></iframe><p>{run}</p>'
    ).html
    assert html == f'<p><a href="{run}">Run on Strava</a></p>'


def test_the_file_block_of_wordpress_is_one_link(clean: Clean) -> None:
    html = clean(
        '<div class="wp-block-file"><object class="wp-block-file__embed" data="/plan.pdf" '
        'type="application/pdf" aria-label="Embed of The plan."></object>'
        '<a href="/plan.pdf">The plan</a></div>'
    ).html
    assert html == '<p><a href="https://trails.example/plan.pdf">The plan</a></p>'


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("<button>Play</button><p>A</p><button>Copy link</button>", "<p>A</p>"),
        ("<div><button>Listen</button><span>0:00</span></div><p>A</p>", "<p>A</p>"),
        (
            '<a href="/go"><button>Sign up for the relay</button></a>',
            '<p><a href="https://trails.example/go">Sign up for the relay</a></p>',
        ),
        (
            "<button onclick=\"window.location.href='/go'\">To the relay</button>",
            '<p><a href="https://trails.example/go">To the relay</a></p>',
        ),
        (
            "<h3><button aria-expanded=false>Day one</button></h3><p>A</p>",
            "<h3>Day one</h3>\n<p>A</p>",
        ),
        (
            "<div><button aria-expanded=false>Day one</button></div><p>A</p>",
            "<p><strong>Day one</strong></p>\n<p>A</p>",
        ),
    ],
)
def test_a_button_is_a_link_or_a_heading_or_nothing(clean: Clean, source: str, html: str) -> None:
    assert clean(source).html == html


WORD = "margin-left:36.0pt;text-indent:-18.0pt;mso-list:l0 level1 lfo1"


@pytest.mark.parametrize(
    ("signs", "html"),
    [
        ("·", "<ul><li>Gloves</li><li>A lamp</li></ul>"),
        ("12", "<ol><li>Gloves</li><li>A lamp</li></ol>"),
        ("45", '<ol start="4"><li>Gloves</li><li>A lamp</li></ol>'),
    ],
)
def test_a_list_pasted_from_word_is_a_list(clean: Clean, signs: str, html: str) -> None:
    items = "\n".join(
        f'<p class="MsoListParagraph" style="{WORD}"><!--[if !supportLists]-->'
        f'<span style="mso-list:Ignore">{sign}{"." if sign.isdigit() else ""}<span style="font:'
        f'7.0pt Times">&nbsp;&nbsp;</span></span><!--[endif]-->{words}<o:p></o:p></p>'
        for sign, words in zip((signs * 2)[:2], ("Gloves", "A lamp"), strict=True)
    )
    cleaned = clean(f'<p class="MsoNormal">Bring:<o:p></o:p></p>{items}').html
    assert cleaned == f"<p>Bring:</p>\n{html}"


def test_notes_beside_a_google_document_stay_private(clean: Clean) -> None:
    html = clean(
        '<p>We ran to the dam.<sup><a href="#cmnt1" id="cmnt_ref1">[a]</a></sup></p>'
        '<div style="border:1px solid black"><p><a href="#cmnt_ref1" id="cmnt1">[a]</a>'
        "<span>Is this true?</span></p><p>Ask Kim.</p></div>"
    ).html
    assert html == "<p>We ran to the dam.</p>"


@pytest.mark.parametrize("described", ["", "{", "[1]", "{&quot;url&quot;: 7}", "[" * 9000])
def test_a_description_that_cannot_be_read_leaves_the_post_as_it_is(
    clean: Clean, described: str
) -> None:
    html = "<p>Two loops before the rain.</p>"
    assert clean(f'{html}<div class="post-embed" data-attrs="{described}"></div>').html == html


def test_a_bare_address_that_became_a_card_is_not_left_out(clean: Clean) -> None:
    assert clean(f"<p>The film:</p><p>{VIDEO}</p>").left_out is None
