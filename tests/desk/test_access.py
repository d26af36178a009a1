"""Access to the desk: only this machine's browser with the key gets in."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from newsletter.context import Context
from newsletter.desk.host_check import allowed_hosts
from newsletter.desk.server import FIRST_PORT, listen
from newsletter.errors import NewsletterError
from tests.support.newsletter_folder import open_issue
from tests.support.visitor import Visitor, assert_bare_headers, run_server

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_the_start_address_is_exchanged_for_a_cookie_no_other_site_can_use(
    context: Context,
) -> None:
    desk = listen(context, 0)
    with run_server(desk.server):
        visitor = Visitor(desk.port)
        answer = visitor.get(desk.start_url.partition(str(desk.port))[2])
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"desk_{desk.port}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert answer.headers["Location"] == "/"


def test_a_key_lets_one_browser_in(context: Context) -> None:
    desk = listen(context, 0)
    path = desk.start_url.partition(str(desk.port))[2]
    with run_server(desk.server):
        author, thief = Visitor(desk.port), Visitor(desk.port)
        assert author.request("HEAD", path).status == 303
        author.cookie = ""
        assert author.get(path).status == 303
        assert thief.get(path).status == 403
        assert thief.get("/").status == 403
        assert author.get(path).status == 303
        assert author.get("/").status == 200


def test_a_cookie_of_one_desk_opens_no_other(context: Context) -> None:
    first, second = listen(context, 0), listen(context, 0)
    with run_server(first.server), run_server(second.server):
        author = Visitor(first.port)
        author.get(first.start_url.partition(str(first.port))[2])
        value = author.cookie.partition("=")[2]
        assert Visitor(second.port, cookie=f"desk_{second.port}={value}").get("/").status == 403


def test_without_the_key_there_is_nothing_to_see(author: Visitor) -> None:
    stranger = Visitor(author.port)
    for path in ("/", "/mail/north", "/mail/north/as-sent", "/start", "/start?key=guess", "/x"):
        page = stranger.get(path)
        assert page.status == 403
        assert "newsletter preview" in page.words
        assert "Larch week" not in page.text


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "localhost.:{port}",
        "localhost",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1.nip.io:{port}",
        "0.0.0.0:{port}",
        "[::ffff:127.0.0.1]:{port}",
        "127.1:{port}",
        "",
    ],
)
def test_another_host_name_is_refused_before_anything_else(author: Visitor, host: str) -> None:
    for path in ("/", "/looks/trail.css"):
        answer = author.request("GET", path, {"Host": host.format(port=author.port)})
        assert answer.status == 403
        assert answer.text == "The desk answers only to the names of this machine.\n"
        assert_bare_headers(answer)


def test_a_request_without_a_host_is_refused(author: Visitor) -> None:
    with socket.create_connection(("127.0.0.1", author.port)) as raw:
        raw.sendall(b"GET / HTTP/1.0\r\nCookie: " + author.cookie.encode() + b"\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.0 403")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
def test_each_name_of_this_machine_is_accepted(author: Visitor, name: str) -> None:
    assert author.request("GET", "/", {"Host": f"{name}:{author.port}"}).status == 200


def test_on_the_usual_port_a_browser_leaves_it_out() -> None:
    assert "localhost" in allowed_hosts(80)
    assert "localhost" not in allowed_hosts(8024)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Host", "Forwarded"])
def test_requests_through_a_proxy_are_refused(author: Visitor, header: str) -> None:
    answer = author.request("GET", "/", {header: "127.0.0.1"})
    assert answer.status == 403
    assert_bare_headers(answer)


def test_a_request_that_cannot_be_read_gets_the_security_headers_too(author: Visitor) -> None:
    answer = author.request("GET", "/", {"X-Long": "a" * 300_000})
    assert answer.status == 431
    assert_bare_headers(answer)


def test_it_listens_on_this_machine_alone(context: Context) -> None:
    desk = listen(context, 0)
    waitress: Any = desk.server
    with run_server(waitress):
        assert waitress.socket.getsockname() == ("127.0.0.1", desk.port)


def origin_of(author: Visitor) -> str:
    return f"http://127.0.0.1:{author.port}"


def test_forms_of_other_sites_are_refused(context: Context, author: Visitor) -> None:
    page = author.get("/")
    body = f"csrf_token={page.hidden_field('csrf_token')}&seen={page.hidden_field('seen')}".encode()
    own = origin_of(author)
    for sent in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": own.replace("http:", "https:")},
        {"Origin": f"http://localhost:{author.port}"},
        {"Origin": f"http://127.0.0.1:{author.port + 1}", "Sec-Fetch-Site": "same-site"},
        {"Origin": own, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {},
    ):
        answer = author.request("POST", "/approve/1", {**FORM, **sent}, body)
        assert answer.status == 403, sent
    assert open_issue(context).status == "draft"
    assert author.request("POST", "/approve/1", {**FORM, "Origin": own}, body).status == 303
    assert open_issue(context).status == "approved"


def test_every_form_needs_its_token(context: Context, author: Visitor) -> None:
    author.get("/")
    for path in (
        "approve/1",
        "unapprove/1",
        "stop/1",
        "resume/1",
        "test",
        "posts/1/skip",
        "collect",
    ):
        answer = author.submit(f"/{path}", {"csrf_token": "made-up"})
        assert answer.status == 400
        assert "Go back to the desk" in answer.words
    assert open_issue(context).status == "draft"


def test_get_changes_nothing(context: Context, author: Visitor) -> None:
    author.get("/")
    for path in ("approve/1", "stop/1", "test", "posts/1/skip", "collect"):
        assert author.get(f"/{path}").status == 405
    assert open_issue(context).status == "draft"


def test_the_page_has_strict_security_headers(author: Visitor) -> None:
    page = author.get("/")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert page.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in page.headers["Permissions-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Access-Control-Allow-Origin"] is None
    assert page.headers["Server"] is None


def test_the_next_free_port_is_taken_and_a_named_one_is_not_swapped(context: Context) -> None:
    first, second = listen(context, None), listen(context, None)
    try:
        assert FIRST_PORT <= first.port < second.port
        with pytest.raises(NewsletterError, match=f"port {first.port}.*--port"):
            listen(context, first.port)
    finally:
        for desk in (first, second):
            with run_server(desk.server):
                pass
