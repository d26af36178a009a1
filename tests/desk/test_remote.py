"""A desk behind a web server: who reaches it, by which name, and with the password alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.desk.access import DeskAccess, choose_access
from newsletter.desk.password import set_password
from newsletter.desk.server import listen
from newsletter.errors import SettingsError, UsageError
from tests.support.newsletter_folder import create_newsletter, open_issue, publish, subscribe
from tests.support.visitor import Page, Visitor, assert_bare_headers, run_server

PASSWORD = "four larches under snow"
HOST = "desk.example.com"
WHO = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
OpenRemote = Callable[..., Visitor]


def with_settings(context: Context, text: str, *, proxies: int = 1) -> Context:
    """Return the newsletter with more in newsletter.toml, as the next command opens it."""
    path = context.folder / "newsletter.toml"
    settings = path.read_text("utf-8").replace(
        "trusted_proxies = 0", f"trusted_proxies = {proxies}"
    )
    path.write_text(settings + text, "utf-8")
    return open_newsletter(context.folder, {"NEWSLETTER_NOW": context.clock().isoformat()})


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A newsletter with a waiting post, whose desk has a password and an address."""
    context = create_newsletter(tmp_path / "newsletter")
    publish(context, "Larch week")
    subscribe(context, "ada@example.com", "north")
    set_password(context.folder, {}, context.settings.newsletter, PASSWORD)
    return with_settings(context, f'[desk]\nurl = "https://{HOST}"\n')


@pytest.fixture
def open_remote() -> Iterator[OpenRemote]:
    """Open desks behind a web server on this machine, each with a browser elsewhere."""
    with ExitStack() as open_ones:

        def open_one(context: Context, *, path: str | None = None, host: str = HOST) -> Visitor:
            access = choose_access(context.settings, context.secrets, listen="127.0.0.1", path=path)
            desk = listen(context, 0, access=access)
            open_ones.enter_context(run_server(desk.server))
            return Visitor(desk.port, host=host, scheme="https", headers=WHO)

        yield open_one


@pytest.fixture
def stranger(context: Context, open_remote: OpenRemote) -> Visitor:
    return open_remote(context)


def sign_in(
    visitor: Visitor, password: str = PASSWORD, *, path: str = "", way_on: str = ""
) -> Page:
    page = visitor.get(f"{path}/login")
    token = page.hidden_field("csrf_token")
    fields = {"csrf_token": token, "password": password, "next": way_on}
    return visitor.submit(f"{path}/login", fields)


def test_without_the_password_there_is_nothing_to_see(stranger: Visitor) -> None:
    for path in ("/", "/posts", "/mail/north", "/start?key=guess", "/x"):
        answer = stranger.get(path)
        assert answer.status == 303
        assert answer.headers["Location"].startswith("/login?next=")
        assert "Larch week" not in answer.text
    for dest in ("iframe", "empty", "image"):
        answer = stranger.request("GET", "/mail/north", {"Sec-Fetch-Dest": dest})
        assert answer.status == 403


def test_the_password_lets_a_browser_in_and_leads_on_to_the_page_it_wanted(
    stranger: Visitor,
) -> None:
    answer = sign_in(stranger, way_on="/posts?state=waiting")
    assert answer.status == 303
    assert answer.headers["Location"] == "/posts?state=waiting"
    assert "Larch week" in stranger.get("/").words
    assert stranger.get("/login").headers["Location"] == "/"


def test_signing_in_leads_nowhere_else(stranger: Visitor) -> None:
    for way_on in ("https://evil.example/", "//evil.example/", "/\\evil.example", "x", "/a\nb", ""):
        assert sign_in(replace(stranger), way_on=way_on).headers["Location"] == "/"


def test_its_cookie_is_for_this_host_by_https_alone(stranger: Visitor) -> None:
    cookie = sign_in(stranger).headers["Set-Cookie"]
    assert cookie.startswith("__Host-desk=")
    for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in cookie.split("; ")


