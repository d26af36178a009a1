"""Pictures: which file is meant, how large it is shown, whether it is one at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import escape
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

from newsletter.models import Image
from newsletter.reader.clean.flow import collapse_whitespace
from newsletter.reader.clean.page import Page, bare_host
from newsletter.reader.clean.walk import Attributes

SHOWN_WIDTH = 560  # CSS pixels: the column of the newsletter
FILE_WIDTH = 1200  # the file for it, twice as fine and a little more
_ICON = 48
_ALT_LENGTH = 125
_PLACEHOLDER = re.compile(
    r"^data:|placeholder|blank\.gif|spacer|/1x1\.|lazy-?load|(?:grey|gray|trans|transparent|pixel|loading)\.(?:gif|png)",
    re.IGNORECASE,
)
_BLANK = re.compile(r"/(?:blank|spacer|1x1|trans|transparent|pixel)\.(?:gif|png)", re.IGNORECASE)
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
_NAMED_SIZE = re.compile(r"-(\d{2,4})x(\d{2,4})\.(?:jpe?g|png|gif|webp|avif)$", re.IGNORECASE)
_PIXELS = re.compile(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*$")
_STYLE_WIDTH = re.compile(r"(?:^|[;\s])width:\s*(\d{1,5})(?:\.\d+)?px")
_FILE_NAME = re.compile(
    r"^(?:[\w-]+\.(?:jpe?g|png|gif|webp|heic)|"
    r"(?:img|dsc|dscn|dscf|p|screen ?shot|image|photo|pxl)[\s_-]?[\d_-]+\w{0,3}|[\d_-]{4,})$",
    re.IGNORECASE,
)
_TRACKERS = re.compile(
    r"pixel\.wp\.com|stats\.wordpress\.com|feeds\.wordpress\.com|feeds?\.feedburner\.com/~|"
    r"feedsportal\.com|doubleclick\.net|google-analytics\.com|amazon-adsystem\.com|"
    r"assoc-amazon\.|quantserve\.com|scorecardresearch\.com|medium\.com/_/stat|/b\.gif\?|"
    r"statcounter\.com|blogger\.googleusercontent\.com/tracker|/tracker/\d+",
    re.IGNORECASE,
)
_PIXEL_SIZE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as it will be shown; `width`, `height` as the blog shows it, or 0."""

    url: str
    alt: str
    width: int = 0
    height: int = 0

    @property
    def is_icon(self) -> bool:
        return 0 < self.width <= _ICON

    def html(self) -> str:
        width = min(self.width or SHOWN_WIDTH, SHOWN_WIDTH)
        size = f'width="{width}"'
        if self.width and self.height:
            size += f' height="{max(1, round(self.height * width / self.width))}"'
        return f'<img src="{escape(self.url)}" alt="{escape(self.alt)}" {size}>'

    def image(self) -> Image:
        return Image(url=self.url, alt=self.alt, width=self.width, height=self.height)


def read_picture(attributes: Attributes, page: Page) -> Picture | None:
    """The picture that an <img> with these attributes means, or None if it is none."""
    source = _source(attributes, page)
    if not source or is_tracking_pixel(attributes, source):
        return None
    width, height = _size(attributes, source)
    return Picture(
        url=newsletter_size_url(source), alt=_alt(attributes), width=width, height=height
    )


def is_tracking_pixel(attributes: Attributes, source: str) -> bool:
    """Whether this is a tracking pixel."""
    width, height = _declared(attributes)
    sizes = [size for size in (width, height) if size]
    return (bool(sizes) and max(sizes) <= _PIXEL_SIZE) or bool(_TRACKERS.search(source))


def is_lazy_placeholder(attributes: Attributes) -> bool:
    """Whether a script was to put the real file here and nothing says which."""
    source = attributes.get("src") or ""
    known = any(attributes.get(name) for name in (*_LAZY, *_SETS))
    return not known and (not source or bool(_PLACEHOLDER.search(source)))


def _source(attributes: Attributes, page: Page) -> str:
    finest = _from_sets(attributes, page)
    source = attributes.get("src") or ""
    if source and not _PLACEHOLDER.search(source):
        return finest or page.web(source)
    lazy = (page.web(attributes.get(name)) for name in _LAZY if attributes.get(name))
    found = next((url for url in lazy if url), "") or finest
    return found or ("" if _BLANK.search(source) else page.web(source))


def _from_sets(attributes: Attributes, page: Page) -> str:
    """The smallest file of at least FILE_WIDTH, else the largest (HTML, "srcset")."""
    found: list[tuple[float, str]] = []
    for name in _SETS:
        for candidate in _BETWEEN_CANDIDATES.split((attributes.get(name) or "")[:10_000]):
            address, _, size = candidate.strip().partition(" ")
            url = page.web(address)
            if url and not _PLACEHOLDER.search(url):
                found.append((_pixels_wide(size.strip()), url))
    if not found:
        return ""
    fine = [candidate for candidate in found if candidate[0] >= FILE_WIDTH]
    return min(fine)[1] if fine else max(found)[1]


