"""A newsletter whose archive holds an issue that was sent."""

from __future__ import annotations

from pathlib import Path

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.editorial.approval import approve
from newsletter.editorial.draft import draft_issue
from newsletter.pipeline.send import send
from tests.support.newsletter_folder import NOW, create_newsletter, publish, subscribe

READER = "ada@example.com"


def create_archive(folder: Path, database_url: str = "") -> Context:
    """Create a newsletter at https://news.example.com whose first issue is out."""
    create_newsletter(folder, database_url=database_url).engine.dispose()
    settings = folder / "newsletter.toml"
    site = '[site]\nurl = "https://news.example.com"'
    settings.write_text(settings.read_text("utf-8").replace("[site]", site), "utf-8")
    context = open_newsletter(folder, {"NEWSLETTER_NOW": NOW})
    subscribe(context, READER)
    publish(context, "Hill repeats \x0b at dawn", "Larch week & <more>")
    draft_issue(context)
    approve(context, "next")
    send(context, "1")
    return context
