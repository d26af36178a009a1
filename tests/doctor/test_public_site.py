"""The readers' site, looked at from outside: the real site, and what else may answer there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from newsletter.context import Context
from newsletter.doctor.diagnosis import Diagnosis
from newsletter.doctor.public_site import SiteFacts, check_site, judge_site
from newsletter.site.server import listen
from tests.doctor.installations import NOW, make_installation
from tests.support.newsletter_folder import create_newsletter
from tests.support.reverse_proxy import run_reverse_proxy
from tests.support.visitor import run_server
from tests.support.web_server import WebServer

GOOD = SiteFacts(
    url="https://news.example.com",
    trusted_proxies=1,
    status=200,
    health={"status": "ok", "seen": {"scheme": "https", "address": "8.8.8.8"}},
    certificate_ends=NOW + dt.timedelta(days=60),
    one_click=200,
    link_status=200,
)


def ill(diagnoses: list[Diagnosis]) -> list[str]:
    assert all(diagnosis.cure for diagnosis in diagnoses if diagnosis.verdict != "ok")
    return [f"{d.verdict} {d.rule}" for d in diagnoses if d.verdict != "ok"]


def look(context: Context, url: str, *, proxies: int = 0, secret: str = "") -> list[Diagnosis]:
    replace = msgspec.structs.replace
    site = replace(context.settings.site, url=url, trusted_proxies=proxies)
    secrets = context.secrets
    if secret:
        secrets = type(secrets)(signing=(secret,))
    installation = make_installation(
        replace(context.settings, site=site), folder=context.folder, secrets=secrets
    )
    return list(check_site(installation))


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = create_newsletter(tmp_path / "newsletter")
    yield context
    context.engine.dispose()


@pytest.fixture
def site_url(context: Context) -> Iterator[str]:
    site = listen(context, host="127.0.0.1", port=0)
    with run_server(site.server):
        yield f"http://127.0.0.1:{site.port}"


def test_the_real_site_is_well_and_nothing_of_it_changes(context: Context, site_url: str) -> None:
    before = {path.name for path in context.folder.iterdir()}
    diagnoses = look(context, site_url)

    assert ill(diagnoses) == []
    assert [d.rule for d in diagnoses] == ["site", "one-click", "site-proxy"]
    assert {path.name for path in context.folder.iterdir()} == before


def test_a_site_under_another_secret_is_found(context: Context, site_url: str) -> None:
    diagnoses = look(context, site_url, secret="another secret of this folder")

    assert ill(diagnoses) == ["error one-click"]


def test_a_site_below_a_path_is_well(context: Context, site_url: str) -> None:
    with run_reverse_proxy("/letter") as proxy:
        proxy.target = int(site_url.rpartition(":")[2])
        assert ill(look(context, proxy.url)) == []
        assert ill(look(context, proxy.url.replace("/letter", "/elsewhere"))) == ["error site"]


def test_a_believed_header_is_found(context: Context, tmp_path: Path) -> None:
    trusting = create_newsletter(tmp_path / "trusting", proxies=1)
    site = listen(trusting, host="127.0.0.1", port=0)
    with run_server(site.server):
        diagnoses = look(trusting, f"http://127.0.0.1:{site.port}", proxies=1)
    trusting.engine.dispose()

    assert ill(diagnoses) == ["error site-proxy"]
    assert context.folder.is_dir()


def test_a_redirect_and_another_site_are_told(context: Context, web: WebServer) -> None:
    web.answer("/healthz", "the blog", kind="text/html")
    assert ill(look(context, web.url)) == ["error site"]
    assert ill(look(context, f"{web.url}/gone")) == ["error site"]
    assert ill(look(context, "http://127.0.0.1:9")) == ["error site"]


def test_a_name_that_leads_nowhere_and_a_site_that_is_down_have_different_cures(
    context: Context,
) -> None:
    (nameless,) = look(context, "https://news.nowhere.invalid")
    (down,) = look(context, "http://127.0.0.1:9")
    assert "an A or AAAA record" in nameless.cure
    assert "newsletter serve`, and keep it running" in down.cure


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"location": "https://www.example.com/healthz"}, ["error site"]),
        ({"status": 503, "health": {"status": "unavailable", "reason": "Full."}}, ["error site"]),
        ({"one_click": 403}, ["error one-click"]),
        ({"one_click_faults": ("a cookie",)}, ["error one-click"]),
        ({"certificate_ends": NOW + dt.timedelta(days=10)}, ["warning site-certificate"]),
        ({"certificate_ends": NOW + dt.timedelta(hours=30)}, ["error site-certificate"]),
        (
            {"health": {"status": "ok", "seen": {"scheme": "https", "address": "10.0.0.2"}}},
            ["warning site-proxy"],
        ),
        (
            {"health": {"status": "ok", "seen": {"scheme": "http", "address": "8.8.8.8"}}},
            ["note site-proxy"],
        ),
        ({}, []),
    ],
)
def test_each_answer_is_judged(change: dict[str, object], expected: list[str]) -> None:
    facts = SiteFacts(**{name: getattr(GOOD, name) for name in GOOD.__slots__} | change)

    assert ill(list(judge_site(facts, NOW))) == expected
