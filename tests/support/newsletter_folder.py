"""A newsletter folder with posts and subscribers, opened in this process."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

from itsdangerous import URLSafeSerializer

from newsletter.addressing.envelope import recipient
from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.desk.issue.mail import open_issue as issue_on_the_desk
from newsletter.models import Image, Issue, Post, PostState, SafeHtml
from newsletter.storage import feeds, posts
from newsletter.storage.database.engine import snapshot, transaction
from subscribers import storage as people
from subscribers.models import Subscriber

NOW = "2026-11-20T12:00:00+00:00"
FEED = "https://blog.example.com/feed/"
_SETTINGS = """
[newsletter]
title = "Pine & Pace"
author = "Maren"
blog = "https://blog.example.com"
from = "Pine & Pace <news@example.com>"
author_email = "maren@example.com"
postal_address = "12 Mill Street, Alder Creek"
timezone = "America/Edmonton"
[[feeds]]
url = "https://blog.example.com/feed/"
[issue]
approval = "{approval}"
[site]
trusted_proxies = {proxies}
"""


def create_newsletter(
    folder: Path,
    *,
    approval: str = "required",
    now: str = NOW,
    proxies: int = 0,
    site_url: str = "",
    postal_address: bool = True,
    database_url: str = "",
) -> Context:
    """Create a newsletter that is sent on Sundays; `now` is the Friday before one."""
    folder.mkdir(mode=0o700, exist_ok=True)
    text = _SETTINGS.format(approval=approval, proxies=proxies)
    if site_url:
        text = text.replace("[site]\n", f'[site]\nurl = "{site_url}"\n')
    if not postal_address:
        text = text.replace('postal_address = "12 Mill Street, Alder Creek"\n', "")
    if database_url:
        text += f'[database]\nurl = "{database_url}"\n'
    (folder / "newsletter.toml").write_text(text, "utf-8")
    env = folder / ".env"
    env.write_text("NEWSLETTER_SECRET=made-up-for-tests\n", "utf-8")
    env.chmod(0o600)
    return open_newsletter(folder, {"NEWSLETTER_NOW": now}, make_database=True)


def publish(context: Context, *titles: str, state: PostState = "waiting", image: str = "") -> None:
    """Store posts published last Monday, long enough ago to have settled."""
    monday = dt.datetime(2026, 11, 16, 8, tzinfo=dt.UTC)
    with transaction(context.engine) as connection:
        feed = feeds.ensure_feed(connection, FEED)
        known = len(posts.all_posts(connection))
        values = [
            Post(
                feed=FEED,
                guid=f"{FEED}?p={known + place}",
                url=f"https://blog.example.com/{known + place}/",
                title=title,
                html=SafeHtml("<p>Up the hill before breakfast.</p>"),
                excerpt="Up the hill before breakfast.",
                published=monday,
                first_seen=monday,
                last_seen=monday,
                stable_since=monday,
                image=Image(url=image, alt="A hill", width=600, height=300) if image else None,
                state=state,
                reason="many old posts came at once" if state == "held" else "",
            )
            for place, title in enumerate(titles)
        ]
        posts.add(connection, feed.id, values)


def retitle(context: Context, old: str, new: str) -> None:
    """Change the title of a post, as its author would on the blog."""
    with transaction(context.engine) as connection:
        result = next(post for post in posts.all_posts(connection) if post.title == old)
        values = {name: getattr(result, name) for name in result.__slots__} | {"title": new}
        posts.save(connection, [Post(**values)])


def subscribe(context: Context, address: str, hemisphere: str = "") -> str:
    """Add a subscriber and return the unsubscribe link in their messages."""
    with transaction(context.engine) as connection:
        added = people.add(
            connection,
            Subscriber(address=address, hemisphere=hemisphere),
            at=context.clock(),
            source="test",
            secrets=context.secrets.signing,
        )
    assert added.subscriber is not None
    fields = dict(recipient(context.config, context.secrets, added.subscriber).fields)
    return fields["unsubscribe_url"].removeprefix(context.site_url)


def link_id_of(context: Context, reader_id: int) -> str:
    """Return what the links of a reader hold."""
    with snapshot(context.engine) as connection:
        person = people.find_by_id(connection, reader_id)
    assert person is not None
    return person.link_id


def sign_old_token(purpose: str, number: int, secret: str) -> str:
    """Return a token as links held it before they held ids: of the number of a row."""
    return URLSafeSerializer(
        secret,
        salt=f"happy-trails.{purpose}",
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    ).dumps(number)


def status_of(context: Context, address: str) -> str:
    with snapshot(context.engine) as connection:
        return people.require_by_address(connection, address).status


def open_issue(context: Context, number: str = "") -> Issue:
    """Return the issue that the desk shows: that of `number`, or the one due first."""
    with snapshot(context.engine) as connection:
        return issue_on_the_desk(connection, context.settings, number)
