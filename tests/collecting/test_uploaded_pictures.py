"""A picture that the author uploads, from the file to readers' messages."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from newsletter.collecting.picture_copies import prune_copies
from newsletter.collecting.uploaded_pictures import MAX_UPLOAD_BYTES, store_upload
from newsletter.context import Context
from newsletter.editorial.draft import draft_issue
from newsletter.editorial.edit_request import EditRequest
from newsletter.editorial.own_edits import edit_issue, step_through_edits
from newsletter.editorial.preview import render_preview
from newsletter.errors import UsageError
from newsletter.site.web import create_app
from newsletter.storage.database.engine import transaction
from tests.support.newsletter_folder import create_newsletter, publish, subscribe


@pytest.fixture
def context(tmp_path: Path) -> Context:
    context = create_newsletter(tmp_path / "weekly")
    publish(context, "Hips")
    subscribe(context, "ann@example.com")
    draft_issue(context)
    return context


def picture(size: tuple[int, int] = (3000, 2000), kind: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "#7da072").save(file, kind, **options)
    return file.getvalue()


def test_a_picture_of_a_note_is_made_small_and_served_by_the_site(context: Context) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    reference = store_upload(context, picture(exif=exif))
    edit_issue(context, "next", EditRequest(note=f"Look:\n\n![Larches]({reference})"))
    html = render_preview(context, "next").html
    start = html.index(f"{context.site_url}/images/")
    url = html[start : html.index('"', start)]
    assert 'alt="Larches"' in html
    assert "picture.invalid" not in html
    answer = create_app(context).test_client().get(url.removeprefix(context.site_url))
    assert answer.status_code == 200
    with Image.open(io.BytesIO(answer.data)) as copy:
        assert copy.width == 1200
    assert b"taken at home" not in answer.data


def test_it_stays_as_long_as_a_note_could_show_it_again(context: Context) -> None:
    reference = store_upload(context, picture())
    unused = store_upload(context, picture((40, 30)))
    edit_issue(context, "next", EditRequest(note=f"![Larches]({reference})"))
    step_through_edits(context, "next", "undo")
    with transaction(context.engine) as connection:
        assert prune_copies(connection, context.clock()) == 1
    edit_issue(context, "next", EditRequest(note=f"![Larches]({reference})"))
    with pytest.raises(UsageError, match="never uploaded"):
        edit_issue(context, "next", EditRequest(note=f"![Larches]({unused})"))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "empty"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "drawing"),
        (b"  <!DOCTYPE html><html>", "a page"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 40, "HEIC"),
        (b"MZ\x90\x00" + b"\x00" * 40, "no picture"),
        (picture()[:200], "cannot be used"),
        (b"\xff" * (MAX_UPLOAD_BYTES + 1), "21 MB"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(
    context: Context, body: bytes, problem: str
) -> None:
    with pytest.raises(UsageError, match=problem):
        store_upload(context, body)


def test_a_picture_that_moves_or_is_a_bomb_is_refused(context: Context) -> None:
    frames = [Image.new("P", (40, 40), colour) for colour in (1, 2)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], loop=0)
    with pytest.raises(UsageError, match="moves"):
        store_upload(context, file.getvalue())
    with pytest.raises(UsageError, match="cannot be used"):
        store_upload(context, picture((20_000, 20_000), "PNG"))
