"""The message in Chromium, as a reader sees it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Browser

from newsletter.models import SafeHtml
from tests.composer.browser_page import WIDTHS, Scheme, open_page, widest_by
from tests.composer.conftest import Renderer
from tests.support.sample_issue import ISSUE, POSTS


@pytest.mark.parametrize("body", ["excerpt", "full", "title"])
@pytest.mark.parametrize("images", [True, False])
def test_nothing_runs_over_the_edge(
    chromium: Browser, rendered: Renderer, images: bool, body: str
) -> None:
    unbroken = replace(POSTS[0], title="unbroken" * 500, excerpt="unbroken" * 100)
    issue = replace(ISSUE, posts=(*POSTS, unbroken), note=SafeHtml(f"<p>{'unbroken' * 40}</p>"))
    widest = widest_by(chromium, rendered(issue, body=body).html, images=images)
    assert {width: right_edge for width, right_edge in widest.items() if right_edge > width} == {}


@pytest.mark.parametrize("layout", ["digest", "full", "letter"])
def test_links_to_press_are_at_least_44_pixels_high(
    chromium: Browser, rendered: Renderer, layout: str
) -> None:
    page = open_page(chromium, rendered(layout=layout).html, width=WIDTHS[0], images=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        sizes = page.eval_on_selector_all(
            ".cta a, .link, .foot-link, .plain-link",
            "found => found.map(a => a.getBoundingClientRect().height)",
        )
        assert min(sizes) >= 44
    page.close()


_BADGE = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='400' height='100'/%3E"


def test_a_picture_of_known_height_alone_is_shown_so_high_in_its_proportions(
    chromium: Browser, rendered: Renderer
) -> None:
    html = SafeHtml('<p>Run <img src="https://a.example/b.png" alt="A badge" height="20"></p>')
    message = rendered(replace(ISSUE, posts=(replace(POSTS[0], html=html),)), body="full").html
    shown = message.replace("https://a.example/b.png", _BADGE)
    page = open_page(chromium, shown, width=WIDTHS[0], images=True)
    size = page.eval_on_selector("[alt='A badge']", "img => [img.offsetWidth, img.offsetHeight]")
    page.close()
    assert size == [80, 20]


def test_a_pair_of_pictures_stays_in_its_row_on_a_telephone(
    chromium: Browser, rendered: Renderer
) -> None:
    pictures = (
        f'<img src="https://photos.example.com/{name}.jpg" alt="" width="{width}" height="240">'
        for name, width in (("wide", 360), ("tall", 160))
    )
    html = SafeHtml(f"<p>{' '.join(pictures)}</p>")
    message = rendered(replace(ISSUE, posts=(replace(POSTS[0], html=html),)), body="full").html
    page = open_page(chromium, message, width=WIDTHS[0], images=True)
    bottoms = page.eval_on_selector_all(
        ".body img", "images => images.map(image => image.getBoundingClientRect().bottom)"
    )
    page.close()
    assert len(bottoms) == 2
    assert bottoms[0] == pytest.approx(bottoms[1], abs=1)


_UNREADABLE = """() => {
  const parse = c => c.match(/[\\d.]+/g).map(Number)
  const light = c => [0.2126, 0.7152, 0.0722].reduce((sum, share, i) => {
    const v = c[i] / 255
    return sum + share * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  }, 0)
  const ground = node => {
    for (; node; node = node.parentElement) {
      const c = parse(getComputedStyle(node).backgroundColor)
      if (c.length === 3 || c[3] > 0) return c
    }
    return [255, 255, 255]
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const bad = []
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement
    if (!walker.currentNode.data.trim() || node.closest('.preheader, .blaze')) continue
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(ground(node))]
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    if (contrast < 4.5) bad.push([walker.currentNode.data, contrast])
  }
  return bad
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("body", ["excerpt", "full", "title"])
def test_every_word_is_readable_on_its_ground(
    chromium: Browser, rendered: Renderer, body: str, scheme: Scheme
) -> None:
    page = open_page(chromium, rendered(body=body).html, width=600, scheme=scheme, images=False)
    unreadable = page.evaluate(_UNREADABLE)
    page.close()
    assert unreadable == []


def test_outlook_marks_give_the_dark_palette(chromium: Browser, rendered: Renderer) -> None:
    html = rendered().html.replace("<body ", '<body data-ogsc="" data-ogsb="" ', 1)
    page = open_page(chromium, html, width=600, images=False)
    sheet = page.eval_on_selector(".sheet", "node => getComputedStyle(node).backgroundColor")
    unreadable = page.evaluate(_UNREADABLE)
    page.close()
    assert sheet == "rgb(33, 26, 19)"
    assert unreadable == []


def test_the_message_asks_for_nothing_but_the_posts_pictures(
    chromium: Browser, rendered: Renderer
) -> None:
    page = chromium.new_page()
    values: list[str] = []
    page.on("request", lambda request: values.append(request.url))
    page.route("**/*", lambda route: route.abort())
    page.set_content(rendered(body="full").html, wait_until="load")
    page.close()
    assert values
    assert all(url.startswith("https://photos.example.com/") for url in values)
