"""Pictures that the author uploads for a note.

    bytes ─▶ sniff ─▶ PictureWorker (a child) ─▶ storage.pictures ─▶ `picture:3f2a9c1b5d6e`
     20 MB at most     re-encoded, 200 KB         served by the site

The Markdown of a note holds the reference, and its HTML an address below `UPLOADS` that no
machine answers to. Rendering puts the site's address in its place (`picture_copies`).
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from newsletter.context import Context
from newsletter.errors import UsageError
from newsletter.models import SafeHtml
from newsletter.reader.clean.note import UPLOADS
from newsletter.storage import pictures
from newsletter.storage.database.engine import transaction

if TYPE_CHECKING:
    from newsletter.composer.images.resize import ResizedImage

#: The largest file that is taken, in bytes.
MAX_UPLOAD_BYTES = 20 * 1024 * 1024
_REFERENCE_LENGTH = 12
_UPLOAD_URL = re.compile(rf"{re.escape(UPLOADS)}[0-9a-f]{{{_REFERENCE_LENGTH}}}")
_NOT_A_PICTURE = (
    (
        re.compile(rb"\s*(?:<\?xml|<svg|<!doctype|<html)", re.IGNORECASE),
        "It is a drawing or a page",
    ),
    (re.compile(rb".{4}ftyp(?:hei|hev|mif|avi)", re.DOTALL), "It is a HEIC or AVIF picture"),
)


def store_upload(context: Context, body: bytes) -> str:
    """Store a picture of the author's and return the reference that a note shows it by.

    It is made small enough for mail, and loses what a camera wrote into it, such as the place.
    Raise UsageError if it is too large, moves, or is no picture.
    """
    copy = _resize(body)
    reference = hashlib.sha256(copy.body).hexdigest()[:_REFERENCE_LENGTH]
    url = f"{UPLOADS}{reference}"
    with transaction(context.engine) as connection:
        if url not in pictures.known_pictures(connection, (url,)):
            size = (copy.width, copy.height)
            pictures.save_copy(connection, url, copy.body, copy.extension, size)
    return f"picture:{reference}"


def upload_urls(html: str) -> tuple[str, ...]:
    """Return the addresses of the uploaded pictures that the HTML of a note shows."""
    return tuple(dict.fromkeys(_UPLOAD_URL.findall(html)))


def require_uploads(connection: Connection, note: SafeHtml) -> None:
    """Raise UsageError if the note shows a picture that was never uploaded."""
    urls = upload_urls(note)
    known = pictures.known_pictures(connection, urls)
    if missing := next((url for url in urls if url not in known), ""):
        raise UsageError(
            f"The note shows a picture that was never uploaded: {missing.removeprefix(UPLOADS)}.",
            cure="Upload it again, or take its line out.",
        )


def _resize(body: bytes) -> ResizedImage:
    # Pillow takes a tenth of a second to import.
    from newsletter.composer.images.resize import NotResized
    from newsletter.composer.images.sniff import sniff_image
    from newsletter.composer.images.worker import PictureWorker

    cure = "Choose a JPEG or a PNG of at most 20 MB."
    if not body:
        raise UsageError("The file is empty.", cure=cure)
    if len(body) > MAX_UPLOAD_BYTES:
        raise UsageError(f"The picture has {len(body) / 1e6:.0f} MB.", cure=cure)
    for pattern, what in _NOT_A_PICTURE:
        if pattern.match(body):
            raise UsageError(f"{what}, which mail programs do not show.", cure=cure)
    info = sniff_image(body)
    if info is None:
        raise UsageError("The file is no picture that mail programs show.", cure=cure)
    if info.animated:
        raise UsageError("The picture moves.", cure="Choose one that stands still.")
    with PictureWorker() as worker:
        copy = worker.resize(body)
    if isinstance(copy, NotResized):
        raise UsageError(f"The picture cannot be used. {copy.reason}", cure=cure)
    return copy
