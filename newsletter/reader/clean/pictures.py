"""Pictures: which file an <img> means, how large it is shown, and the lead image."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import escape
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

from newsletter.models import Image
from newsletter.reader.clean.flow import collapse_whitespace
from newsletter.reader.clean.picture_size import size_in_name, stated_size
from newsletter.reader.clean.urls import (
    Page,
    UrlPatterns,
    is_blank_file,
    is_placeholder_file,
    path_segments,
)
from newsletter.reader.clean.walk import Attributes
from newsletter.text import is_file_name

#: The width of the newsletter's column, in CSS pixels.
SHOWN_WIDTH = 560
#: The width of the file for it: for screens with twice the pixels, and a little more.
FILE_WIDTH = 1200
#: A picture of at most this width, or else height, stays in its line of text.
_ICON_SIZE = 48
_ALT_LENGTH = 125
_LAZY = (
    "data-src",
    "data-lazy-src",
    "data-orig-file",
    "data-opt-src",
    "data-large-file",
    "data-original",
)
_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
_BETWEEN_CANDIDATES = re.compile(r"(?<=\d[wx]),\s*|,\s+")
_DESCRIPTOR = re.compile(r"\d{1,5}(?:\.\d{1,3})?[wx]")
_TRACKERS = UrlPatterns(
    {
        "amazon-adsystem.com": "",
        "assoc-amazon.*": "",
        "blogger.googleusercontent.com": r"/tracker/",
        "doubleclick.net": "",
        "feedblitz.com": r"/~",
        "feedburner.com": r"/~",
        "feeds.wordpress.com": "",
        "feedsportal.com": "",
        "google-analytics.com": "",
        "medium.com": r"/_/stat\b",
        "pixel.wp.com": "",
        "quantserve.com": "",
        "scorecardresearch.com": "",
        "statcounter.com": "",
        "stats.wordpress.com": "",
        "stats.wp.com": "",
    }
)
_PIXEL_SIZE = 3
_PHOTON = frozenset({"i0.wp.com", "i1.wp.com", "i2.wp.com", "i3.wp.com"})
_FILES = ".files.wordpress.com"
_CROPS = frozenset({"resize", "crop", "lb"})
_MIN_WIDTH = 200
_MIN_HEIGHT = 100
# A picture wider than this many times its height is a banner.
_MAX_RATIO = 4
_VIDEO_HOST = "https://i.ytimg.com/"
_FACES = UrlPatterns({"gravatar.com": ""})
_FACE_FOLDERS = frozenset({"avatar", "avatars", "badge", "badges", "blavatar", "emoji"})
_FACE_FILE = re.compile(r"(?:(?:[\w-]*[_-])?(?:bl)?avatar|badges?)(?:[_-]?\d[\dx_-]*)?\.\w{3,4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of a post. `width` and `height` are as the blog shows it, or 0."""

    url: str
    alt: str
    width: int = 0
    height: int = 0

    @property
    def is_icon(self) -> bool:
        return 0 < (self.width or self.height) <= _ICON_SIZE

    def at_width(self, width: int) -> Picture:
        """Return the picture in another width, in its own proportions."""
        height = round(self.height * width / self.width) if self.width else 0
        return replace(self, width=width, height=height)

    def html(self) -> str:
        if self.height and not self.width:
            # A width would have to be guessed; mail programs keep the proportions.
            height = min(self.height, SHOWN_WIDTH)
            return f'<img src="{escape(self.url)}" alt="{escape(self.alt)}" height="{height}">'
        width = min(self.width or SHOWN_WIDTH, SHOWN_WIDTH)
        size = f'width="{width}"'
        if self.width and self.height:
            size += f' height="{max(1, round(self.height * width / self.width))}"'
        return f'<img src="{escape(self.url)}" alt="{escape(self.alt)}" {size}>'

    def image(self) -> Image:
        return Image(url=self.url, alt=self.alt, width=self.width, height=self.height)


def read_picture(attributes: Attributes, page: Page) -> Picture | None:
    """Return the picture of an <img> with these attributes, or None if it is not a picture."""
    # Joomla keeps notes of its own in the fragment.
    source = _source(attributes, page).partition("#")[0]
    if not source or is_tracking_pixel(attributes, source):
        return None
    width, height = _size(attributes, source)
    return Picture(
        url=newsletter_size_url(source), alt=_alt(attributes, source), width=width, height=height
    )


def is_tracking_pixel(attributes: Attributes, source: str) -> bool:
    """Whether this is a tracking pixel, by its size or its host."""
    size = stated_size(attributes)
    return size.is_hidden or size.is_at_most(_PIXEL_SIZE) or _TRACKERS.matches(source)


def is_lazy_placeholder(attributes: Attributes) -> bool:
    """Whether a script was to load the file and no attribute names it."""
    source = attributes.get("src") or ""
    is_named = any(attributes.get(name) for name in (*_LAZY, *_SETS))
    return not is_named and (not source or _is_placeholder(source))


def _source(attributes: Attributes, page: Page) -> str:
    from_sets = _from_sets(attributes, page)
    source = attributes.get("src") or ""
    if source and not _is_placeholder(source):
        return from_sets or page.web(source)
    lazy = (page.web(attributes.get(name)) for name in _LAZY if attributes.get(name))
    url = next((url for url in lazy if url), "") or from_sets
    return url or ("" if is_blank_file(source) else page.web(source))


