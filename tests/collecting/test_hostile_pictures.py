"""Whatever a blog's server gives for a picture, the reading ends and the issue shows the original.

One newsletter meets every attack at once, beside an honest picture of another post.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import Engine

from newsletter.app import open_newsletter
from newsletter.collecting.collect import collect
from newsletter.collecting.picture_copying import MAX_PICTURES, copy_pictures
from newsletter.composer.images.resize import NotResized, ResizedImage
from newsletter.composer.images.worker import PictureWorker
from newsletter.context import Context
from newsletter.models import Image as ModelImage
from newsletter.models import Post, SafeHtml
from newsletter.pipeline.run import run
from newsletter.storage import feeds, pictures, posts
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.pictures import StoredPicture
from tests.collecting import hostile_pictures as hostile
from tests.collecting.photos import Photos, open_with_site
from tests.support.newsletter_folder import FEED, NOW, publish


def _jpeg(width: int = 1600, height: int = 1200) -> bytes:
    file = BytesIO()
    Image.new("RGB", (width, height), "#336633").save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return open_with_site(tmp_path / "newsletter")


def _publish_with(context: Context, urls: list[str], guid: str = "gallery") -> None:
    """Store one post that shows all these pictures."""
    html = "".join(f'<p><img src="{url}" alt="" width="560"></p>' for url in urls)
    with transaction(context.engine) as connection:
        feed = feeds.ensure_feed(connection, FEED)
        post = Post(
            feed=FEED,
            guid=guid,
            url=f"https://blog.example.com/{guid}/",
            title=guid,
            html=SafeHtml(html),
            first_seen=context.clock(),
            last_seen=context.clock(),
            stable_since=context.clock(),
            image=ModelImage(url=urls[0], alt="", width=560, height=400),
            state="waiting",
        )
        posts.add(connection, feed.id, [post])


def _stored_pictures(engine: Engine, urls: list[str]) -> dict[str, StoredPicture]:
    with snapshot(engine) as connection:
        return dict(pictures.known_pictures(connection, urls))


def _endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"\xff\xd8\xff" + bytes(1 << 16))


def test_no_hostile_picture_is_copied_and_the_honest_one_is(
    context: Context, photos: Photos
) -> None:
    photos.files = {
        "/bomb.png": hostile.png(9000, 5500, row_bytes=1),
        "/tall.png": hostile.png(900, 55_000, row_bytes=1),
        "/claim.png": hostile.png_head(30_000, 30_000),
        "/moves.gif": hostile.animated_gif(5000),
        "/half.jpg": hostile.truncated_jpeg(),
        "/large.jpg": b"\xff\xd8\xff" + bytes(50_000_000),
        "/map.svg": hostile.SVG,
        "/empty.png": b"",
    }
    photos.acts["/endless.jpg"] = _endless
    photos.files["/honest.jpg"] = _jpeg()
    attacks = [f"{photos.address}{path}" for path in (*photos.files, *photos.acts)]
    attacks.remove(honest := f"{photos.address}/honest.jpg")
    _publish_with(context, attacks)
    publish(context, "Larch week", image=honest)

    failures = copy_pictures(context.engine, context.settings)

    assert failures[FEED].startswith(f"No copies of {len(attacks)} pictures were made")
    stored = _stored_pictures(context.engine, [*attacks, honest])
    assert [url for url, copy in stored.items() if copy.name] == [honest]
    # What no reading can mend is requested once; what may have been a fault, again.
    again = set(photos.requests)
    photos.requests.clear()
    copy_pictures(context.engine, context.settings)
    assert set(photos.requests) == {"/large.jpg", "/endless.jpg"} < again


def test_a_slow_server_holds_up_its_own_pictures_only(context: Context, photos: Photos) -> None:
    ended = threading.Event()

    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not ended.wait(0.2):
            handler.wfile.write(b"\xff")
            handler.wfile.flush()

    slow = [f"{photos.address}/slow{number}.jpg" for number in range(12)]
    photos.acts |= {f"/slow{number}.jpg": trickle for number in range(12)}
    photos.files["/honest.jpg"] = _jpeg()
    # Another name of the same machine.
    honest = f"{photos.address.replace('127.0.0.1', 'localhost')}/honest.jpg"
    _publish_with(context, [*slow[:3], honest, *slow[3:]])
    try:
        failures = copy_pictures(context.engine, context.settings, seconds=2)
    finally:
        ended.set()
    assert "No copies of 12 pictures" in failures[FEED]
    assert _stored_pictures(context.engine, [honest])[honest].name


def test_so_many_pictures_of_a_post_are_copied_and_the_rest_is_told_once(
    context: Context, photos: Photos
) -> None:
    names = [f"/{number}.jpg" for number in range(MAX_PICTURES + 5)]
    photos.files = {name: _jpeg(30, 20) for name in names}
    _publish_with(context, [photos.address + name for name in names])
    failures = copy_pictures(context.engine, context.settings)
    assert "No copies of 5 pictures" in failures[FEED]
    assert f"more than {MAX_PICTURES} pictures" in failures[FEED]
    assert sorted(photos.requests) == sorted(names[:MAX_PICTURES])
    assert copy_pictures(context.engine, context.settings) == {}


def test_a_child_that_takes_too_much_time_or_memory_costs_its_own_picture_only() -> None:
    honest = _jpeg()
    with PictureWorker(seconds=0) as worker:
        late = worker.resize(honest)
        assert isinstance(late, NotResized)
        assert "within 0 seconds" in late.reason
    with PictureWorker() as worker:
        assert isinstance(worker.resize(honest), ResizedImage)
        assert worker._child is not None
        worker._child._process.kill()
        worker._child._process.wait()
        dead = worker.resize(honest)
        assert isinstance(dead, NotResized)
        assert isinstance(worker.resize(honest), ResizedImage)


def test_the_lock_is_free_while_pictures_are_fetched(context: Context, photos: Photos) -> None:
    asked, ended = threading.Event(), threading.Event()

    def stall(handler: BaseHTTPRequestHandler) -> None:
        asked.set()
        ended.wait(60)
        handler.send_error(404)

    photos.acts["/hill.jpg"] = stall
    publish(context, "Larch week", image=f"{photos.address}/hill.jpg")
    for act in (collect, run):
        asked.clear()
        ended.clear()
        thread = threading.Thread(target=act, args=(context,))
        thread.start()
        try:
            assert asked.wait(60)
            other = open_newsletter(context.folder, {"NEWSLETTER_NOW": NOW})
            with other.lock():
                pass
        finally:
            ended.set()
            thread.join()


def test_run_waits_for_the_lock_that_a_command_took_meanwhile(
    context: Context, photos: Photos
) -> None:
    taken, waited = threading.Event(), threading.Event()
    other = open_newsletter(context.folder, {"NEWSLETTER_NOW": NOW})

    def hold() -> None:
        with other.lock():
            taken.set()
            waited.wait(60)

    holder = threading.Thread(target=hold)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        holder.start()
        taken.wait(60)
        handler.send_error(404)

    def wait(_seconds: float) -> None:
        waited.set()
        holder.join()

    photos.acts["/hill.jpg"] = answer
    publish(context, "Larch week", image=f"{photos.address}/hill.jpg")
    assert run(replace(context, wait=wait)).feeds
    assert waited.is_set()
