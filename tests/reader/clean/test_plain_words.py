"""What markup means is said in every plain word: excerpt, preheader, text part."""

from __future__ import annotations

import pytest

from newsletter.composer.layout.text_part import body_text
from newsletter.composer.phrase_files import load_phrases
from tests.reader.clean.conftest import Clean


@pytest.mark.parametrize(
    ("source", "html", "words"),
    [
        (
            "<p>We meet at <del>9:15</del> 8:45 at the <strike>east</strike> west gate.</p>",
            "<p>We meet at <s>9:15</s> 8:45 at the <s>east</s> west gate.</p>",
            "We meet at 8:45 at the west gate.",
        ),
        (
            "<p>It is on Monday <s>or Tuesday</s>, after work.</p>",
            "<p>It is on Monday <s>or Tuesday</s>, after work.</p>",
            "It is on Monday, after work.",
        ),
        (
            "<p>Home in 1:52<sup>2</sup>, on the 3<sup>rd</sup> lap, 10<sup>4</sup> steps.</p>",
            "<p>Home in 1:52<sup>2</sup>, on the 3<sup>rd</sup> lap, 10<sup>4</sup> steps.</p>",
            "Home in 1:52², on the 3rd lap, 10⁴ steps.",
        ),
        (
            "<p>My VO<sub>2</sub>max at 2<sup>n-1</sup> minutes, so<sup>[4]</sup> it is.</p>",
            "<p>My VO<sub>2</sub>max at 2<sup>n-1</sup> minutes, so<sup>[4]</sup> it is.</p>",
            "My VO₂max at 2ⁿ⁻¹ minutes, so[4] it is.",
        ),
        (
            '<p>My watch<sup><a href="#fn:1">1</a></sup> said 5:10<sup>a</sup> to the end.</p>',
            "<p>My watch<sup>1</sup> said 5:10<sup>a</sup> to the end.</p>",
            "My watch¹ said 5:10ᵃ to the end.",
        ),
        (
            "<p>朝から<ruby>桜島<rp>（</rp><rt>さくらじま</rt><rp>）</rp></ruby>を見た。</p>",
            "<p>朝から桜島(さくらじま)を見た。</p>",
            "朝から桜島(さくらじま)を見た。",
        ),
        (
            '<p>Only <img src="/3.png" alt="three" width="20"> weeks to go.</p>',
            (
                '<p>Only <img src="https://trails.example/3.png" alt="three" width="20"> '
                "weeks to go.</p>"
            ),
            "Only three weeks to go.",
        ),
        (
            '<p>So <img src="/latex.php?latex=v" alt="v=s/t" class="latex"> it is.</p>',
            "<p>So v=s/t it is.</p>",
            "So v=s/t it is.",
        ),
        (
            "<p>Aim for <math><mn>180</mn><mo>−</mo><mi>age</mi></math> beats a minute.</p>",
            "<p>Aim for 180 − age beats a minute.</p>",
            "Aim for 180 − age beats a minute.",
        ),
        (
            '<p>The climb is <svg role="img" aria-label="very steep"><path/></svg> here.</p>',
            "<p>The climb is very steep here.</p>",
            "The climb is very steep here.",
        ),
        (
            "<p>The climb is <svg><title>quite long</title><path/></svg> here.</p>",
            "<p>The climb is quite long here.</p>",
            "The climb is quite long here.",
        ),
        (
            '<p>Uphill <svg aria-hidden="true"><title>arrow</title></svg> all day long.</p>',
            "<p>Uphill all day long.</p>",
            "Uphill all day long.",
        ),
    ],
)
def test_in_html_and_in_plain_words(clean: Clean, source: str, html: str, words: str) -> None:
    cleaned = clean(source)
    assert cleaned.html == html
    assert cleaned.excerpt == words
    assert clean(cleaned.html).html == cleaned.html


