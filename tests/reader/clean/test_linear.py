"""No stage of the cleaner grows faster than its input.

Twice the input may cost about twice the steps. Steps are calls of functions, Python's and C's,
so the result is the same on every machine.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import re._parser as sre  # type: ignore[import-not-found]
import sys
from collections.abc import Callable, Iterator
from types import FrameType

import pytest
from selectolax.lexbor import LexborHTMLParser

import newsletter.reader.clean
from newsletter.reader.clean.block_rules import write_items
from newsletter.reader.clean.boilerplate import trim_boilerplate
from newsletter.reader.clean.embed_rules import merge_cards
from newsletter.reader.clean.excerpt import build_excerpt
from newsletter.reader.clean.facts import find_facts
from newsletter.reader.clean.flow import Block
from newsletter.reader.clean.left_out import find_left_out
from newsletter.reader.clean.post import read_blocks, sanitise
from newsletter.reader.clean.shortcodes import closed_tags, split_shortcodes
from newsletter.reader.clean.source import prepare_source
from newsletter.reader.clean.style_sheets import apply_own_styles
from newsletter.reader.clean.symbol_rules import formula_words
from newsletter.reader.clean.urls import Page
from tests.reader.clean.conftest import BLOG, POST, Clean

PAGE = Page(url=POST, site_url=BLOG, title="First frost")
TIMES = 150

SHAPES = [
    "<p>We ran along the canal and saw a heron by the lock.</p>",
    "<p>It <b>was <i>cold</i></b>, <s>icy</s> 10<sup>3</sup> m up.<br>On and on.</p>",
    '<p class="wp-block-paragraph" style="font-weight:700">Up <a href="/x">and down</a>.</p>',
    '<p hidden>A</p><div style="visibility:hidden">x<p style="visibility:visible">y</p></div>',
    '<p class="share-buttons">a</p><p class="post-views">b</p><a href="#x" class="anchor">#</a>',
    "<ol reversed><li value=4>a<li>b</ol><ul><li><input type=checkbox> c</ul>",
    "<ol><li>a<li>b<li>c</ol>",
    "<ruby>走<rt>はし</rt></ruby>った。<math><mfrac><mn>1</mn><mi>x</mi></mfrac></math>",
    '<img src="/a.jpg" width="100"><img src="/b.jpg"><noscript><img src="/b.jpg"></noscript>',
    '<div class="gallery"><img src="/a.jpg"><img src="/b.jpg" width=90></div>',
    '<lite-youtube videoid="a1B2c3D4e5F"></lite-youtube><object data="/a.pdf"></object>',
    '<div class="kg-bookmark-card"><a href="/x"><div class="kg-bookmark-title">A</div></a></div>',
    '<p style="mso-list:l0 level1 lfo1"><span style="mso-list:Ignore">1.</span>Gloves</p>',
    '<p><a href="#cmnt1">[a]</a></p><div><p><a href="#cmnt_ref1">[a]</a>Why?</p></div>',
    '[box a="1"]In a box[/box] {gallery}a/b{/gallery} [sic] {at least} [',
    "<table><tr><td>a<td>b<tr><td>c<td>d</table><pre>5:10  5:20\n</pre><blockquote>q</blockquote>",
    "<table><tr><td>1<td>2<td>3<td>4<td>5<tr><td>6<td>7<td>8<td>9<td>0</table>",
    "<select><option>One<option>Two</select><svg><title>Map</title><text>x</text></svg>",
    "<style>.a{display:none}@media print{p{opacity:0}}</style><p class=a>x</p>",
    "<style>{{{}}}@media screen{{</style>",
    '<div class="share-buttons">nested <b style="font-weight:400">deep',
    '<div style="visibility:hidden"><p hidden>nested',
    "<ul><li>nested <math><mrow>",
    "<button>Play</button><span>0:00</span><form><input></form><dialog>d</dialog>",
]


def count_steps(act: Callable[[], object]) -> int:
    steps = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal steps
        steps += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(None)
    return steps


def assert_linear(act: Callable[[int], object]) -> None:
    act(2 * TIMES)  # fills the caches
    once, twice = count_steps(lambda: act(TIMES)), count_steps(lambda: act(2 * TIMES))
    assert twice <= 2.2 * once + 50, f"{once} steps, then {twice}"


@pytest.mark.parametrize("shape", SHAPES)
def test_a_post_twice_as_long_takes_about_twice_the_steps(clean: Clean, shape: str) -> None:
    assert_linear(lambda times: clean(shape * times))


@pytest.mark.parametrize("shape", SHAPES)
def test_each_step_before_the_walk_is_linear(shape: str) -> None:
    assert_linear(lambda times: prepare_source(shape * times))
    assert_linear(lambda times: apply_own_styles(shape * min(times, 90)))
    assert_linear(lambda times: split_shortcodes(shape * times, closed_tags(shape * times)))


def test_each_step_after_the_walk_is_linear() -> None:
    html = "<p>We ran on, 10.2 km in 52:10. It was cold.</p><p>https://youtu.be/a1B2c3D4e5F</p>"
    short, long = (read_blocks(html * times, PAGE).flow.blocks for times in (TIMES, 2 * TIMES))

    def blocks(times: int) -> list[Block]:
        return list(short if times == TIMES else long)

    assert len(long) == 2 * len(short)
    assert_linear(lambda times: merge_cards(blocks(times)))
    assert_linear(lambda times: trim_boilerplate(blocks(times), PAGE))
    assert_linear(lambda times: build_excerpt(blocks(times), blocks(times)))
    assert_linear(lambda times: find_facts(blocks(times)))
    assert_linear(lambda times: sanitise(html * times))


def test_counting_the_words_that_are_left_out_is_linear() -> None:
    def count(times: int) -> None:
        body = LexborHTMLParser("<select><option>One heron<option>By the lock" * times).body
        assert body is not None
        assert find_left_out(body, body.text(), [], ["one heron " * times]) is not None

    assert_linear(count)


def test_a_formula_and_a_list_are_linear() -> None:
    def formula(times: int) -> None:
        tree = LexborHTMLParser(f"<math>{'<msup><mi>x</mi><mn>2</mn></msup>' * times}</math>")
        node = tree.css_first("math")
        assert node is not None
        assert formula_words(node)

    assert_linear(formula)
    item = [Block(kind="text", html="a", text="a")]
    walk = read_blocks("", PAGE)
    assert_linear(lambda times: write_items(walk, [item] * times, list(range(times, 0, -1))))


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for module in pkgutil.iter_modules(newsletter.reader.clean.__path__):
        loaded = importlib.import_module(f"newsletter.reader.clean.{module.name}")
        for name, value in vars(loaded).items():
            if isinstance(value, re.Pattern):
                yield f"{module.name}.{name}", value


def endless_repeats(tree: sre.SubPattern) -> Iterator[tuple[sre.SubPattern, bool]]:
    """Yield the body of each repetition without a limit, and whether it is all of its parent's."""
    for kind, value in tree:
        if kind in {sre.MAX_REPEAT, sre.MIN_REPEAT}:
            _, most, body = value
            if most is sre.MAXREPEAT:
                yield body, len(tree) == 1
            yield from endless_repeats(body)
        elif kind is sre.SUBPATTERN:
            yield from endless_repeats(value[-1])
        elif kind is sre.BRANCH:
            for branch in value[1]:
                yield from endless_repeats(branch)


@pytest.mark.parametrize(("name", "pattern"), list(patterns()), ids=lambda value: str(value)[:40])
def test_no_expression_repeats_a_repetition_that_is_all_of_it(
    name: str, pattern: re.Pattern[str]
) -> None:
    """An expression such as `(a+)+` takes exponential time where it does not match."""
    for body, _ in endless_repeats(sre.parse(pattern.pattern, pattern.flags & ~re.UNICODE)):
        assert not any(is_all for _, is_all in endless_repeats(body)), name
