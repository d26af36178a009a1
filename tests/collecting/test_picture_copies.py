"""`[images] host = "site"`: issues show copies of the blog's pictures from our own site."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from newsletter.app import open_newsletter
from newsletter.collecting.picture_copies import picture_file, prune_copies
from newsletter.collecting.picture_copying import copy_pictures
from newsletter.collecting.post_decisions import decide_posts
from newsletter.context import Context
from newsletter.editorial.approval import approve
from newsletter.editorial.archive import archive_page
from newsletter.editorial.checks.check import check_issue
from newsletter.editorial.draft import draft_issue
from newsletter.editorial.preview import render_preview
from newsletter.errors import SettingsError
from newsletter.pipeline.send import send
from newsletter.site.server import listen
from newsletter.storage import posts
from newsletter.storage.database.engine import snapshot, transaction
from tests.collecting.photos import SITE, Photos, open_with_site
from tests.support.newsletter_folder import FEED, create_newsletter, publish, subscribe
from tests.support.visitor import Visitor, run_server


def _jpeg(colour: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (2400, 1600), colour).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def context(tmp_path: Path, photos: Photos) -> Context:
    context = open_with_site(tmp_path / "newsletter")
    photos.files["/hill.jpg"] = _jpeg("#336633")
    publish(context, "Larch week", image=f"{photos.address}/hill.jpg")
    subscribe(context, "ada@example.com", "north")
    return context


def _picture_file(context: Context, name: str) -> tuple[bytes, str] | None:
    with snapshot(context.engine) as connection:
        return picture_file(connection, name)


def _prune_copies(context: Context) -> int:
    with transaction(context.engine) as connection:
        return prune_copies(connection, context.clock())


def _name(html: str) -> str:
    return html.partition(f"{SITE}/images/")[2].partition('"')[0]


def test_an_issue_shows_the_copy_and_the_site_gives_it(context: Context, photos: Photos) -> None:
    copy_pictures(context.engine, context.settings)
    draft_issue(context)
    html = render_preview(context, "next").html
    assert photos.address not in html
    name = _name(html)
    values = _picture_file(context, name)
    assert values is not None
    with Image.open(BytesIO(values[0])) as copy:
        assert copy.size == (1200, 800)

    site = listen(context, host="127.0.0.1", port=0)
    with run_server(site.server):
        visitor = Visitor(site.port)
        answer = visitor.get(f"/images/{name}")
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert "immutable" in (answer.headers["Cache-Control"] or "")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        for other in ("newsletter.db", "..%2f.env", "0" * 64 + ".jpg", name + "x", name.upper()):
            assert visitor.get(f"/images/{other}").status == 404


def test_a_picture_is_requested_once(context: Context, photos: Photos) -> None:
    copy_pictures(context.engine, context.settings)
    copy_pictures(context.engine, context.settings)
    assert photos.requests == ["/hill.jpg"]


def test_pictures_beyond_the_time_limit_are_left_for_the_next_collect(
    context: Context, photos: Photos
) -> None:
    copy_pictures(context.engine, context.settings, seconds=0)
    assert photos.requests == []
    copy_pictures(context.engine, context.settings)
    assert photos.requests == ["/hill.jpg"]


def test_a_frozen_issue_keeps_its_picture_whatever_the_blog_does(
    context: Context, photos: Photos
) -> None:
    copy_pictures(context.engine, context.settings)
    draft_issue(context)
    approve(context, "next")
    number = send(context, "next").issue.number
    before = archive_page(context, number).html
    photos.files["/hill.jpg"] = _jpeg("#993300")
    copy_pictures(context.engine, context.settings)
    assert archive_page(context, number).html == before
    assert _picture_file(context, _name(before)) is not None


def test_a_failed_picture_is_shown_from_the_blog_and_retried(
    context: Context, photos: Photos
) -> None:
    data = photos.files.pop("/hill.jpg")
    copy_pictures(context.engine, context.settings)
    draft_issue(context)
    assert f"{photos.address}/hill.jpg" in render_preview(context, "next").html
    photos.files["/hill.jpg"] = data
    copy_pictures(context.engine, context.settings)
    assert photos.address not in render_preview(context, "next").html


def test_errors_of_copying_are_reported_with_the_feed(context: Context, photos: Photos) -> None:
    publish(context, "Mud", image=f"{photos.address}/mud.jpg")
    photos.files["/hill.jpg"] = b"<html>not found</html>"
    (text,) = copy_pictures(context.engine, context.settings).values()
    assert text.startswith("No copies of 2 pictures were made, so the blog's own are shown.")
    again = copy_pictures(context.engine, context.settings)
    assert list(again) == [FEED]
    assert f"{photos.address}/mud.jpg: " in again[FEED]
    assert "The next reading tries again." in again[FEED]
    photos.files["/mud.jpg"] = _jpeg("#663333")
    assert copy_pictures(context.engine, context.settings) == {}


def test_an_unused_copy_is_deleted_and_comes_back_with_its_post(
    context: Context, photos: Photos
) -> None:
    copy_pictures(context.engine, context.settings)
    draft_issue(context)
    name = _name(render_preview(context, "next").html)
    assert _prune_copies(context) == 0
    with snapshot(context.engine) as connection:
        (post,) = posts.all_posts(connection)
    decide_posts(context, "skip", [post.id])
    draft_issue(context)
    assert _prune_copies(context) == 1
    assert _picture_file(context, name) is None
    decide_posts(context, "unskip", [post.id])
    copy_pictures(context.engine, context.settings)
    assert _picture_file(context, name) is not None
    assert photos.requests == ["/hill.jpg", "/hill.jpg"]


def test_the_copies_of_an_issue_stay_however_old_it_is(context: Context) -> None:
    copy_pictures(context.engine, context.settings)
    draft_issue(context)
    approve(context, "next")
    number = send(context, "next").issue.number
    years_on = open_newsletter(context.folder, {"NEWSLETTER_NOW": "2031-11-20T12:00:00+00:00"})
    assert _prune_copies(years_on) == 0
    assert _picture_file(years_on, _name(archive_page(years_on, number).html)) is not None


def test_a_file_that_is_no_picture_is_not_copied_and_not_requested_again(
    context: Context, photos: Photos
) -> None:
    photos.files["/hill.jpg"] = b"<html>not found</html>"
    copy_pictures(context.engine, context.settings)
    copy_pictures(context.engine, context.settings)
    assert photos.requests == ["/hill.jpg"]
    draft_issue(context)
    assert f"{photos.address}/hill.jpg" in render_preview(context, "next").html


def test_the_checks_speak_of_the_post_though_the_picture_is_ours(context: Context) -> None:
    copy_pictures(context.engine, context.settings)
    draft_issue(context)
    assert [
        f.rule for f in check_issue(context, "next", network=False).findings if f.level == "error"
    ] == []


def test_without_a_site_there_is_nowhere_to_serve_them(tmp_path: Path) -> None:
    folder = tmp_path / "newsletter"
    create_newsletter(folder)
    with (folder / "newsletter.toml").open("a", encoding="utf-8") as settings:
        settings.write('[images]\nhost = "site"\n')
    with pytest.raises(SettingsError, match=r"\[site\] url is empty"):
        open_newsletter(folder, {})
