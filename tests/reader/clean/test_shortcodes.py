"""Shortcodes and plugin tags are known by their shape; the author's own brackets stay."""

from __future__ import annotations

import pytest

from tests.reader.clean.conftest import Clean

VIDEO = "https://youtu.be/a1B2c3D4e5F"


@pytest.mark.parametrize(
    "tag",
    [
        '[sgpx gpx="/wp-content/uploads/gpx/loop.gpx"]',
        "[nggallery id=5]",
        "[table id=3 /]",
        "[map-of-routes /]",
        "[wp_recipe number=&#8221;77&#8243;]",
        "[su_box color='#ff0'][/su_box]",
        "[toc]",
        "[gallery]",
        "[strava 1234567]",
        "[et_pb_row admin]",
        "{loadposition banner}",
        "{loadmoduleid 165}",
        "{module 12}",
        "{jcomments off}",
        "{emailcloak=off}",
        "{gallery}races/2026{/gallery}",
        "{phocagallery view=category|categoryid=2}",
    ],
)
def test_a_tag_of_a_plugin_is_left_out(clean: Clean, tag: str) -> None:
    cleaned = clean(f"<p>Around the lake {tag} and home.</p><p>{tag}</p>")
    assert cleaned.html == "<p>Around the lake and home.</p>"
    assert cleaned.excerpt == "Around the lake and home."


@pytest.mark.parametrize(
    "words",
    [
        "I seen him [sic] again",
        "as they say [1] and [42:15] and [Kim: hi]",
        "bring {at least} two gels {or three}",
        "[see below] and [a long aside of mine] too",
        "if x = 3 [so far] and {x, y}",
        "and that was the hill [/rant]",
        "he said [see page = 3] and [so x = y]",
        "I ran [and walked, and/or crawled] home",
        "the film [video below] and the talk [audio here], [VIDEO] too, [see below/]",
        "in {week 3} at {pace 5}, {x on}, {load up} or {loading bars}",
    ],
)
def test_brackets_of_the_author_stay(clean: Clean, words: str) -> None:
    assert clean(f"<p>{words}</p>").html == f"<p>{words}</p>"


@pytest.mark.parametrize(
    "pair",
    [
        '[su_note note_color="#ff0"]Bring water[/su_note]',
        "[note]Bring water[/note]",
        "[b]Bring[/b] water",
        "[row][col width=6]Bring water[/col][/row]",
        "{tip}Bring water{/tip}",
    ],
)
def test_the_words_in_a_pair_stay(clean: Clean, pair: str) -> None:
    assert clean(f"<p>{pair}</p>").html == "<p>Bring water</p>"


def test_a_pair_may_reach_across_paragraphs(clean: Clean) -> None:
    html = clean("<p>[spoiler]</p><p>I won.</p><p>[/spoiler]</p>").html
    assert html == "<p>I won.</p>"


@pytest.mark.parametrize(
    "tag",
    [
        "[youtube a1B2c3D4e5F]",
        '[youtube id="a1B2c3D4e5F"]',
        f"[embed]{VIDEO}[/embed]",
        f'[arve url="{VIDEO}" /]',
        f"[fve]{VIDEO}[/fve]",
        "{youtube}a1B2c3D4e5F{/youtube}",
        "{{&lt; youtube a1B2c3D4e5F &gt;}}",
        "{% youtube a1B2c3D4e5F %}",
    ],
)
def test_the_video_of_a_tag_becomes_its_card(clean: Clean, tag: str) -> None:
    html = clean(f"<p>Here it is:</p><p>{tag}</p>").html
    assert html.endswith(f'<p><a href="{VIDEO}">Watch the video on YouTube</a></p>')


def test_code_that_shows_tags_stays(clean: Clean) -> None:
    html = "<p>Write <code>[nggallery id=5]</code>, or {{ page.title }}.</p>"
    assert clean(html).html == html