@pytest.mark.parametrize(
    ("source", "html", "words"),
    [
        (
            "<ol reversed><li>Jasper<li>Hinton<li>Edson</ol>",
            '<ol><li value="3">Jasper</li><li value="2">Hinton</li><li value="1">Edson</li></ol>',
            "3. Jasper; 2. Hinton; 1. Edson",
        ),
        (
            "<ol reversed start=10><li>Jasper<li>Hinton</ol>",
            '<ol><li value="10">Jasper</li><li value="9">Hinton</li></ol>',
            "10. Jasper; 9. Hinton",
        ),
        (
            "<ol><li value=5>Bridge<li>Dam<li value=9>Lock</ol>",
            '<ol><li value="5">Bridge</li><li value="6">Dam</li><li value="9">Lock</li></ol>',
            "5. Bridge; 6. Dam; 9. Lock",
        ),
        (
            "<ol type=A><li>Slow<li>Fast</ol>",
            '<ol type="A"><li>Slow</li><li>Fast</li></ol>',
            "A. Slow; B. Fast",
        ),
        (
            "<ol type=i start=3><li>Knee<li>Toe</ol>",
            '<ol start="3" type="i"><li>Knee</li><li>Toe</li></ol>',
            "iii. Knee; iv. Toe",
        ),
        (
            "<ol start=0><li>The start<li>The bridge</ol>",
            '<ol start="0"><li>The start</li><li>The bridge</li></ol>',
            "0. The start; 1. The bridge",
        ),
        (
            "<ol reversed start=1><li>Ready<li>Steady<li>Go</ol>",
            '<ol><li value="1">Ready</li><li value="0">Steady</li><li value="-1">Go</li></ol>',
            "1. Ready; 0. Steady; -1. Go",
        ),
        (
            '<ol style="list-style-type: upper-alpha"><li>Slow<li>Fast</ol>',
            '<ol type="A"><li>Slow</li><li>Fast</li></ol>',
            "A. Slow; B. Fast",
        ),
        ("<ol><li>Knee<li>Toe</ol>", "<ol><li>Knee</li><li>Toe</li></ol>", "Knee; Toe"),
        (
            (
                "<ul><li><input type=checkbox checked disabled> Long run"
                "<li><input type=checkbox> Hills</ul>"
            ),
            "<ul><li>☑ Long run</li><li>☐ Hills</li></ul>",
            "☑ Long run; ☐ Hills",
        ),
    ],
)
def test_lists_keep_their_own_numbers_and_boxes(
    clean: Clean, source: str, html: str, words: str
) -> None:
    cleaned = clean(f"<p>In the order of my choice, here they are:</p>{source}")
    assert cleaned.html == f"<p>In the order of my choice, here they are:</p>\n{html}"
    assert cleaned.excerpt == f"In the order of my choice, here they are: {words}"
    assert clean(cleaned.html).html == cleaned.html


def test_an_icon_of_a_word_stands_apart_and_one_of_a_letter_begins_a_word(clean: Clean) -> None:
    letter = '<img src="/t.png" alt="T" height="40">'
    place = '<img src="/1st.png" alt="1st" height="20">'
    post = clean(f"<p>{letter}he club came {place}place, and again{place}, in the mud.</p>")
    words = "The club came 1st place, and again 1st, in the mud."
    assert post.excerpt == words
    assert body_text(post.html, phrases=load_phrases("en")) == words


@pytest.mark.parametrize(
    "note",
    [
        ('<sup><a href="#">1</a></sup><span role="tooltip" class="note">Chip time.</span>'),
        (
            '<label for="sn-1" class="sidenote-number"></label><input type="checkbox" '
            'id="sn-1" class="margin-toggle"><span class="sidenote">Chip time.</span>'
        ),
    ],
)
def test_a_note_beside_the_text_stands_in_brackets(clean: Clean, note: str) -> None:
    words = clean(f"<p>I ran 3:12:44{note} in the heat.</p>").excerpt
    assert words.replace("¹", "") == "I ran 3:12:44 (Chip time.) in the heat."


def test_a_linked_icon_without_words_adds_none(clean: Clean) -> None:
    icon = '<a href="https://strava.example/1"><img src="/s.png" width="20" height="20"></a>'
    assert clean(f"<p>We ran to the dam {icon} and back.</p>").excerpt == (
        "We ran to the dam and back."
    )


