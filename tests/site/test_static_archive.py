"""`newsletter archive export`: the archive as files, for any web host and from a disk."""

from __future__ import annotations

import functools
import json
import re
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import feedparser
import pytest
from playwright.sync_api import Browser
from sqlalchemy import insert, select, update

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.errors import ComposeError, UsageError
from newsletter.site.export_folder import MANIFEST
from newsletter.site.static_archive import export_archive
from newsletter.storage.database.engine import transaction
from newsletter.storage.tables import edition, issue, picture
from tests.support.archive import READER, create_archive
from tests.support.newsletter_folder import NOW
from tests.support.program import Program

NAME = f"{'a' * 64}.png"


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return create_archive(tmp_path / "newsletter")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "public"


def add_issue(context: Context, number: int) -> None:
    """Store another sent issue with the edition of the first."""
    with transaction(context.engine) as connection:
        for table, changes in (
            (issue, {"id": number, "number": number, "key": f"2027-W{number:02}"}),
            (edition, {"issue_id": number}),
        ):
            of_first = table.c.id == 1 if table is issue else table.c.issue_id == 1
            for row in connection.execute(select(table).where(of_first)).mappings().all():
                connection.execute(insert(table).values({**row, **changes}))


def add_to_page(context: Context, html: str) -> None:
    with transaction(context.engine) as connection:
        before = connection.scalar(select(edition.c.html).limit(1)) or ""
        whole = before.replace("</body>", f"{html}</body>")
        connection.execute(update(edition).values(html=whole))


def times(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def without_site(context: Context) -> Context:
    """Open the newsletter as if its author had taken the site's address away."""
    context.engine.dispose()
    settings = context.folder / "newsletter.toml"
    text = settings.read_text("utf-8").replace('url = "https://news.example.com"', "")
    settings.write_text(text, "utf-8")
    return open_newsletter(context.folder, {"NEWSLETTER_NOW": NOW})


def test_pages_link_each_other_and_name_no_reader(context: Context, folder: Path) -> None:
    add_issue(context, 2)
    result = export_archive(context, folder)
    assert (result.issues, result.folder.written) == (2, 4)
    index, first = ((folder / name).read_text("utf-8") for name in ("index.html", "1.html"))
    assert index.index('href="2.html"') < index.index('href="1.html"')
    assert 'href="index.html"' in first
    assert 'href="2.html"' in first
    assert 'href="https://news.example.com/subscribe"' in first
    assert '<link rel="canonical" href' not in first
    for page in (index, first):
        assert not re.search(r'(href|src)="/', page)
        assert not any(part in page for part in (READER, "/unsubscribe/", "/preferences/"))
    assert (folder / "1.html").stat().st_mode & 0o777 == 0o644


def test_without_a_site_there_is_no_link_to_sign_up(context: Context, folder: Path) -> None:
    add_to_page(context, '<p><a href="https://friend.example/subscribe">My friend</a></p>')
    export_archive(without_site(context), folder)
    index, first = ((folder / name).read_text("utf-8") for name in ("index.html", "1.html"))
    assert "subscribe" not in index
    assert "news.example.com" not in index + first
    assert "friend.example/subscribe" in first, "a post keeps its own links"


def test_the_feed_is_whole_with_an_address_and_has_steady_ids_without(
    context: Context, folder: Path
) -> None:
    export_archive(context, folder)
    local = feedparser.parse((folder / "feed.xml").read_text("utf-8"))
    assert not local.bozo
    assert [entry.link for entry in local.entries] == ["1.html"]
    assert local.entries[0].id.startswith("happy-trails:")
    export_archive(context, folder, url="https://hills.example/letters")
    whole = feedparser.parse((folder / "feed.xml").read_text("utf-8"))
    assert [entry.link for entry in whole.entries] == ["https://hills.example/letters/1.html"]
    assert 'rel="canonical" href="https://hills.example/letters/1.html"' in (
        folder / "1.html"
    ).read_text("utf-8")


def test_our_pictures_become_files_and_others_stay_where_they_are(
    context: Context, folder: Path
) -> None:
    with transaction(context.engine) as connection:
        connection.execute(insert(picture).values(name=NAME, body=b"PNG", shown=True))
    gone = f"https://old.example/images/{'b' * 64}.jpg"
    add_to_page(
        context,
        f'<img src="https://old.example/images/{NAME}"><img src="{gone}">'
        '<img src="https://blog.example.com/hill.jpg">',
    )
    result = export_archive(context, folder)
    page = (folder / "1.html").read_text("utf-8")
    assert result.pictures == 1
    assert (folder / "images" / NAME).read_bytes() == b"PNG"
    assert f'src="images/{NAME}"' in page
    assert gone in page
    assert "https://blog.example.com/hill.jpg" in page


def test_an_export_anew_writes_what_changed_and_removes_what_left(
    context: Context, folder: Path
) -> None:
    add_issue(context, 2)
    add_issue(context, 3)
    export_archive(context, folder)
    (folder / "robots.txt").write_text("mine", "utf-8")
    (folder / "3.html").write_text("I edited this", "utf-8")
    before = times(folder)
    again = export_archive(context, folder)
    assert again.folder.written == 1, "the page that was edited"
    assert {name: time for name, time in times(folder).items() if name != "3.html"} == {
        name: time for name, time in before.items() if name != "3.html"
    }
    (folder / "3.html").write_text("I edited this", "utf-8")
    with transaction(context.engine) as connection:
        connection.execute(update(issue).where(issue.c.id > 1).values(status="cancelled"))
    last = export_archive(context, folder).folder
    assert (last.removed, last.kept) == (1, ("3.html",))
    left = {path.name for path in folder.iterdir()}
    assert left == {"1.html", "3.html", "index.html", "feed.xml", "robots.txt", MANIFEST}


def test_an_export_that_fails_leaves_the_folder_as_it_was(context: Context, folder: Path) -> None:
    export_archive(context, folder)
    before = {path: path.read_bytes() for path in folder.rglob("*")}
    add_issue(context, 2)
    own = context.folder / "templates" / "web" / "site"
    own.mkdir(parents=True)
    (own / "archive.html").write_text("{% if %}", "utf-8")
    with pytest.raises(ComposeError, match="cannot be used"):
        export_archive(context, folder)
    assert {path: path.read_bytes() for path in folder.rglob("*")} == before


def test_a_folder_of_other_things_needs_consent_and_keeps_them(
    context: Context, folder: Path
) -> None:
    folder.mkdir()
    (folder / "cv.pdf").write_text("mine", "utf-8")
    with pytest.raises(UsageError, match=r"holds other things: cv.pdf\."):
        export_archive(context, folder)
    assert [path.name for path in folder.iterdir()] == ["cv.pdf"]
    export_archive(context, folder, consent=True)
    export_archive(context, folder)
    assert (folder / "cv.pdf").read_text("utf-8") == "mine"


def test_what_is_no_folder_for_an_archive_is_refused(context: Context, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="list and your secrets"):
        export_archive(context, context.folder, consent=True)
    file = tmp_path / "file"
    file.write_text("", "utf-8")
    with pytest.raises(UsageError, match="is no folder"):
        export_archive(context, file)
    with pytest.raises(UsageError, match="is no web address"):
        export_archive(context, tmp_path / "new", url="hills.example")
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "images").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="is a link to another place"):
        export_archive(context, linked, consent=True)