def _is_placeholder(source: str) -> bool:
    return source.lstrip()[:5].lower() == "data:" or is_placeholder_file(source)


def _from_sets(attributes: Attributes, page: Page) -> str:
    """Return the smallest file of at least FILE_WIDTH, else the largest (HTML, "srcset")."""
    candidates: list[tuple[float, str]] = []
    for name in _SETS:
        for candidate in _BETWEEN_CANDIDATES.split((attributes.get(name) or "")[:10_000]):
            address, _, size = candidate.strip().partition(" ")
            url = page.web(address)
            if url and not is_placeholder_file(url):
                candidates.append((_pixels_wide(size.strip()), url))
    if not candidates:
        return ""
    large = [candidate for candidate in candidates if candidate[0] >= FILE_WIDTH]
    return min(large)[1] if large else max(candidates)[1]


def _pixels_wide(descriptor: str) -> float:
    if not _DESCRIPTOR.fullmatch(descriptor):
        return 1.0
    size = float(descriptor[:-1])
    return size if descriptor.endswith("w") else size * SHOWN_WIDTH


def _size(attributes: Attributes, source: str) -> tuple[int, int]:
    width, height = stated_size(attributes).fit()
    server_width, is_cropped = image_server_size(source)
    if server_width is not None:
        # `newsletter_size_url` removes a crop, so its proportions do not hold.
        width = width or (server_width if not height else 0)
        return width, 0 if is_cropped and width else height
    in_name = size_in_name(source)
    if in_name is None or (width and height):
        return width, height
    named_width, named_height = in_name
    if height and not width:
        return round(named_width * height / named_height), height
    width = width or named_width
    return width, round(named_height * width / named_width)


def _alt(attributes: Attributes, source: str) -> str:
    for name in ("alt", "title"):
        text = collapse_whitespace(attributes.get(name) or "")
        if text and not is_file_name(text, source):
            return text if len(text) <= _ALT_LENGTH else _shorten_alt(text)
    return ""


def _shorten_alt(text: str) -> str:
    words = text[: _ALT_LENGTH - 1].rsplit(None, 1)[0]
    return f"{words.rstrip(' ,;:.–—-')}…"


def is_face_or_badge(image: Image) -> bool:
    """Whether a picture shows a person's avatar or a badge, not the subject of the post."""
    *folders, name = path_segments(image.url) or [""]
    return (
        _FACES.matches(image.url)
        or not _FACE_FOLDERS.isdisjoint(folders)
        or _FACE_FILE.fullmatch(name) is not None
    )


def newsletter_size_url(url: str) -> str:
    """Return the URL of the file in 1,200 pixels without a crop; other URLs unchanged.

    WordPress's image servers (Photon, i0 to i3.wp.com) resize any public picture. `ssl=1` says
    that the origin supports https; `resize` and `crop` crop
    (https://developer.wordpress.com/docs/photon/).
    """
    parts = urlsplit(url)
    if parts.netloc in _PHOTON:
        origin = "&ssl=1" if "ssl=1" in parts.query.split("&") else ""
        return urlunsplit(parts._replace(query=f"w=1200{origin}&quality=80&strip=info"))
    if _is_files(parts.netloc, parts.path, parts.query):
        return urlunsplit(parts._replace(query="w=1200"))
    return url


def image_server_size(url: str) -> tuple[int | None, bool]:
    """Return the width requested of WordPress's image servers, and whether they crop.

    The width is 0 if the URL does not say, and None for a picture on another server.
    """
    parts = urlsplit(url)
    if parts.netloc not in _PHOTON and not _is_files(parts.netloc, parts.path, parts.query):
        return None, False
    query = parse_qs(parts.query)
    is_cropped = bool(_CROPS & query.keys())
    sizes = [query.get("w", [""])[0]]
    sizes += [unquote(query.get(name, [""])[0]).split(",")[0] for name in ("resize", "fit")]
    return next((int(size) for size in sizes if size.isascii() and size.isdigit()), 0), is_cropped


def _is_files(host: str, path: str, query: str) -> bool:
    uploads = host.endswith(".wordpress.com") and "/wp-content/uploads/" in path and "w=" in query
    return host.endswith(_FILES) or uploads


def choose_lead_image(own: Iterable[Image], media: Iterable[Image], page: Page) -> Image | None:
    """Return the first suitable picture of the post, else of the feed's media, else of a video."""
    pictures = list(own)
    from_feed = [replace(image, url=newsletter_size_url(page.web(image.url))) for image in media]
    stills = [image for image in pictures if not image.url.startswith(_VIDEO_HOST)]
    for image in (*stills, *from_feed, *pictures):
        if _is_suitable(image):
            return image
    return None


def _is_suitable(image: Image) -> bool:
    if not image.url or image.url.split("?", 1)[0].lower().endswith((".svg", ".mp4", ".mp3")):
        return False
    if is_tracking_pixel({}, image.url) or is_face_or_badge(image):
        return False
    is_small = 0 < image.width < _MIN_WIDTH or 0 < image.height < _MIN_HEIGHT
    is_banner = image.height > 0 and image.width > _MAX_RATIO * image.height
    return not is_small and not is_banner
