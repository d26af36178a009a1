"""Embeds become cards with a public link, without tokens."""

from __future__ import annotations

import pytest

from tests.reader.clean.conftest import POST, Clean


def test_a_video_is_a_linked_picture_and_a_link_that_says_what_it_is(clean: Clean) -> None:
    html = clean(
        '<figure class="wp-block-embed is-provider-youtube"><div class="wp-block-embed__wrapper">'
        '<iframe title="Hill repeats" width="640" height="360" '
        'src="https://www.youtube-nocookie.com/embed/a1B2c3D4e5F?feature=oembed&#038;start=90">'
        "</iframe></div></figure>"
    ).html
    assert html == (
        '<p><a href="https://youtu.be/a1B2c3D4e5F?t=90"><img '
        'src="https://i.ytimg.com/vi/a1B2c3D4e5F/hqdefault.jpg" alt="Video: Hill repeats" '
        'width="480" height="360"></a></p>\n'
        '<p><a href="https://youtu.be/a1B2c3D4e5F?t=90">Watch the video: Hill repeats</a></p>'
    )


@pytest.mark.parametrize(
    ("embed", "link"),
    [
        ("//www.youtube.com/embed/a1B2c3D4e5F?wmode=opaque", "https://youtu.be/a1B2c3D4e5F"),
        ("https://youtube.com/embed/a1B2c3D4e5F?start=x", "https://youtu.be/a1B2c3D4e5F"),
        (
            "https://www.youtube.com/embed/videoseries?list=PL123",
            "https://www.youtube.com/playlist?list=PL123",
        ),
        ("https://player.vimeo.com/video/987?h=S3CRET", "https://vimeo.com/987"),
        (
            "https://www.strava.com/activities/1234/embed/0bb58884S3CRET",
            "https://www.strava.com/activities/1234",
        ),
        (
            "https://connect.garmin.com/modern/activity/embed/42",
            "https://connect.garmin.com/modern/activity/42",
        ),
        (
            "https://ridewithgps.com/embeds?type=route&id=55&sampleGraph=true&privacy_code=S3CRET",
            "https://ridewithgps.com/routes/55",
        ),
        (
            "https://ridewithgps.com/embeds?type=trip&id=56&privacy_code=S3CRET",
            "https://ridewithgps.com/trips/56",
        ),
        (
            "https://www.komoot.com/tour/99/embed?share_token=S3CRET",
            "https://www.komoot.com/tour/99",
        ),
        ("https://www.relive.cc/view/v1abc?r=S3CRET", "https://www.relive.cc/view/v1abc"),
        (
            "https://snippets.mapmycdn.com/routes/view/embedded/77?key=S3CRET",
            "https://www.mapmyrun.com/routes/view/77",
        ),
        (
            "https://open.spotify.com/embed/playlist/5xY?utm_source=S3CRET",
            "https://open.spotify.com/playlist/5xY",
        ),
        (
            "https://embed.podcasts.apple.com/us/podcast/trails/id1?i=S3CRET",
            "https://podcasts.apple.com/us/podcast/trails/id1",
        ),
        ("https://www.instagram.com/p/Bpm_e/embed/?s=S3CRET", "https://www.instagram.com/p/Bpm_e/"),
    ],
)
def test_known_embeds_lead_to_their_public_page(clean: Clean, embed: str, link: str) -> None:
    html = clean(f'<p>Before.</p><p><iframe src="{embed}"></iframe></p>').html
    assert f'<a href="{link}">' in html
    assert "S3CRET" not in html
    assert "<iframe" not in html


@pytest.mark.parametrize(
    ("kind", "link", "label"),
    [
        ("activity", "https://www.strava.com/activities/77", "Run on Strava"),
        ("route", "https://www.strava.com/routes/77", "Route on Strava"),
    ],
)
def test_stravas_placeholder_becomes_a_card(clean: Clean, kind: str, link: str, label: str) -> None:
    html = clean(
        f'<div class="strava-embed-placeholder" data-embed-type="{kind}" data-embed-id="77" '
        'data-token="S3CRET"></div><script src="https://strava-embeds.com/embed.js"></script>'
    ).html
    assert html == f'<p><a href="{link}">{label}</a></p>'


