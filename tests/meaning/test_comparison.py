"""The measure of meaning itself, on small pages in the real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from newsletter.reader.parsing.items import Item
from tests.meaning.__main__ import Totals, main, measure_item
from tests.meaning.comparison import Comparison, compare
from tests.meaning.reasons import FAULT, reason_of
from tests.meaning.rendering import open_page, render_pieces

Measure = Callable[..., Comparison]


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    with open_page(chromium) as page:
        yield page


@pytest.fixture
def measure(page: Page) -> Measure:
    def compare_with_page(html: str, ours: str, **options: object) -> Comparison:
        return compare(render_pieces(page, html), ours, **options)  # type: ignore[arg-type]

    return compare_with_page


def _missing_words(comparison: Comparison) -> list[str]:
    return [word.word for word in comparison.missing]


def test_a_text_that_says_all_misses_nothing(measure: Measure) -> None:
    html = "<p>We re<b>port</b>ed 10<sup>3</sup> steps.</p><p>Up&shy;hill, 皇居</p>"
    result = measure(html, "We reported 10³ steps.\n\nUphill,\n皇居")
    assert result.visible == 7
    assert _missing_words(result) == []


def test_words_are_missing_where_they_stand(measure: Measure) -> None:
    html = "<p>The hill and the mist.</p><div class='gone'>Last words</div><p>The tea.</p>"
    result = measure(html, "The hill and the mist. The tea.")
    assert _missing_words(result) == ["last", "words"]
    assert {word.piece.path[0].classes for word in result.missing} == {"gone"}


def test_a_word_through_several_texts_may_come_in_parts(measure: Measure) -> None:
    result = measure("<p>E = MC<sup>2</sup>, re<b>port</b>s</p>", "E = MC^2, reports")
    assert _missing_words(result) == []
    assert _missing_words(measure("<p>re<b>port</b>s</p>", "re port")) == ["reports"]


def test_another_order_misses_nothing(measure: Measure) -> None:
    html = "<figure><figcaption>The finish</figcaption></figure><p>We ran.</p>"
    assert _missing_words(measure(html, "We ran. The finish")) == []


@pytest.mark.parametrize(
    "hidden",
    [
        "<p style='display:none'>secret</p>",
        "<p hidden>secret</p>",
        "<p style='visibility:hidden'>secret</p>",
        "<p style='opacity:0'>secret</p>",
        "<p style='font-size:0'>secret</p>",
        "<p style='position:absolute;left:-9999px'>secret</p>",
        "<div style='height:0;overflow:hidden'>secret</div>",
        "<p style='position:absolute;clip:rect(0,0,0,0)'>secret</p>",
        "<style>.a { display: none }</style><p class='a'>secret</p>",
        "<script>secret</script>",
        "<template>secret</template>",
    ],
)
def test_hidden_words_are_exposed_by_a_text_that_shows_them(measure: Measure, hidden: str) -> None:
    result = measure(f"<p>We ran.</p>{hidden}", "We ran. secret")
    assert result.visible == 2
    if "template" not in hidden:
        assert result.exposed == ("secret",)


def test_labels_of_ours_expose_nothing(measure: Measure) -> None:
    html = "<p>We ran.</p><script>watch</script>"
    assert measure(html, "We ran. Watch", added=["Watch"]).exposed == ()


def test_details_count_as_opened_and_noscript_as_shown(measure: Measure) -> None:
    html = "<details><summary>Splits</summary>8:12</details><noscript>Map</noscript>"
    assert measure(html, "").visible == 4


def test_words_left_out_on_purpose_have_a_reason(measure: Measure) -> None:
    html = (
        "<h2>First frost</h2><p>Cold.</p><div class='sharedaddy'>Share</div><button>Play</button>"
        "<a href='https://x.com/intent/tweet'>Tweet</a><p>Tagged: hills</p><p>Lost</p>"
        "<table><tr><td>a<td>b<td>c<td>d<td>e</table>"
    )
    reasons = {
        word.word: reason_of(word, title="First frost", set_aside=frozenset({"tagged", "hills"}))
        for word in measure(html, "Cold.").missing
    }
    assert reasons["first"] == "the title, repeated"
    assert reasons["share"] == "boilerplate: .sharedaddy"
    assert reasons["play"] == "a control: button"
    assert reasons["tweet"] == "a button for sharing"
    assert reasons["hills"] == "left out on purpose"
    assert reasons["e"] == "a table too wide for a telephone"
    assert reasons["lost"] == FAULT


def test_a_post_is_counted_with_its_reasons(page: Page) -> None:
    totals = Totals()
    item = Item(guid="1", title="Frost", content="<p>Cold.</p><div class='sharedaddy'>Share</div>")
    (line,) = measure_item(page, item, totals)
    assert line == "Frost | boilerplate: .sharedaddy | 1 of 2 | share"
    assert (totals.posts, totals.visible, totals.exposed, totals.kept) == (1, 2, 0, 1.0)


def test_without_a_corpus_it_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "make meaning ARGS='--corpus DIR'" in capsys.readouterr().err
