"""Makes a newsletter folder: finds the feed, writes the settings, takes stock of the blog."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from newsletter.app import open_newsletter
from newsletter.collecting.collect import FeedReport, collect
from newsletter.config import secrets as secrets_file
from newsletter.config.address import address_domain
from newsletter.config.locale_defaults import hemisphere_of_zone, local_zone
from newsletter.config.settings import FILE_NAME
from newsletter.errors import FeedError, NewsletterError, UsageError
from newsletter.models import Feed
from newsletter.reader.discover import discover
from newsletter.reader.parsing.items import ParsedFeed
from newsletter.resources import templates

_IGNORED = ".env\nnewsletter.db*\noutbox/\n.newsletter.lock\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupAnswers:
    """What the author asked for; "" where nothing was said."""

    blog: str
    sender: str
    postal_address: str
    title: str = ""
    timezone: str = ""
    hemisphere: str = ""
    mailer: str = "outbox"
    backfill: int = 0
    allow_private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNewsletter:
    """The new newsletter: its folder, the feed found and what it held."""

    folder: Path
    title: str
    feed: str
    report: FeedReport
    backfill: int


def make_newsletter(
    folder: Path, wishes: SetupAnswers, environ: Mapping[str, str]
) -> NewNewsletter:
    """Makes the folder, or changes nothing.

    Raises UsageError when the folder holds a newsletter already or a wish cannot be met,
    FeedError when no feed can be read at the blog's address.
    """
    _check(folder, wishes)
    feed, parsed = discover(wishes.blog, allow_private=wishes.allow_private)
    _refuse_empty(feed, parsed)
    was_there = folder.exists()
    before = _standing(folder) if was_there else {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        title = wishes.title or parsed.title or "Happy Trails"
        text = _settings_text(wishes, feed, parsed, title)
        (folder / FILE_NAME).write_text(text, "utf-8")
        _write_own_greetings(folder)
        secrets_file.write_env_file(folder)
        if not (folder / ".gitignore").exists():
            (folder / ".gitignore").write_text(_IGNORED, "utf-8")
        report = _take_stock(folder, wishes, environ)
    except BaseException:
        _undo(folder, was_there=was_there, before=before)
        raise
    return NewNewsletter(
        folder=folder, title=title, feed=feed.url, report=report, backfill=wishes.backfill
    )


def _check(folder: Path, wishes: SetupAnswers) -> None:
    if (folder / FILE_NAME).exists():
        raise UsageError(
            f"{folder} holds a newsletter already.",
            cure="Choose another folder; nothing was changed.",
        )
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, not a folder.")
    if "." not in address_domain(wishes.sender):
        raise UsageError(
            f"{wishes.sender!r} holds no e-mail address to send from.",
            cure='Write it as "Happy Trails <news@example.com>".',
        )
    if not wishes.postal_address.strip():
        raise UsageError(
            "A newsletter needs a postal address: the law asks for one in every issue.",
            cure="Give it with --postal-address; a post office box will do.",
        )


def _refuse_empty(feed: Feed, parsed: ParsedFeed) -> None:
    # What the feed holds now counts as seen. If it is empty by some mishap, the whole
    # blog would count as new a day later and go out.
    if not parsed.items:
        raise FeedError(
            f"The feed at {feed.url} holds no posts, so there is nothing to begin with.",
            url=feed.url,
            cure="Open it in a browser. On a new blog, publish the first post, then try again.",
        )


def _settings_text(wishes: SetupAnswers, feed: Feed, parsed: ParsedFeed, title: str) -> str:
    zone = wishes.timezone or local_zone()
    author = next((item.author for item in parsed.items if item.author), "")
    values = {
        "title": title,
        "author": author,
        "blog": feed.site_url or wishes.blog,
        "sender": wishes.sender,
        "postal_address": wishes.postal_address,
        "timezone": zone,
        "hemisphere": wishes.hemisphere or hemisphere_of_zone(zone),
        "list_id": f"newsletter.{address_domain(wishes.sender)}",
        "feed": feed.url,
        "mailer": wishes.mailer,
    }
    template = Template((templates() / "starter" / "newsletter.toml").read_text("utf-8"))
    # A JSON string is a TOML basic string: both escape alike (TOML 1.0, "String").
    quoted = {name: json.dumps(value, ensure_ascii=False) for name, value in values.items()}
    return template.substitute(quoted, allow_private=str(wishes.allow_private).lower())


def _write_own_greetings(folder: Path) -> None:
    """Puts a commented file for the author's own greetings and races where it is read."""
    path = folder / "intros" / "mine.toml"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        shutil.copyfile(templates() / "starter" / path.name, path)


def _take_stock(folder: Path, wishes: SetupAnswers, environ: Mapping[str, str]) -> FeedReport:
    context = open_newsletter(folder, environ)
    try:
        report = collect(context, conditional=False, backfill=wishes.backfill)[0]
    finally:
        context.engine.dispose()
    if report.status == "failed":
        raise NewsletterError(report.error)
    return report


def _standing(folder: Path) -> dict[Path, bytes | None]:
    """What the folder holds, with the bytes of the one file that is added to."""
    own = folder / secrets_file.FILE_NAME
    return {path: path.read_bytes() if path == own else None for path in folder.iterdir()}


def _undo(folder: Path, *, was_there: bool, before: Mapping[Path, bytes | None]) -> None:
    """Takes away what was made, so that the next try starts as this one did."""
    if not was_there:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for path in set(folder.iterdir()) - set(before):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    for path, held in before.items():
        if held is not None:
            path.write_bytes(held)