def test_a_page_of_somebody_else_is_replaced_by_consent_only(
    context: Context, folder: Path
) -> None:
    export_archive(context, folder)
    add_issue(context, 2)
    (folder / "2.html").write_text("my own second page", "utf-8")
    with pytest.raises(UsageError, match="no export wrote it"):
        export_archive(context, folder)
    assert (folder / "2.html").read_text("utf-8") == "my own second page"
    export_archive(context, folder, consent=True)
    assert "Larch week" in (folder / "2.html").read_text("utf-8")


def test_a_manifest_deletes_nothing_outside_and_another_newsletter_asks(
    context: Context, folder: Path, tmp_path: Path
) -> None:
    export_archive(context, folder)
    precious = tmp_path / "precious"
    precious.write_text("", "utf-8")
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    manifest["files"]["../precious"] = empty
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    export_archive(context, folder)
    assert precious.exists()
    other = create_archive(tmp_path / "other")
    with pytest.raises(UsageError, match="of another newsletter"):
        export_archive(other, folder)


def test_the_command_says_what_it_did(context: Context, folder: Path) -> None:
    context.engine.dispose()
    program = Program(context.folder, NOW)
    answer = program("archive", "export", str(folder))
    assert (answer.code, "3 files written" in answer.out) == (0, True), answer
    assert "--url" in answer.err
    document = program("archive", "export", str(folder), "--json").json
    assert (document["written"], document["unchanged"], document["kept"]) == (0, 3, [])
    folder.joinpath(MANIFEST).unlink()
    refused = program("archive", "export", str(folder))
    assert (refused.code, "--yes" in refused.err) == (2, True)
    assert program("archive", "export", str(folder), "--yes").code == 0


def test_it_works_from_a_disk_and_below_a_path(
    context: Context, folder: Path, chromium: Browser, tmp_path: Path
) -> None:
    add_issue(context, 2)
    export_archive(context, folder)
    handler = functools.partial(_QuietHandler, directory=str(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    window = chromium.new_context()
    page = window.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    for start in (
        (folder / "index.html").as_uri(),
        f"http://127.0.0.1:{server.server_port}/public/",
    ):
        page.goto(start)
        page.locator("ul.issues a").last.click()
        page.locator('nav a[href="2.html"]').click()
        assert page.url.endswith("/2.html")
        page.get_by_role("navigation").get_by_role("link").first.click()
        assert page.locator("h1").inner_text() == "Every issue so far"
    window.close()
    server.shutdown()
    thread.join()
    server.server_close()
    assert complaints == []


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
        """Say nothing."""
