"""The archive as files for any web host: the site's own pages, with links that need no server.

    list_archive ─▶ archive_page ─▶ make_static ─▶ a page for each issue, its pictures
               └──▶ the site's templates of list and feed ─▶ the list, the feed
                                              export_folder puts them into their folder

Links are relative, so the folder may stand below any path, and opens from a disk. Frozen issues
hold the address of the site as it was: pictures of ours become files, and a link to sign up leads
to the site of today or is left out.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from markupsafe import Markup

from newsletter.collecting.picture_copies import picture_file
from newsletter.composer.public_copy import ArchivePaths
from newsletter.context import Context, NewsletterConfig
from newsletter.editorial.archive import ArchiveEntry, archive_page, list_archive
from newsletter.errors import UsageError
from newsletter.resources import render_file
from newsletter.site.archive import FEED_LENGTH, feed_fields, to_xml
from newsletter.site.export_folder import ExportResult, why_to_ask, write_folder
from newsletter.site.page_style import page_style
from newsletter.storage.database.engine import snapshot
from newsletter.storage.identity import read_identity

_RELATIVE = ArchivePaths(index="index.html", before="", after=".html")
# No colon but that of a port, so that a search ends where the next address begins.
_PICTURE = re.compile(
    r"https?://[^\s\"'<>():/]*(?::\d+)?(?:/[^\s\"'<>():]*)?/images/([0-9a-f]{64}\.(?:jpg|png))"
)
# The link below a message, by the class that our own frame gives it: posts have links of their own.
_SIGN_UP = re.compile(
    r'<p\b[^<>]*>\s*<a class="foot-link" href="(https?://[^"<>]*)/subscribe"[^<>]*>[^<>]*</a>\s*</p>'
)
# What a header says on the site. `frame-ancestors` is for headers alone (CSP Level 3, 3.3).
_HEAD = (
    '<meta http-equiv="Content-Security-Policy" content="script-src \'none\'; '
    "object-src 'none'; form-action 'none'; base-uri 'none'\">"
    '<meta name="referrer" content="no-referrer">'
)
_TARGETS = {
    "archive.index": "index.html",
    "archive.feed": "feed.xml",
    "subscribe.ask": "/subscribe",
    "subscribe.front": "/",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveExport:
    """What `export_archive` did."""

    issues: int
    pictures: int
    folder: ExportResult


@dataclass(slots=True, kw_only=True)
class _Pages:
    """Makes the files, pictures and pages first, what leads to them last."""

    config: NewsletterConfig
    #: The day whose season the list shows.
    today: dt.date
    #: Where the archive will be on the net, with a slash at its end; "" if nobody says.
    address: str
    newsletter: str
    #: Reads the picture of a name: None if there is none.
    read_picture: Callable[[str], bytes | None]
    #: The pictures that were made so far.
    pictures: set[str] = field(default_factory=set)

    def files(
        self, issues: tuple[ArchiveEntry, ...], letters: Iterable[str]
    ) -> Iterator[tuple[str, bytes]]:
        """Yield each file with its name, one at a time. `letters` are the pages of the issues."""
        for entry, letter in zip(issues, letters, strict=True):
            html = make_static(letter, self.config.settings.site.url)
            for name in sorted(set(_PICTURE.findall(html)) - self.pictures):
                picture = self.read_picture(name)
                if picture is not None:
                    self.pictures.add(name)
                    yield f"images/{name}", picture
            html = _PICTURE.sub(self._picture_path, html)
            yield _RELATIVE.issue(entry.number), html.encode()
        paths = _RELATIVE
        if self.address:
            paths = ArchivePaths(index=self.address, before=self.address, after=".html")
        fields = feed_fields(
            issues[:FEED_LENGTH],
            home=self.address,
            paths=paths,
            guid="" if self.address else f"happy-trails:{self.newsletter}:",
        )
        yield "feed.xml", self._render("site/feed.xml", fields)
        fields = {"heading": "Every issue so far", "issues": issues}
        yield "index.html", self._render("site/archive.html", fields)

    def _picture_path(self, match: re.Match[str]) -> str:
        return f"images/{match[1]}" if match[1] in self.pictures else match[0]

    def _render(self, name: str, fields: Mapping[str, object]) -> bytes:
        """Return a page of the site, whose links lead to files or to the site."""
        newsletter = self.config.settings.newsletter
        names = {
            "title": newsletter.title,
            "blog": newsletter.blog,
            "author": newsletter.author,
            "address": newsletter.postal_address,
            "style": Markup(page_style(self.config, self.today).style),  # noqa: S704  # our own style sheet, from a file
            "signs_up": bool(self.config.settings.site.url),
            "url_for": self._url_for,
        }
        return to_xml(render_file(name, self.config.folder, names, fields)).encode()

    def _url_for(self, endpoint: str, number: int = 0) -> str:
        if endpoint == "archive.issue":
            return _RELATIVE.issue(number)
        target = _TARGETS[endpoint]
        site = self.config.settings.site.url.rstrip("/")
        return f"{site}{target}" if target.startswith("/") else target


def export_archive(
    context: Context, folder: Path, *, url: str = "", consent: bool = False
) -> ArchiveExport:
    """Write the public archive as files into `folder`, which may be new.

    A first export into a folder that holds other things needs `consent`. The folder is as it was
    until every page is made. Raise UsageError for a folder or an address that cannot be used, and
    OSError if the disk fails.
    """
    reason = ask_for(context, folder)
    if reason and not consent:
        raise UsageError(reason, cure="Choose a new folder, or give --yes to write into this one.")
    address = _parse_address(url)
    with snapshot(context.engine) as connection:
        newsletter = read_identity(connection).newsletter
        issues = list_archive(connection, context.config)

    def read_picture(name: str) -> bytes | None:
        with snapshot(context.engine) as connection:
            picture = picture_file(connection, name)
        return picture[0] if picture else None

    pages = _Pages(
        config=context.config,
        today=context.clock().astimezone(context.zone).date(),
        address=address,
        newsletter=newsletter,
        read_picture=read_picture,
    )
    # Read while they are written: no more than one is in memory.
    letters = (
        archive_page(context, entry.number, _RELATIVE, address=address).html for entry in issues
    )
    result = write_folder(folder, newsletter, pages.files(issues, letters), consent=consent)
    return ArchiveExport(issues=len(issues), pictures=len(pages.pictures), folder=result)


def ask_for(context: Context, folder: Path) -> str:
    """Return why the author has to agree to an export into this folder, "" if they need not.

    Raise UsageError for the newsletter's own folder, which holds secrets and the list.
    """
    if folder.resolve() == context.folder.resolve():
        raise UsageError(
            "The newsletter's own folder holds your list and your secrets: no archive goes there.",
            cure="Choose another folder, such as `public`.",
        )
    with snapshot(context.engine) as connection:
        newsletter = read_identity(connection).newsletter
    return why_to_ask(folder, newsletter)


def make_static(html: str, site_url: str) -> str:
    """Return a page of the archive as a file: links to sign up lead to the site, or are left out.

    `site_url` is the site of today, "" for none.
    """

    def replace_sign_up(match: re.Match[str]) -> str:
        if site_url:
            return match[0].replace(match[1], site_url.rstrip("/"), 1)
        return ""

    html = _SIGN_UP.sub(replace_sign_up, html)
    return html.replace("</head>", f"{_HEAD}</head>", 1)


def _parse_address(url: str) -> str:
    """Return where the archive will be, with a slash at its end. Raise UsageError."""
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query):
        raise UsageError(
            f"{url!r} is no web address.", cure="Give one such as https://example.com/letters/."
        )
    return f"{url.rstrip('/')}/" if url else ""