def test_signing_in_makes_a_new_session(stranger: Visitor) -> None:
    stranger.get("/login")
    before = stranger.cookie
    sign_in(stranger)
    assert before != stranger.cookie
    thief = replace(stranger, cookie=before)
    assert thief.get("/").status == 303


def test_a_wrong_password_is_refused_and_logged_without_it(
    stranger: Visitor, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = sign_in(stranger, "four larches under ice")
    assert answer.status == 403
    assert "That is not the password" in answer.words
    assert stranger.get("/").status == 303
    log = capfd.readouterr().err
    assert "a wrong password from 203.0.113.0/24" in log
    assert "larches" not in log


def test_whoever_guesses_has_to_slow_down_whatever_address_they_claim(
    context: Context, open_remote: OpenRemote
) -> None:
    guesser = open_remote(context)
    answers = []
    for number in range(7):
        guesser.headers = WHO | {"X-Forwarded-For": f"192.0.2.{number}, 203.0.113.{number}"}
        answers.append(sign_in(guesser, f"guess {number}"))
    assert [answer.status for answer in answers] == [403] * 5 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "Too many tries" in answers[-1].words
    # Not even the right one is looked at now, and elsewhere it is.
    assert sign_in(guesser).status == 429
    guesser.headers = WHO | {"X-Forwarded-For": "198.51.100.9"}
    assert sign_in(guesser).status == 303


def test_signing_out_ends_the_session_here_and_everywhere_ends_all(
    context: Context, open_remote: OpenRemote
) -> None:
    phone = open_remote(context)
    laptop = Visitor(phone.port, host=HOST, scheme="https", headers=WHO)
    for browser in (phone, laptop):
        sign_in(browser)
    copied = replace(phone)
    token = phone.get("/").hidden_field("csrf_token")
    assert "signed out" in phone.submit("/sign-out", {"csrf_token": token}).words
    assert copied.get("/").status == phone.get("/").status == 303
    assert laptop.get("/").status == 200

    sign_in(phone)
    token = laptop.get("/").hidden_field("csrf_token")
    laptop.submit("/sign-out-everywhere", {"csrf_token": token})
    assert phone.get("/").status == laptop.get("/").status == 303


def test_another_password_and_another_start_end_every_session(
    context: Context, open_remote: OpenRemote
) -> None:
    author = open_remote(context)
    sign_in(author)
    again = replace(author, port=open_remote(context).port)
    assert again.get("/").status == 303
    assert author.get("/").status == 200
    set_password(context.folder, {}, context.settings.newsletter, "another larch in the fog")
    assert author.get("/").status == 303
    assert sign_in(author).status == 403
    assert sign_in(author, "another larch in the fog").status == 303


def test_a_session_ends_by_itself_and_its_form_loses_nothing(
    context: Context, open_remote: OpenRemote
) -> None:
    now = [dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)]
    author = open_remote(replace(context, real_clock=lambda: now[0]))
    sign_in(author)
    page = author.get("/")
    fields = {name: page.hidden_field(name) for name in ("csrf_token", "seen")}
    now[0] += dt.timedelta(hours=3)
    answer = author.submit("/approve/1", fields)
    assert answer.status == 403
    assert "what you wrote is still on the page before" in answer.words
    assert open_issue(context).status == "draft"


def test_every_form_is_the_desks_own(context: Context, stranger: Visitor) -> None:
    sign_in(stranger)
    page = stranger.get("/")
    fields = {name: page.hidden_field(name) for name in ("csrf_token", "seen")}
    for origin in (f"http://{HOST}", "https://evil.example", f"https://evil.{HOST}", "null"):
        assert stranger.submit("/approve/1", fields, Origin=origin).status == 403
    assert stranger.submit("/approve/1", {}).status == 400
    assert open_issue(context).status == "draft"
    assert stranger.submit("/approve/1", fields).status == 303
    for path in ("/login", "/sign-out", "/sign-out-everywhere"):
        assert stranger.submit(path, {}, Origin="https://evil.example").status == 403
        assert stranger.submit(path, {"csrf_token": "made-up"}).status == 400
    assert open_issue(context).status == "approved"