def _pixels_wide(descriptor: str) -> float:
    if not _DESCRIPTOR.fullmatch(descriptor):
        return 1.0
    size = float(descriptor[:-1])
    return size if descriptor.endswith("w") else size * SHOWN_WIDTH


def _size(attributes: Attributes, source: str) -> tuple[int, int]:
    width, height = _declared(attributes)
    asked_width, cropped = image_server_size(source)
    if asked_width is not None:
        # A crop is taken back by `resized`, so its proportions no longer hold.
        return (width or asked_width, 0 if cropped else height) if width or asked_width else (0, 0)
    if width and height:
        return width, height
    named = _NAMED_SIZE.search(source.split("?", 1)[0])
    if not named:
        return width, 0
    named_width, named_height = int(named[1]), int(named[2])
    width = width or named_width
    return width, round(named_height * width / named_width)


def _declared(attributes: Attributes) -> tuple[int, int]:
    width = _pixels(attributes.get("width"))
    height = _pixels(attributes.get("height"))
    style = attributes.get("style")
    if not width and style and (found := _STYLE_WIDTH.search(style)):
        width = int(found[1])
    return width, height


def _pixels(value: str | None) -> int:
    found = _PIXELS.match(value) if value else None
    return int(found[1]) if found else 0


def _alt(attributes: Attributes) -> str:
    for name in ("alt", "title"):
        text = collapse_whitespace(attributes.get(name) or "")
        if text and not _FILE_NAME.match(text):
            return text if len(text) <= _ALT_LENGTH else _shorten_alt(text)
    return ""


def _shorten_alt(text: str) -> str:
    words = text[: _ALT_LENGTH - 1].rsplit(None, 1)[0]
    return f"{words.rstrip(' ,;:.–—-')}…"


def is_face_or_badge(image: Image) -> bool:
    """Whether a picture stands for a person or a company, not for the post."""
    host, path = bare_host(image.url), unquote(image.url).lower()
    return "gravatar.com" in host or any(
        word in path for word in ("avatar", "blavatar", "/emoji/", "/badge")
    )


_PHOTON = frozenset({"i0.wp.com", "i1.wp.com", "i2.wp.com", "i3.wp.com"})
_FILES = ".files.wordpress.com"
_CUTS = frozenset({"resize", "crop", "lb"})


def newsletter_size_url(url: str) -> str:
    """`url` asking for 1,200 pixels without a cut; an address elsewhere as it is."""
    parts = urlsplit(url)
    if parts.netloc in _PHOTON:
        origin = "&ssl=1" if "ssl=1" in parts.query.split("&") else ""
        return urlunsplit(parts._replace(query=f"w=1200{origin}&quality=80&strip=info"))
    if _is_files(parts.netloc, parts.path, parts.query):
        return urlunsplit(parts._replace(query="w=1200"))
    return url


def image_server_size(url: str) -> tuple[int | None, bool]:
    """The width asked of WordPress's servers (0: unsaid), and whether they cut.

    The width is None for a picture that comes from elsewhere.
    """
    parts = urlsplit(url)
    if parts.netloc not in _PHOTON and not _is_files(parts.netloc, parts.path, parts.query):
        return None, False
    asked = parse_qs(parts.query)
    cropped = bool(_CUTS & asked.keys())
    sizes = [asked.get("w", [""])[0]]
    sizes += [unquote(asked.get(name, [""])[0]).split(",")[0] for name in ("resize", "fit")]
    return next((int(size) for size in sizes if size.isascii() and size.isdigit()), 0), cropped


def _is_files(host: str, path: str, query: str) -> bool:
    uploads = host.endswith(".wordpress.com") and "/wp-content/uploads/" in path and "w=" in query
    return host.endswith(_FILES) or uploads


_LEAST_WIDTH = 200
_WIDEST = 4  # wider than that is a banner
_VIDEO = "https://i.ytimg.com/"


def choose_lead_image(own: Iterable[Image], media: Iterable[Image], page: Page) -> Image | None:
    """The first good picture of the post, else of the feed's media, else of a video."""
    pictures = list(own)
    named = [replace(image, url=newsletter_size_url(page.web(image.url))) for image in media]
    stills = [image for image in pictures if not image.url.startswith(_VIDEO)]
    for image in (*stills, *named, *pictures):
        if _is_good(image):
            return image
    return None


def _is_good(image: Image) -> bool:
    if not image.url or image.url.split("?", 1)[0].lower().endswith((".svg", ".mp4", ".mp3")):
        return False
    if is_tracking_pixel({}, image.url) or is_face_or_badge(image):
        return False
    small = 0 < image.width < _LEAST_WIDTH
    banner = image.height > 0 and image.width > _WIDEST * image.height
    return not small and not banner
