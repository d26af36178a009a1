"""Create a newsletter folder: find the feed, write the settings, read the blog once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from string import Template

from newsletter.app import open_newsletter
from newsletter.collecting.collect import FeedReport, collect
from newsletter.config import secrets as secrets_file
from newsletter.config.address import address_domain, ascii_mailbox, bare_address, is_address
from newsletter.config.locale_defaults import hemisphere_of_zone, local_zone
from newsletter.config.settings import FILE_NAME
from newsletter.errors import NewsletterError, UsageError
from newsletter.models import Feed
from newsletter.reader.discover import discover_feed
from newsletter.reader.parsing.items import ParsedFeed
from newsletter.resources import templates

_IGNORED = ".env\nnewsletter.db*\noutbox/\n.newsletter.lock\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupAnswers:
    """The author's answers; "" for no answer."""

    blog: str
    sender: str
    postal_address: str
    title: str = ""
    timezone: str = ""
    hemisphere: str = ""
    mailer: str = "outbox"
    #: How many of the newest posts wait for the first issue; all others count as seen.
    backfill: int = 0
    allow_private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNewsletter:
    """The newsletter that was created."""

    folder: Path
    title: str
    #: The URL of the feed that was found.
    feed: str
    report: FeedReport
    #: How many of the newest posts wait for the first issue.
    backfill: int


def make_newsletter(
    folder: Path, answers: SetupAnswers, environ: Mapping[str, str]
) -> NewNewsletter:
    """Create the newsletter, or change nothing.

    Raise UsageError if the folder holds a newsletter already or an answer cannot be used,
    SettingsError if the sender's address has no ASCII form, and FeedError if no feed can be read
    at the blog's address.
    """
    answers = replace(answers, sender=ascii_mailbox(answers.sender, "The sender"))
    _check(folder, answers)
    feed, parsed = discover_feed(answers.blog, allow_private=answers.allow_private)
    existed = folder.exists()
    before = _list_files(folder) if existed else {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        title = answers.title or parsed.title or "Happy Trails"
        text = _settings_text(answers, feed, parsed, title)
        (folder / FILE_NAME).write_text(text, "utf-8")
        _write_own_greetings(folder)
        secrets_file.write_env_file(folder)
        if not (folder / ".gitignore").exists():
            (folder / ".gitignore").write_text(_IGNORED, "utf-8")
        report = _read_blog(folder, answers, environ)
    except BaseException:
        _undo(folder, existed=existed, before=before)
        raise
    return NewNewsletter(
        folder=folder, title=title, feed=feed.url, report=report, backfill=answers.backfill
    )


def _check(folder: Path, answers: SetupAnswers) -> None:
    if (folder / FILE_NAME).exists():
        raise UsageError(
            f"{folder} holds a newsletter already.",
            cure="Choose another folder; nothing was changed.",
        )
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, not a folder.")
    if not is_address(bare_address(answers.sender)):
        raise UsageError(
            f"{answers.sender!r} holds no e-mail address to send from.",
            cure='Write it as "Happy Trails <news@example.com>".',
        )
    if not answers.postal_address.strip():
        raise UsageError(
            "A newsletter needs a postal address: the law asks for one in every issue.",
            cure="Give it with --postal-address; a post office box will do.",
        )


def _settings_text(answers: SetupAnswers, feed: Feed, parsed: ParsedFeed, title: str) -> str:
    zone = answers.timezone or local_zone()
    author = next((item.author for item in parsed.items if item.author), "")
    values = {
        "title": title,
        "author": author,
        "blog": feed.site_url or answers.blog,
        "sender": answers.sender,
        "postal_address": answers.postal_address,
        "timezone": zone,
        "hemisphere": answers.hemisphere or hemisphere_of_zone(zone),
        "list_id": f"newsletter.{address_domain(answers.sender)}",
        "feed": feed.url,
        "mailer": answers.mailer,
    }
    template = Template((templates() / "starter" / "newsletter.toml").read_text("utf-8"))
    # A JSON string is a TOML basic string: both escape alike (TOML 1.0, "String").
    quoted = {name: json.dumps(value, ensure_ascii=False) for name, value in values.items()}
    return template.substitute(quoted, allow_private=str(answers.allow_private).lower())


def _write_own_greetings(folder: Path) -> None:
    """Write a commented file for the author's own greetings and races."""
    path = folder / "intros" / "mine.toml"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        shutil.copyfile(templates() / "starter" / path.name, path)


def _read_blog(folder: Path, answers: SetupAnswers, environ: Mapping[str, str]) -> FeedReport:
    context = open_newsletter(folder, environ, make_database=True)
    try:
        report = collect(context, conditional=False, backfill=answers.backfill)[0]
    finally:
        context.engine.dispose()
    if report.status == "failed":
        raise NewsletterError(report.error)
    return report


def _list_files(folder: Path) -> dict[Path, bytes | None]:
    """Return the files in the folder, with the contents of `.env`, which is appended to."""
    env = folder / secrets_file.FILE_NAME
    return {path: path.read_bytes() if path == env else None for path in folder.iterdir()}


def _undo(folder: Path, *, existed: bool, before: Mapping[Path, bytes | None]) -> None:
    """Remove what was created, so that the next attempt starts as this one did."""
    if not existed:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for path in set(folder.iterdir()) - set(before):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    for path, contents in before.items():
        if contents is not None:
            path.write_bytes(contents)
