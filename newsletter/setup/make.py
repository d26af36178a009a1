"""Create a newsletter folder: write the settings, and read the blog once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from secrets import token_hex
from string import Template
from urllib.parse import urlsplit

from newsletter.app import open_newsletter
from newsletter.collecting.collect import FeedReport, collect
from newsletter.config import secrets as secrets_file
from newsletter.config.address import address_domain, ascii_domain, is_mailbox_host
from newsletter.config.file_modes import mend_modes
from newsletter.config.settings import FILE_NAME
from newsletter.errors import NewsletterError, UsageError
from newsletter.models import Feed
from newsletter.resources import templates
from newsletter.setup.answers import (
    SetupAnswers,
    check_author_email,
    check_postal_address,
    check_sender,
)
from newsletter.setup.find_blog import FoundBlog, complete, find_blog, require_whole

_COMMENT_COLUMN = 38
_NO_WET_MONTHS = "# wet_months = [11, 12, 1, 2, 3, 4]"
_IGNORED = """\
.env
newsletter.db*
newsletter.journal
outbox/
.newsletter.lock
before-*
.restore/
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNewsletter:
    """The newsletter that was created."""

    folder: Path
    #: The answers, with what the blog and the machine proposed.
    answers: SetupAnswers
    #: The URL of the feed that was found.
    feed: str
    report: FeedReport

    @property
    def title(self) -> str:
        """The newsletter's name."""
        return self.answers.title

    @property
    def backfill(self) -> int:
        """How many of the newest posts wait for the first issue."""
        return min(self.answers.backfill, self.report.new)


def make_newsletter(
    folder: Path,
    answers: SetupAnswers,
    environ: Mapping[str, str],
    *,
    found_blog: FoundBlog | None = None,
) -> NewNewsletter:
    """Create the newsletter, or change nothing.

    `found_blog` is the blog, if it was looked for already.

    Raise UsageError if the folder holds a newsletter already or an answer cannot be used,
    SettingsError if the sender's address has no ASCII form, and FeedError if no feed can be read
    at the blog's address.
    """
    require_free_folder(folder)
    answers = replace(
        answers,
        sender=check_sender(answers.sender, mailer=answers.mailer),
        postal_address=check_postal_address(answers.postal_address),
        author_email=check_author_email(answers.author_email),
    )
    if found_blog is None:
        found_blog = find_blog(answers.blog, allow_private=answers.allow_private)
    if not answers.accept_partial:
        require_whole(found_blog)
    answers = complete(answers, found_blog)
    existed = folder.exists()
    before = _list_files(folder) if existed else {}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / FILE_NAME).write_text(_settings_text(answers, found_blog.feed), "utf-8")
        _write_own_greetings(folder)
        secrets_file.write_env_file(folder)
        if not (folder / ".gitignore").exists():
            (folder / ".gitignore").write_text(_IGNORED, "utf-8")
        report = _read_blog(folder, answers, environ)
    except BaseException:
        _undo(folder, existed=existed, before=before)
        raise
    # The folder may have been there before, for all to read.
    mend_modes(folder, outbox=folder / "outbox", database=folder / "newsletter.db")
    return NewNewsletter(folder=folder, answers=answers, feed=found_blog.feed.url, report=report)


def require_free_folder(folder: Path) -> None:
    """Raise UsageError if no newsletter can be made in this folder."""
    if (folder / FILE_NAME).exists():
        raise UsageError(
            f"{folder} holds a newsletter already.",
            cure="Choose another folder; nothing was changed.",
        )
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, not a folder.")


def _settings_text(answers: SetupAnswers, feed: Feed) -> str:
    """Return the commented settings file with the answers in their places."""
    values = {
        "title": answers.title,
        "author": answers.author,
        "blog": feed.site_url or answers.blog,
        "sender": answers.sender,
        "author_email": answers.author_email,
        "postal_address": answers.postal_address,
        "language": answers.language,
        "timezone": answers.timezone,
        "hemisphere": answers.hemisphere,
        "list_id": _list_id(answers.sender, feed),
        "feed": feed.url,
        "day": answers.day,
        "time": answers.time,
        "mailer": answers.mailer,
        "unsubscribe": answers.unsubscribe,
    }
    # A JSON string is a TOML basic string: both escape alike (TOML 1.0, "String").
    quoted = {name: json.dumps(value, ensure_ascii=False) for name, value in values.items()}
    quoted["allow_private"] = str(answers.allow_private).lower()
    months = f"wet_months = {list(answers.wet_months or ())}"
    quoted["wet_months"] = months if answers.hemisphere == "tropics" else _NO_WET_MONTHS
    template = (templates() / "starter" / FILE_NAME).read_text("utf-8")
    return "".join(_fill_line(line, quoted) for line in template.splitlines(keepends=True))


def _list_id(sender: str, feed: Feed) -> str:
    """Return a name for the list below a domain of the author's: the sender's, else the blog's.

    Without either it is one of `localhost`, made unique by chance.
    [RFC 2919, 2](https://www.rfc-editor.org/rfc/rfc2919#section-2) asks for both.
    """
    domain = address_domain(sender)
    if not is_mailbox_host(domain):
        return f"newsletter.{domain}"
    host = ascii_domain(urlsplit(feed.site_url or feed.url).hostname or "", "The blog's address")
    if _is_name(host):
        return f"newsletter.{host.removeprefix('www.')}"
    return f"newsletter.{token_hex(16)}.localhost"


def _is_name(host: str) -> bool:
    """Whether a host has a name in the DNS: it is no IP address, nor of this network alone."""
    with suppress(ValueError):
        ip_address(host)
        return False
    return "." in host


def _fill_line(line: str, values: Mapping[str, str]) -> str:
    """Fill in a line of the template. Its comment keeps the column, or follows a long value."""
    setting, mark, comment = line.partition("  #")
    if not mark or "$" not in setting:
        return Template(line).substitute(values)
    return f"{Template(setting.rstrip()).substitute(values):<{_COMMENT_COLUMN - 2}}  #{comment}"


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