def test_a_summary_cut_from_the_post_is_known_as_such_in_spite_of_its_marks(clean: Clean) -> None:
    content = "<p>We start at <s>9:15</s> 8:45<sup>1</sup> with <b>no</b> exceptions at all.</p>"
    summary = "We start at 9:15 8:451 with no exceptions at all."
    assert clean(content, summary=summary).excerpt == (
        "We start at 8:45¹ with no exceptions at all."
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<mfrac><mn>1</mn><mn>2</mn></mfrac>", "1/2"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow><mi>b</mi></mfrac>", "(a + 1)/b"),
        ("<msqrt><mi>x</mi><mo>+</mo><mi>y</mi></msqrt>", "√(x + y)"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", "³√x"),
        ("<msup><mi>v</mi><mn>2</mn></msup>", "v²"),
        ("<msup><mi>e</mi><mrow><mi>k</mi><mo>·</mo><mi>T</mi></mrow></msup>", "e^(k · T)"),
        ("<msub><mi>t</mi><mn>0</mn></msub>", "t₀"),
        ("<msub><mi>HR</mi><mi>max</mi></msub>", "HR_max"),
        ("<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup>", "x₁²"),
        (
            (
                "<semantics><mi>x</mi><annotation encoding='application/x-tex'>\\x</annotation>"
                "</semantics>"
            ),
            "x",
        ),
        ("<mtable><mtr><mtd>1</mtd><mtd>2</mtd></mtr><mtr><mtd>3</mtd></mtr></mtable>", "1, 2; 3"),
        ("<mfenced><mi>a</mi><mi>b</mi></mfenced>", "(a, b)"),
        ("<mi>f</mi><mo>\u2061</mo><mo>(</mo><mi>x</mi><mo>)</mo>", "f(x)"),
    ],
)
def test_a_formula_is_written_as_one_would_type_it(clean: Clean, source: str, words: str) -> None:
    assert clean(f"<p>It is <math>{source}</math>.</p>").html == f"<p>It is {words}.</p>"


def test_an_empty_formula_is_named_by_its_alternative_text(clean: Clean) -> None:
    assert clean('<p><math alttext="a over b"></math></p>').html == "<p>a over b</p>"


@pytest.mark.parametrize(
    ("source", "html"),
    [
        (
            (
                '<b style="font-weight:normal" id="docs-internal-guid-7"><p><span style="'
                'font-weight:400">Even</span> <span style="font-weight:700">splits</span></p></b>'
            ),
            "<p>Even <strong>splits</strong></p>",
        ),
        ('<p><span style="font-style:italic">slowly</span></p>', "<p><em>slowly</em></p>"),
        ('<p><em style="font-style:normal">upright</em></p>', "<p>upright</p>"),
        (
            '<p>On <span style="text-decoration: line-through">Monday</span> Tuesday</p>',
            "<p>On <s>Monday</s> Tuesday</p>",
        ),
        (
            '<p>10<span style="font-size:0.6em;vertical-align:super">3</span> m</p>',
            "<p>10<sup>3</sup> m</p>",
        ),
        (
            '<p><b>All <span style="font-weight:normal">but this</span> bold</b></p>',
            "<p><strong>All</strong> but this <strong>bold</strong></p>",
        ),
        (
            '<h2 style="font-weight:bold"><span style="font-weight:700">Food</span></h2>',
            "<h3>Food</h3>",
        ),
        (
            (
                "<style>.c1{font-weight:700}.c2{text-decoration:line-through}</style>"
                '<p><span class="c1">New</span> <span class="c2">old</span></p>'
            ),
            "<p><strong>New</strong> <s>old</s></p>",
        ),
        ('<table><tr><td style="vertical-align:super">a<p>b</table>', "<p>a</p>\n<p>b</p>"),
    ],
)
def test_a_style_wins_over_its_tag(clean: Clean, source: str, html: str) -> None:
    cleaned = clean(source).html
    assert cleaned == html
    assert clean(cleaned).html == html
