"""The desk behind a real Caddy and a real nginx, with the files that the docs show."""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from ssl import SSLContext
from urllib.parse import urlencode

import pytest

from newsletter.context import Context
from tests.realtest.proxies import DESK, run_proxy, tls_context
from tests.support.certificate import certificate
from tests.support.newsletter_folder import create_newsletter, open_issue, publish, subscribe
from tests.support.program import Program

PASSWORD = "four larches under snow"


@dataclass(slots=True)
class Browser:
    """A browser elsewhere: it reaches the desk by HTTPS and keeps its cookie."""

    context: Context
    port: int
    prefix: str
    tls: SSLContext
    client: str = "127.0.0.1"
    cookie: str = ""

    def ask(
        self, path: str, fields: dict[str, str] | None = None, **headers: str
    ) -> tuple[http.client.HTTPResponse, str]:
        """GET a path of the desk, or POST fields to it as its own pages do."""
        line = http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=60, context=self.tls, source_address=(self.client, 0)
        )
        origin = f"https://127.0.0.1:{self.port}"
        sent = {"Cookie": self.cookie, "Origin": origin, "Referer": f"{origin}{self.prefix}/"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        method, body = ("GET", "") if fields is None else ("POST", urlencode(fields))
        if fields is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        line.request(method, f"{self.prefix}{path}", body, sent)
        response = line.getresponse()
        text = response.read().decode()
        line.close()
        if cookie := response.headers["Set-Cookie"]:
            self.cookie = cookie.partition(";")[0]
        return response, text

    def sign_in(self, password: str = PASSWORD, **headers: str) -> int:
        _, page = self.ask("/login")
        fields = {"csrf_token": hidden_field(page, "csrf_token"), "password": password}
        response, _ = self.ask("/login", fields, **headers)
        return response.status


def hidden_field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return unescape(found[1])


@pytest.fixture(params=["caddy", "nginx"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["", "/desk"], ids=["own host", "below a path"])
def browser(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Browser]:
    prefix = str(request.param)
    pem = certificate(tmp_path)
    context = create_newsletter(tmp_path / "newsletter", proxies=1)
    publish(context, "Larch week")
    subscribe(context, "ada@example.com", "north")
    program = Program(context.folder, now=context.clock().isoformat())
    assert program("desk", "password", stdin=f"{PASSWORD}\n").code == 0
    with socket.create_server(("127.0.0.1", 0)) as free:
        target = int(free.getsockname()[1])
    with run_proxy(name, tmp_path, pem, target, prefix, DESK) as port:
        settings = context.folder / "newsletter.toml"
        url = f"https://127.0.0.1:{port}{prefix}"
        settings.write_text(settings.read_text("utf-8") + f'[desk]\nurl = "{url}"\n', "utf-8")
        desk = program.start("preview", "--listen", "127.0.0.1", "--port", str(target))
        assert desk.stderr is not None
        try:
            assert f"The desk is open: {url}/" in desk.stderr.readline()
            yield Browser(context, port, prefix, tls_context(pem))
        finally:
            desk.terminate()
            desk.communicate()
            context.engine.dispose()


def test_the_author_signs_in_and_approves(browser: Browser) -> None:
    closed, _ = browser.ask("/")
    assert (closed.status, closed.headers["Location"]) == (303, f"{browser.prefix}/login?next=/")
    assert browser.sign_in() == 303
    assert browser.cookie.startswith("__Secure-desk=" if browser.prefix else "__Host-desk=")
    _, page = browser.ask("/")
    assert "Larch week" in page
    fields = {field: hidden_field(page, field) for field in ("csrf_token", "seen")}
    assert browser.ask("/approve/1", fields, Origin="https://evil.example")[0].status == 403
    assert open_issue(browser.context).status == "draft"
    assert browser.ask("/approve/1", fields)[0].status == 303
    assert open_issue(browser.context).status == "approved"


def test_another_name_is_not_answered_and_none_can_be_claimed(browser: Browser) -> None:
    _, refused = browser.ask("/login", Host="evil.example")
    assert "Welcome back" not in refused
    response, page = browser.ask("/login", X_Forwarded_Host="evil.example")
    assert response.status == 200
    assert "evil" not in page


def test_guesses_count_for_the_visitors_own_address_whatever_they_claim(browser: Browser) -> None:
    browser.client = "127.0.1.1"
    for number in range(5):
        claim = f"10.0.{number}.1"
        assert browser.sign_in(f"guess {number}", X_Forwarded_For=claim) == 403
    assert browser.sign_in(X_Forwarded_For="10.0.9.1") == 429
    browser.client = "127.0.2.1"
    assert browser.sign_in() == 303


def test_the_host_is_https_for_a_year_unless_it_is_another_sites(browser: Browser) -> None:
    header = browser.ask("/login")[0].headers["Strict-Transport-Security"]
    assert header == (None if browser.prefix else "max-age=31536000")
