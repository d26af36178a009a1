"""The lead image: the picture that stands for a post in a digest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from newsletter.models import Image
from newsletter.reader.clean.page import Page
from newsletter.reader.clean.photon import resized
from newsletter.reader.clean.pictures import is_counter, is_face_or_badge

_LEAST_WIDTH = 200
_WIDEST = 4  # wider than that is a banner
_VIDEO = "https://i.ytimg.com/"


def lead_image(own: Iterable[Image], media: Iterable[Image], page: Page) -> Image | None:
    """The first good picture of the post, else of the feed's media, else of a video."""
    pictures = list(own)
    named = [replace(image, url=resized(page.web(image.url))) for image in media]
    stills = [image for image in pictures if not image.url.startswith(_VIDEO)]
    for image in (*stills, *named, *pictures):
        if _is_good(image):
            return image
    return None


def _is_good(image: Image) -> bool:
    if not image.url or image.url.split("?", 1)[0].lower().endswith((".svg", ".mp4", ".mp3")):
        return False
    if is_counter({}, image.url) or is_face_or_badge(image):
        return False
    small = 0 < image.width < _LEAST_WIDTH
    banner = image.height > 0 and image.width > _WIDEST * image.height
    return not small and not banner