def test_another_host_and_plain_http_are_refused_before_anything_else(stranger: Visitor) -> None:
    for headers in (
        {"Host": "evil.example"},
        {"Host": f"evil.{HOST}"},
        {"Host": f"user@{HOST}"},
        {"Host": f"{HOST}:x"},
        {"Host": f"{HOST}/"},
        {"Host": ""},
        {"Host": "127.0.0.1"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "http"},
        {"X-Forwarded-Proto": ""},
        {"X-Forwarded-Proto": "https, http"},
    ):
        for path in ("/login", "/looks/trail.css"):
            answer = stranger.request("GET", path, headers)
            assert answer.status == 403, headers
            assert_bare_headers(answer)


def test_a_web_server_may_leave_out_the_port_or_add_it(stranger: Visitor) -> None:
    assert stranger.request("GET", "/login", {"Host": f"{HOST}:443"}).status == 200
    passed_on = {"Host": "127.0.0.1:8024", "X-Forwarded-Host": HOST}
    assert stranger.request("GET", "/login", passed_on).status == 200


def test_from_elsewhere_it_changes_nothing_that_a_secret_is_sent_to_and_shows_none(
    context: Context, stranger: Visitor
) -> None:
    secret = "a-password-of-the-database"
    path = context.folder / "newsletter.toml"
    here = path.read_text("utf-8").replace(
        "[issue]", "[sender.smtp]\nhost = 'mail.example'\n[issue]"
    )
    path.write_text(here, "utf-8")
    sign_in(stranger)
    token = stranger.get("/").hidden_field("csrf_token")
    for section, name, value in (
        ("database", "database.url", f"postgresql://a:{secret}@evil.example/x"),
        ("fetch", "fetch.allow_private_addresses", "true"),
        ("sender", "sender.smtp.host", "evil.example"),
        ("mailbox", "mailbox.host", "evil.example"),
    ):
        page = stranger.get(f"/settings/{section}")
        assert page.status == 200
        fields = {"csrf_token": token, "seen": "", name: value, f"was:{name}": "x"}
        answer = stranger.submit(f"/settings/{section}", fields)
        assert answer.status == 303
        assert "on the machine itself" in stranger.get(answer.headers["Location"]).words
    assert stranger.get("/settings/file").status == 404
    assert stranger.submit("/settings/file", {"csrf_token": token, "text": ""}).status == 404
    assert path.read_text("utf-8") == here
    for place in ("", "settings/", "settings/database", "settings/sender", "settings/mailbox"):
        text = stranger.get(f"/{place}").text
        assert "made-up-for-tests" not in text
        assert "argon2id" not in text


def test_browsers_keep_to_https(stranger: Visitor) -> None:
    assert "max-age" in stranger.get("/login").headers["Strict-Transport-Security"]


def test_this_machine_gets_in_by_the_password_too(context: Context, stranger: Visitor) -> None:
    here = Visitor(stranger.port)
    assert here.get("/").status == 303
    answer = sign_in(here)
    assert answer.status == 303
    assert answer.headers["Set-Cookie"].startswith(f"desk_{stranger.port}=")
    assert "Larch week" in here.get("/").words
    assert open_issue(context).status == "draft"


@pytest.mark.parametrize("strips", [True, False])
def test_below_a_path_every_link_and_the_cookie_keep_to_it(
    tmp_path: Path, open_remote: OpenRemote, strips: bool
) -> None:
    context = create_newsletter(tmp_path / "n", proxies=1, site_url="https://news.example.com")
    publish(context, "Larch week")
    set_password(context.folder, {}, context.settings.newsletter, PASSWORD)
    context = with_settings(context, "")
    author = open_remote(context, path="desk", host="news.example.com")
    below = "" if strips else "/desk"
    assert author.get(f"{below}/").headers["Location"] == "/desk/login?next=/"
    answer = sign_in(author, path=below, way_on="/posts")
    assert answer.headers["Location"] == "/desk/posts"
    assert answer.headers["Set-Cookie"].startswith("__Secure-desk=")
    assert "Path=/desk" in answer.headers["Set-Cookie"].split("; ")
    page = author.get(f"{below}/")
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"] is None
    for attribute in ('href="/', 'src="/', 'action="/', 'formaction="/'):
        assert attribute not in page.text.replace(f"{attribute}desk/", "")


