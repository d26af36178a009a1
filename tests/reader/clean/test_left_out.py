"""The author learns how much of a post no message shows, and which part."""

from __future__ import annotations

import pytest

from tests.reader.clean.conftest import Clean

STORY = "<p>" + "We ran along the canal and saw a heron by the lock. " * 6 + "</p>"


def row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


LONG = row(*(number * 12 for number in "67890"))
WIDE = f"<table>{row('Lap', 'Time', 'Pace', 'Pulse', 'Climb')}{row(*'12345')}{LONG}</table>"


def test_a_wide_table_is_named(clean: Clean) -> None:
    left_out = clean(STORY + WIDE).left_out
    assert left_out is not None
    assert (left_out.words, left_out.total) == (15, 87)
    assert left_out.part == "a table (“Lap…”)"


def test_a_list_to_choose_from_is_named(clean: Clean) -> None:
    options = "".join(f"<option>Route number {number}" for number in range(9))
    left_out = clean(f"{STORY}<select>{options}</select>").left_out
    assert left_out is not None
    assert left_out.words == 27
    assert left_out.part == "a list to choose from (“Route number 0…”)"


@pytest.mark.parametrize(
    "source",
    [
        STORY,
        f"{STORY * 9}{WIDE}",
        f"{STORY}<div hidden>{STORY}</div>",
        f"{STORY}<style>.x{{display:none}}</style><div class=x>{STORY}</div>",
        f"<script>{'var a = 1;' * 50}</script>{STORY}<style>{'p{color:red}' * 50}</style>",
        f'{STORY}<div class="sharedaddy"><ul><li>{"Share this " * 20}</ul></div>',
        f"{STORY}<form><p>{'Join us today ' * 20}</p></form>",
        f'{STORY}[box color="red"]{STORY}[/box] [gallery ids="{"1," * 90}"]',
        f"{STORY}<pre>{'5:10  5:20' * 20}</pre><ol reversed><li>A very long way<li>Home</ol>",
        f'{STORY}<figure><img src="/a.jpg"><figcaption>{"At the lock " * 9}</figcaption></figure>',
        f"{STORY}<blockquote>{STORY}</blockquote><details><summary>More</summary>{STORY}</details>",
        "<p>Ultra<b>mara</b>thon in 3:58<sup>1</sup> of <s>rain</s> sun &amp; <em>w</em>ind.</p>",
        f"<h1>First frost</h1>{STORY}",
        f'{STORY}<p>The post <a href="/a">Frost</a> appeared first on <a href="/">A</a>.</p>',
        "<p></p>",
        "",
    ],
)
def test_nothing_is_said_of_what_is_whole_or_left_out_on_purpose(clean: Clean, source: str) -> None:
    assert clean(source).left_out is None


def test_a_post_that_is_cut_for_its_length_says_so_itself(clean: Clean) -> None:
    assert clean(STORY * 800).left_out is None
