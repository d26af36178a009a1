"""WordPress's image servers: asking for the file in the width a newsletter needs.

https://developer.wordpress.com/docs/photon/ : i0 to i3.wp.com resize any public
picture; `ssl=1` says that the origin answers https; `resize` and `crop` cut.
"""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

_PHOTON = frozenset({"i0.wp.com", "i1.wp.com", "i2.wp.com", "i3.wp.com"})
_FILES = ".files.wordpress.com"
_CUTS = frozenset({"resize", "crop", "lb"})


def resized(url: str) -> str:
    """`url` asking for 1,200 pixels without a cut; an address elsewhere as it is."""
    parts = urlsplit(url)
    if parts.netloc in _PHOTON:
        origin = "&ssl=1" if "ssl=1" in parts.query.split("&") else ""
        return urlunsplit(parts._replace(query=f"w=1200{origin}&quality=80&strip=info"))
    if _is_files(parts.netloc, parts.path, parts.query):
        return urlunsplit(parts._replace(query="w=1200"))
    return url


def is_resized(url: str) -> tuple[int | None, bool]:
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
