"""The network checks, against a real web server."""

from __future__ import annotations

import time
from io import BytesIO

import pytest
from PIL import Image

from newsletter.composer.checks.reach import MessageUrl, judge_answers
from newsletter.editorial.checks.network import fetch_urls
from newsletter.errors import FetchError
from newsletter.reader.http.probe import probe
from tests.support.blog import Blog


def _picture(kind: str, size: tuple[int, int], frames: int = 1) -> bytes:
    pictures = [Image.effect_noise(size, 60 + frame) for frame in range(frames)]
    file = BytesIO()
    pictures[0].save(file, kind, save_all=frames > 1, append_images=pictures[1:])
    return file.getvalue()


@pytest.fixture
def site(blog: Blog) -> Blog:
    blog.pages |= {
        "/well": (200, "text/html", b"<p>here"),
        "/shy": (403, "text/html", b"no robots"),
        "/broken": (500, "text/html", b"oh"),
        "/small.jpg": (200, "image/jpeg", _picture("JPEG", (60, 40))),
        "/heavy.jpg": (200, "image/jpeg", _picture("JPEG", (1000, 900))),
        "/wide.png": (200, "image/png", _picture("PNG", (2500, 2))),
        "/moving.gif": (200, "image/gif", _picture("GIF", (20, 20), frames=3)),
        "/new.webp": (200, "image/webp", _picture("WebP", (20, 20))),
        "/new.jpg": (200, "image/webp", _picture("WebP", (20, 20))),
        "/newer": (200, "image/avif", b"\0\0\0 ftypavif"),
        "/page.jpg": (200, "text/html", b"<p>not a picture"),
    }
    return blog


def _rules(site: Blog, *paths: str, image: bool) -> list[str]:
    urls = tuple(MessageUrl(url=site.url + path, where="here", image=image) for path in paths)
    findings = tuple(judge_answers(urls, fetch_urls(urls, allow_private=True)))
    assert all(finding.level == "warning" for finding in findings)
    return [finding.rule for finding in findings]


def test_only_what_is_gone_or_broken_is_a_dead_link(site: Blog) -> None:
    assert _rules(site, "/well", "/shy", image=False) == []
    assert _rules(site, "/well", "/gone", "/broken", image=False) == ["link-dead", "link-dead"]


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/gone.jpg", "image-dead"),
        ("/heavy.jpg", "image-weight"),
        ("/wide.png", "image-weight"),
        ("/moving.gif", "image-animated"),
        ("/new.jpg", "image-format"),
        ("/newer", "image-format"),
        ("/page.jpg", "image-format"),
    ],
)
def test_a_picture_that_fails_readers_is_named(site: Blog, path: str, rule: str) -> None:
    assert _rules(site, "/small.jpg", path, image=True) == [rule]


def test_pictures_whose_name_says_their_format_are_left_to_the_check_of_the_message(
    site: Blog,
) -> None:
    assert _rules(site, "/new.webp", image=True) == []


def test_formats_are_named_once_for_all_pictures(site: Blog) -> None:
    site.pages |= {f"/photo-{number}": site.pages["/new.jpg"] for number in range(5)}
    paths = [f"/photo-{number}" for number in range(5)]
    assert _rules(site, *paths, "/newer", image=True) == ["image-format"]


def test_all_pictures_together_may_be_too_heavy(site: Blog) -> None:
    heavy = [f"/heavy.jpg?{number}" for number in range(5)]
    site.pages |= dict.fromkeys(heavy, site.pages["/heavy.jpg"])
    assert _rules(site, *heavy, image=True) == ["image-weight"] * 6


def test_offline_is_reported_once(site: Blog) -> None:
    site.server_close()
    site.socket.close()
    urls = tuple(MessageUrl(url=f"http://127.0.0.1:9/{n}", where="here") for n in range(3))
    findings = tuple(judge_answers(urls, fetch_urls(urls, allow_private=True)))
    assert [finding.rule for finding in findings] == ["network"]


def test_a_picture_is_not_read_whole(site: Blog) -> None:
    deadline = time.monotonic() + 5
    url = f"{site.url}/heavy.jpg"
    probe_result = probe(url, first_bytes=1000, deadline=deadline, allow_private=True)
    assert len(probe_result.start) == 1000
    assert probe_result.size == len(site.pages["/heavy.jpg"][2])


def test_private_addresses_stay_closed(site: Blog) -> None:
    with pytest.raises(FetchError):
        probe(f"{site.url}/well", first_bytes=0, deadline=time.monotonic() + 5)


def test_a_timeout_is_counted_and_not_called_dead(site: Blog) -> None:
    urls = (MessageUrl(url=f"{site.url}/well", where="here"),)
    assert fetch_urls(urls, allow_private=True, seconds=0.0) == {}
