"""The public site behind a real Caddy and a real nginx, with the files that the docs show."""

from __future__ import annotations

import http.client
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from ssl import SSLContext
from urllib.parse import urlencode

import pytest

from newsletter.context import Context
from tests.realtest.proxies import FILES, run_proxy, tls_context
from tests.support.certificate import certificate
from tests.support.newsletter_folder import create_newsletter, status_of, subscribe
from tests.support.program import Program
from tests.support.sign_up import form_token_aged, link_in, message_to

_SIGN_UPS_OF_A_NETWORK = 5


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str


@dataclass(frozen=True, slots=True)
class Public:
    """The site as the world reaches it."""

    context: Context
    port: int
    prefix: str
    tls: SSLContext

    def ask(
        self,
        path: str,
        fields: dict[str, str] | None = None,
        *,
        client: str = "127.0.0.1",
        **headers: str,
    ) -> Answer:
        """GET a path of this host, or POST fields to it, from an address of this machine."""
        line = http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=60, context=self.tls, source_address=(client, 0)
        )
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if fields is None:
            line.request("GET", path, headers=sent)
        else:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            line.request("POST", path, urlencode(fields), sent)
        response = line.getresponse()
        answer = Answer(response.status, response.headers, response.read().decode())
        line.close()
        return answer

    def sign_up(self, address: str, client: str, **headers: str) -> int:
        form = {"form_token": form_token_aged(self.context, 10), "email": address}
        return self.ask(f"{self.prefix}/subscribe", form, client=client, **headers).status


@pytest.fixture(params=["caddy", "nginx"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["", "/letter"], ids=["own host", "below a path"])
def public(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Public]:
    prefix = str(request.param)
    pem = certificate(tmp_path)
    url = f"https://127.0.0.1{prefix}"
    context = create_newsletter(tmp_path / "newsletter", proxies=1, site_url=url)
    site = Program(context.folder).start("serve", "--port", "0")
    assert site.stderr is not None
    try:
        found = re.search(r"localhost:(\d+)", site.stderr.readline())
        assert found
        with run_proxy(name, tmp_path, pem, int(found[1]), prefix) as port:
            yield Public(context, port, prefix, tls_context(pem))
    finally:
        site.terminate()
        site.communicate()
        context.engine.dispose()


def test_a_reader_signs_up_and_leaves(public: Public) -> None:
    front = public.ask(f"{public.prefix}/")
    assert front.status == 200
    action = re.search(r'<form[^>]*action="([^"]*)"', front.text)
    assert action
    assert unescape(action[1]) == f"{public.prefix}/subscribe"
    assert public.sign_up("ada@example.com", "127.0.1.1") == 200
    confirm = link_in(message_to(public.context, "ada@example.com"))
    assert confirm.startswith(f"{public.prefix}/confirm/")
    assert public.ask(confirm, {}).status == 200
    assert status_of(public.context, "ada@example.com") == "active"

    way_out = public.prefix + subscribe(public.context, "bo@example.com").removeprefix(
        public.prefix
    )
    left = public.ask(way_out, {"List-Unsubscribe": "One-Click"})
    assert (left.status, left.text) == (200, "Unsubscribed.\n")
    assert status_of(public.context, "bo@example.com") == "unsubscribed"


def test_the_limit_counts_the_visitors_own_address_whatever_they_claim(public: Public) -> None:
    for number in range(_SIGN_UPS_OF_A_NETWORK):
        claim = f"10.0.{number}.1"
        address = f"v{number}@example.com"
        assert public.sign_up(address, "127.0.1.1", X_Forwarded_For=claim) == 200
    assert public.sign_up("more@example.com", "127.0.1.2", X_Forwarded_For="10.0.9.1") == 429
    assert public.sign_up("else@example.com", "127.0.2.1") == 200


def test_a_visitor_cannot_choose_host_or_path(public: Public) -> None:
    page = public.ask(
        f"{public.prefix}/subscribe",
        X_Forwarded_Host="evil.example",
        X_Forwarded_Prefix="/evil",
    )
    assert page.status == 200
    assert "evil" not in page.text


def test_the_host_is_https_for_a_year_unless_it_is_another_sites(public: Public) -> None:
    header = public.ask(f"{public.prefix}/healthz").headers["Strict-Transport-Security"]
    assert header == (None if public.prefix else "max-age=31536000")


@pytest.mark.parametrize("file", ["Caddyfile", "desk.Caddyfile"])
def test_caddy_takes_the_file_as_it_is(tmp_path: Path, file: str) -> None:
    words = ["caddy", "adapt", "--adapter", "caddyfile", "--config", str(FILES / file)]
    checked = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr


def test_the_doctor_finds_the_site_behind_it_well(public: Public, tmp_path: Path) -> None:
    program = Program(public.context.folder)
    program.set(
        f'url = "https://127.0.0.1{public.prefix}"',
        f'url = "https://127.0.0.1:{public.port}{public.prefix}"',
    )
    program.env["SSL_CERT_FILE"] = str(tmp_path / "server.pem")
    findings = [
        (finding["rule"], finding["level"])
        for finding in program("doctor", "--json").json["findings"]
        if finding["area"] == "Readers' site"
    ]

    # The certificate of the test holds for two days.
    assert findings == [
        ("site", "ok"),
        ("one-click", "ok"),
        ("site-certificate", "error"),
        ("site-proxy", "ok"),
    ]
    program.set("trusted_proxies = 1", "trusted_proxies = 0")
    assert program("doctor").code == 3
