"""Rules for every public page: headers, health check and error pages."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import resource
from pathlib import Path

import pytest

from newsletter.context import Context
from newsletter.errors import NewsletterError, SettingsError
from newsletter.pipeline.health import has_room
from newsletter.site.server import listen
from newsletter.site.web import create_app
from newsletter.storage.database.engine import transaction
from newsletter.storage.runs import LastRun, save_run
from subscribers.link_ids import make_link_id
from subscribers.tokens import sign_token
from tests.support.newsletter_folder import create_newsletter, subscribe
from tests.support.visitor import Visitor, assert_bare_headers


def test_health_is_ok_while_the_database_answers(visitor: Visitor) -> None:
    answer = visitor.get("/healthz")
    assert (answer.status, json.loads(answer.text)) == (
        200,
        {"status": "ok", "last_run": None},
    )


def test_health_names_the_last_run(context: Context, visitor: Visitor) -> None:
    at = context.clock()
    with transaction(context.engine) as connection:
        save_run(connection, LastRun(at=at, exit_code=1))

    answer = visitor.get("/healthz")

    assert (answer.status, json.loads(answer.text)["last_run"]) == (200, at.isoformat())


def test_a_disk_that_takes_no_more_is_noticed(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    assert has_room(tmp_path)
    # To the system's calls it is the same as a full disk: no file may grow.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, limits[1]))
    try:
        assert not has_room(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not has_room(tmp_path / "gone")


def test_only_who_holds_the_secret_learns_how_the_site_sees_them(
    context: Context, visitor: Visitor
) -> None:
    token = sign_token("probe", make_link_id(), context.secrets.signing)
    other = sign_token("unsubscribe", make_link_id(), context.secrets.signing)

    assert json.loads(visitor.get(f"/healthz?probe={token}").text)["seen"]["scheme"] == "http"
    assert "seen" not in json.loads(visitor.get(f"/healthz?probe={other}").text)
    assert "seen" not in json.loads(visitor.get("/healthz?probe=").text)


def test_health_says_in_a_sentence_that_the_database_is_gone(
    context: Context, visitor: Visitor
) -> None:
    context.engine.dispose()
    for file in context.folder.glob("newsletter.db*"):
        file.unlink()
    answer = visitor.get("/healthz")
    assert answer.status == 503
    assert "database does not answer" in json.loads(answer.text)["reason"]
    assert str(context.folder) not in answer.text


def test_a_reader_is_asked_to_come_again_when_the_database_is_gone(
    context: Context, visitor: Visitor
) -> None:
    way_out = subscribe(context, "ada@example.com")
    context.engine.dispose()
    for file in context.folder.glob("newsletter.db*"):
        file.unlink()
    answer = visitor.request("POST", way_out)
    assert answer.status == 503
    assert "try again" in answer.words
    assert "no such table" not in answer.text


@pytest.mark.parametrize("path", ["/unsubscribe/test", "/unsubscribe/wrong", "/nowhere", "/"])
def test_every_page_has_strict_security_headers(visitor: Visitor, path: str) -> None:
    page = visitor.get(path)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert page.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in page.headers["Permissions-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Set-Cookie"] is None
    assert page.headers["Server"] is None
    assert page.headers["Access-Control-Allow-Origin"] is None
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"


def test_a_request_that_never_reaches_the_pages_gets_security_headers_too(
    visitor: Visitor,
) -> None:
    both_lengths = {"Content-Length": "5", "Transfer-Encoding": "chunked"}
    too_long = {"Content-Length": "999999999"}
    for headers, status in (({"X-Long": "a" * 40_000}, 431), (too_long, 413), (both_lengths, 400)):
        answer = visitor.request("POST", "/subscribe", headers)
        assert answer.status == status
        assert_bare_headers(answer)


@pytest.mark.parametrize(
    ("proxies", "scheme", "url", "expected"),
    [
        (1, "https", "", "max-age=31536000"),
        (1, "https", "https://blog.example.com/letter", None),
        (1, "http", "", None),
        (0, "https", "", None),
    ],
    ids=["own host", "below a path", "without TLS", "without a proxy"],
)
def test_browsers_keep_to_https_once_they_came_by_it(
    tmp_path: Path, proxies: int, scheme: str, url: str, expected: str | None
) -> None:
    app = create_app(create_newsletter(tmp_path / "newsletter", proxies=proxies, site_url=url))
    answer = app.test_client().get("/subscribe", headers={"X-Forwarded-Proto": scheme})
    assert answer.status_code == 200
    assert answer.headers.get("Strict-Transport-Security") == expected


def test_the_one_style_is_the_one_the_policy_names(visitor: Visitor) -> None:
    page = visitor.get("/unsubscribe/test")
    style = re.search(r"<style>(.*?)</style>", page.text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.headers["Content-Security-Policy"]


def test_a_page_loads_nothing_from_other_sites(visitor: Visitor) -> None:
    page = visitor.get("/unsubscribe/test").text
    assert not re.search(r"<(script|link|img|iframe)\b|url\(|@import", page)


def test_an_unknown_page_is_friendly(visitor: Visitor) -> None:
    page = visitor.get("/wp-login.php")
    assert page.status == 404
    assert "No trail leads here" in page.words


def test_a_method_that_does_not_fit_names_those_that_do(visitor: Visitor) -> None:
    for method in ("DELETE", "TRACE"):
        page = visitor.request(method, "/unsubscribe/test")
        assert page.status == 405
        assert "POST" in page.headers["Allow"]


def test_the_author_may_override_a_page(tmp_path: Path) -> None:
    context = create_newsletter(tmp_path / "newsletter")
    own = context.folder / "templates" / "web" / "site"
    own.mkdir(parents=True)
    (own / "ask.html").write_text("<p>Bye from {{ title }}</p>", "utf-8")
    answer = create_app(context).test_client().get("/unsubscribe/test")
    assert answer.text == "<p>Bye from Pine &amp; Pace</p>"


@pytest.mark.parametrize(("proxies", "scheme"), [(0, "http"), (1, "https")])
def test_proxy_headers_count_only_where_a_proxy_is_trusted(
    tmp_path: Path, proxies: int, scheme: str
) -> None:
    app = create_app(create_newsletter(tmp_path / "newsletter", proxies=proxies))
    seen: list[str] = []

    @app.get("/seen")
    def page() -> str:
        from flask import request

        seen.append(request.scheme)
        return ""

    app.test_client().get("/seen", headers={"X-Forwarded-Proto": "https"})
    assert seen == [scheme]


def test_a_port_in_use_is_reported_with_its_cure(context: Context, visitor: Visitor) -> None:
    with pytest.raises(NewsletterError, match="--port"):
        listen(context, host="127.0.0.1", port=visitor.port)


def test_without_the_secret_the_site_does_not_start(tmp_path: Path) -> None:
    create_newsletter(tmp_path / "newsletter")
    (tmp_path / "newsletter" / ".env").write_text("", "utf-8")
    from newsletter.app import open_newsletter

    with pytest.raises(SettingsError, match="NEWSLETTER_SECRET"):
        listen(open_newsletter(tmp_path / "newsletter", {}), host="127.0.0.1", port=0)
