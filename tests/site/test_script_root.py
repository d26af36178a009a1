"""The site below a path of its host, behind a real reverse proxy."""

from __future__ import annotations

import email
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email import policy
from html import unescape
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from newsletter.context import Context
from newsletter.editorial.approval import approve
from newsletter.editorial.draft import draft_issue
from newsletter.pipeline.send import send
from newsletter.site.server import listen
from tests.support.newsletter_folder import create_newsletter, publish, status_of, subscribe
from tests.support.reverse_proxy import ReverseProxy, run_reverse_proxy
from tests.support.sign_up import wait_for_mail_worker
from tests.support.visitor import Page, Visitor, run_server

ADA = "ada@example.com"
_LINK = re.compile(r'(?:href|src)="([^"]*)"')
_ACTION = re.compile(r'action="([^"]*)"')
_IN_FEED = re.compile(r"<(?:link|guid[^>]*)>([^<]*)</|<atom:link href=\"([^\"]*)\"")
Serve = Callable[..., "Served"]


class Served:
    """A newsletter whose site is behind a proxy."""

    def __init__(self, context: Context, proxy: ReverseProxy) -> None:
        self.context, self.proxy = context, proxy
        self.visitor = Visitor(proxy.port)

    def links_of(self, page: Page) -> set[str]:
        """Return the paths of this host that a page leads to."""
        here = urlsplit(self.proxy.url).netloc
        links = {unescape(link) for link in _LINK.findall(page.text)}
        links |= {link for pair in _IN_FEED.findall(page.text) for link in pair}
        parts = [urlsplit(link) for link in links]
        # A browser encodes what is not ASCII.
        paths = {quote(part.path, "/%") for part in parts if part.netloc in ("", here)}
        return paths - {""}

    def links_in_message(self) -> set[str]:
        """Return the paths of the site that the message of the last issue leads to."""
        octets = (self.context.folder / "outbox" / "2" / f"{ADA}.eml").read_bytes()
        message = email.message_from_bytes(octets, policy=policy.default)
        parts = [message.get_body((kind,)) for kind in ("plain", "html")]
        texts = [part.get_content() for part in parts if part is not None]
        here = re.escape(self.proxy.url)
        links = re.findall(rf"{here}[^\s<>\"]*", " ".join((message["List-Unsubscribe"], *texts)))
        return {urlsplit(unescape(link)).path for link in links}

    def crawl(self, start: str) -> dict[str, Page]:
        """Return every page that can be reached from `start`, by its path."""
        pages: dict[str, Page] = {}
        waiting = [start]
        while waiting:
            path = waiting.pop()
            if path not in pages:
                pages[path] = self.visitor.get(path)
                waiting += sorted(self.links_of(pages[path]))
        return pages


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serve a newsletter with two sent issues below a path."""
    with ExitStack() as stack:

        def start(
            prefix: str = "/letter",
            *,
            proxies: int = 1,
            strips: bool = True,
            headers: dict[str, str] | None = None,
            url: str | None = None,
        ) -> Served:
            proxy = stack.enter_context(run_reverse_proxy(prefix, strips=strips, headers=headers))
            site_url = proxy.url if url is None else url
            context = create_newsletter(tmp_path / "site", proxies=proxies, site_url=site_url)
            stack.callback(context.engine.dispose)
            stack.callback(wait_for_mail_worker)
            site = listen(context, host="127.0.0.1", port=0)
            stack.enter_context(run_server(site.server))
            proxy.target = site.port
            return Served(context, proxy)

        yield start


def publish_issues(served: Served) -> None:
    subscribe(served.context, ADA)
    for number, titles in enumerate((("Larch week", "Frost"), ("Mud season", "Hills")), start=1):
        publish(served.context, *titles)
        draft_issue(served.context)
        approve(served.context, "next")
        send(served.context, str(number))


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"headers": {"X-Forwarded-Prefix": "/letter"}},
        {"headers": {"X-Forwarded-Prefix": "/letter/"}},
        {"headers": {"X-Forwarded-Prefix": "/evil"}},
        {"headers": {"X-Forwarded-Prefix": "/evil, /letter"}},
        {"proxies": 0},
        {"proxies": 0, "headers": {"X-Forwarded-Prefix": "/evil"}},
        {"strips": False},
        {"prefix": "/läufe/brief"},
        {"prefix": "/archive"},
    ],
    ids=str,
)
def test_every_link_form_and_feed_stays_below_the_path(serve: Serve, how: dict[str, str]) -> None:
    prefix = how.get("prefix", "/letter").replace("ä", "%C3%A4")
    served = serve(**{**how, "prefix": prefix})
    publish_issues(served)

    pages = served.crawl(f"{prefix}/")
    in_message = served.links_in_message()
    for path in in_message:
        pages |= served.crawl(path)

    assert {path.removeprefix(prefix).split("/")[1] for path in in_message} >= {
        "unsubscribe",
        "preferences",
        "archive",
    }
    actions = {
        quote(action, "/%") for page in pages.values() for action in _ACTION.findall(page.text)
    }
    assert {action.removeprefix(prefix).split("/")[1] for action in actions if action} == {
        "subscribe",
        "preferences",
    }
    assert all(action.startswith(f"{prefix}/") for action in actions if action)
    assert served.proxy.elsewhere == []
    assert {path: page.status for path, page in pages.items() if page.status != 200} == {}
    expected = ("/", "/subscribe", "/archive/", "/archive/1", "/archive/2", "/archive/feed.xml")
    assert {f"{prefix}{path}" for path in expected} < set(pages)
    for number in (1, 2):
        page = pages[f"{prefix}/archive/{number}"]
        assert f'<link rel="canonical" href="{served.proxy.url}/archive/{number}">' in page.text
    assert not [page for page in pages.values() if page.headers["Set-Cookie"]]


def test_without_an_address_in_the_settings_the_trusted_proxys_word_counts(serve: Serve) -> None:
    served = serve(headers={"X-Forwarded-Prefix": "/letter"}, url="")
    assert set(served.crawl("/letter/")) > {"/letter/subscribe", "/letter/archive/"}


def test_a_prefix_from_a_visitor_is_ignored_on_a_host_of_its_own(serve: Serve) -> None:
    served = serve(
        prefix="", headers={"X-Forwarded-Prefix": "/evil"}, url="https://news.example.com"
    )
    pages = served.crawl("/")
    assert set(pages) > {"/subscribe", "/archive/"}
    assert not [path for path, page in pages.items() if "evil" in page.text]


@pytest.mark.parametrize("forged", ["//evil.example", "https://evil.example/", "/letter//evil"])
def test_no_header_leads_to_another_host(serve: Serve, forged: str) -> None:
    served = serve(headers={"X-Forwarded-Prefix": forged}, url="")
    page = served.visitor.get("/letter/subscribe")
    links = [link for link in _LINK.findall(page.text) if "evil" in link]
    assert links
    assert all(re.match(r"/[^/]", link) for link in links)


def test_the_site_itself_is_whole_without_its_proxy(serve: Serve) -> None:
    served = serve()
    publish_issues(served)
    served.visitor = Visitor(served.proxy.target)
    assert {page.status for page in served.crawl("/").values()} == {200}


@pytest.mark.parametrize("prefix", ["", "/letter"])
@pytest.mark.parametrize("end", ["/", "//"])
def test_a_slash_at_the_end_of_a_link_changes_nothing(serve: Serve, prefix: str, end: str) -> None:
    served = serve(prefix)
    way_out = f"{prefix}{subscribe(served.context, ADA)}{end}"
    assert "Leave this newsletter?" in served.visitor.get(way_out).words
    assert served.visitor.get(f"{prefix}/preferences/test{end}").status == 200
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = served.visitor.request("POST", way_out, form, b"List-Unsubscribe=One-Click")
    assert (answer.status, answer.text) == (200, "Unsubscribed.\n")
    assert status_of(served.context, ADA) == "unsubscribed"


@pytest.mark.parametrize("path", ["//letter//subscribe", "/letter//subscribe", "/letter/archive"])
def test_no_address_is_redirected(serve: Serve, path: str) -> None:
    served = serve(strips=False)
    direct = Visitor(served.proxy.target)
    assert direct.get(path).status == 200