def test_a_quoted_post_keeps_its_words(clean: Clean) -> None:
    html = clean(
        '<blockquote class="twitter-tweet"><p>Fall is here!</p>&mdash; Ann (@ann) '
        '<a href="https://twitter.com/ann/status/1?ref_src=x">May 1</a></blockquote>'
        '<script async src="https://platform.twitter.com/widgets.js"></script>'
    ).html
    assert "<blockquote><p>Fall is here!</p>" in html
    assert html.endswith('<p><a href="https://twitter.com/ann/status/1">See the post on X</a></p>')


def test_an_instagram_block_becomes_a_card(clean: Clean) -> None:
    html = clean(
        '<blockquote class="instagram-media" '
        'data-instgrm-permalink="https://www.instagram.com/p/Bpm/?utm_source=x"><div>'
        '<a href="https://www.instagram.com/p/Bpm/">View this post on Instagram</a></div>'
        "</blockquote>"
    ).html
    assert html == (
        '<p><a href="https://www.instagram.com/p/Bpm/">See the post on Instagram</a></p>'
    )


def test_an_unknown_frame_leads_to_the_post(clean: Clean) -> None:
    html = clean('<iframe src="https://poll.example/7?key=S3CRET"></iframe>').html
    assert html == f'<p><a href="{POST}">Embedded content: view on the site</a></p>'


@pytest.mark.parametrize(
    "frame",
    [
        '<iframe src="https://www.facebook.com/plugins/like.php?href=x"></iframe>',
        '<iframe src="https://widgets.wp.com/likes/?x"></iframe>',
        '<iframe src="https://x.example/" width="0" height="0"></iframe>',
        '<iframe src="about:blank"></iframe>',
        "<iframe></iframe>",
    ],
)
def test_frames_that_are_buttons_or_hidden_are_removed(clean: Clean, frame: str) -> None:
    assert clean(f"<p>Words.</p>{frame}").html == "<p>Words.</p>"


def test_a_document_in_a_frame_is_a_link_to_it(clean: Clean) -> None:
    html = clean('<iframe src="/plans/winter.pdf"></iframe>').html
    assert html == (
        '<p><a href="https://trails.example/plans/winter.pdf">Read the document: winter.pdf</a></p>'
    )


def test_recordings_are_links(clean: Clean) -> None:
    html = clean(
        '<figure class="wp-block-video"><video controls poster="/p.jpg" src="/v.mp4"></video>'
        '</figure><figure class="wp-block-audio"><audio><source src="/a.mp3"></audio></figure>'
    ).html
    assert '<a href="https://trails.example/v.mp4">Watch the video</a>' in html
    assert '<a href="https://trails.example/a.mp3">Listen to the recording</a>' in html
    assert "https://trails.example/p.jpg" in html


def test_an_old_plugin_video_is_found(clean: Clean) -> None:
    html = clean(
        '<object><param name="movie" value="http://www.youtube.com/v/a1B2c3D4e5F&hl=en">'
        '<embed src="http://www.youtube.com/v/a1B2c3D4e5F"></object>'
    ).html
    assert 'href="https://youtu.be/a1B2c3D4e5F"' in html


@pytest.mark.parametrize(
    "line",
    [
        "<p>https://youtu.be/a1B2c3D4e5F</p>",
        '<p><a href="https://youtu.be/a1B2c3D4e5F">https://youtu.be/a1B2c3D4e5F</a></p>',
        "[embed]https://youtu.be/a1B2c3D4e5F[/embed]",
        "<p>[youtube https://www.youtube.com/watch?v=a1B2c3D4e5F&w=560]</p>",
    ],
)
def test_a_video_address_on_its_own_is_a_card(clean: Clean, line: str) -> None:
    html = clean(line).html
    assert '<a href="https://youtu.be/a1B2c3D4e5F">Watch the video on YouTube</a>' in html
    assert "[" not in html


def test_an_address_within_a_sentence_stays_text(clean: Clean) -> None:
    html = clean("<p>See https://youtu.be/a1B2c3D4e5F for the drill.</p>").html
    assert html == "<p>See https://youtu.be/a1B2c3D4e5F for the drill.</p>"