def ask(context: Context, listen: str | None, path: str | None = None) -> DeskAccess:
    return choose_access(context.settings, context.secrets, listen=listen, path=path)


@pytest.mark.parametrize(("listen", "path"), [("::", None), ("192.168.1.5", None), (None, "/desk")])
def test_without_a_password_it_does_not_open_to_others(
    tmp_path: Path, listen: str | None, path: str | None
) -> None:
    context = create_newsletter(tmp_path / "n")
    with pytest.raises(SettingsError, match="newsletter desk password"):
        ask(context, listen, path)
    for here in (None, "127.0.0.1", "::1", "localhost"):
        assert not ask(context, here).is_remote


def test_it_needs_an_address_of_its_own_to_open_to_others(tmp_path: Path) -> None:
    context = create_newsletter(tmp_path / "n")
    set_password(context.folder, {}, context.settings.newsletter, PASSWORD)
    context = with_settings(context, "", proxies=0)
    with pytest.raises(SettingsError, match=r"\[desk\]"):
        ask(context, "192.168.1.5", "/desk")
    here = ask(context, "127.0.0.1", "/desk")
    assert here.is_remote
    assert "only this machine" in here.remark


def test_it_must_hear_from_the_web_server_whether_a_browser_came_by_https(
    context: Context,
) -> None:
    context = with_settings(context, "", proxies=0)
    (context.folder / "newsletter.toml").write_text(
        (context.folder / "newsletter.toml")
        .read_text("utf-8")
        .replace("proxies = 1", "proxies = 0"),
        "utf-8",
    )
    context = with_settings(context, "", proxies=0)
    with pytest.raises(SettingsError, match="trusted_proxies = 1"):
        ask(context, "127.0.0.1")


def test_its_path_is_that_of_its_address_or_the_one_named(context: Context) -> None:
    assert ask(context, "127.0.0.1").path == ""
    assert ask(context, "127.0.0.1", "desk/mine/").path == "/desk/mine"
    for bad in ("/desk?x", "/../x", "/a b", "/dësk", "/<script>"):
        with pytest.raises(UsageError, match="--path /desk"):
            ask(context, "127.0.0.1", bad)


@pytest.mark.parametrize(
    "url", ["http://desk.example.com", "ftp://desk.example.com", "desk", "https://a:b@x.example"]
)
def test_an_address_that_would_show_the_password_is_refused(context: Context, url: str) -> None:
    path = context.folder / "newsletter.toml"
    path.write_text(path.read_text("utf-8").replace(f"https://{HOST}", url), "utf-8")
    with pytest.raises(SettingsError, match="https://"):
        open_newsletter(context.folder, {})


def test_from_elsewhere_no_other_database_server_or_mailer_is_chosen(
    context: Context, stranger: Visitor
) -> None:
    sign_in(stranger)
    before = (context.folder / "newsletter.toml").read_text("utf-8")
    token = stranger.get("/posts/").hidden_field("csrf_token")
    for section in ("database", "fetch", "sender"):
        assert "only on the machine itself" in stranger.get(f"/settings/{section}").words
        answer = stranger.submit(f"/settings/{section}", {"csrf_token": token})
        assert answer.status == 303
        assert "can only be changed on the machine itself" in stranger.get("/settings/").words
    assert stranger.get("/settings/file").status == 404
    assert stranger.submit("/settings/file", {"csrf_token": token, "text": "x"}).status == 404
    assert (context.folder / "newsletter.toml").read_text("utf-8") == before
