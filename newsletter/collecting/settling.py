"""Settling: a post may go into an issue once it has stood unchanged for `settle_minutes`."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

from newsletter.models import Post

#: Dates up to this far ahead come from clocks and time zones that are wrong.
_CLOCK_SKEW = dt.timedelta(hours=1)


def apply_settling(post: Post, *, now: dt.datetime, settle_minutes: int, zone: ZoneInfo) -> Post:
    """Return the post in its state at `now`: a waiting post may still be `settling`.

    A post dated ahead waits for its date. A post younger than `settle_minutes`, or edited
    since, waits until it has stood unchanged that long (docs/architecture.md, rule 2).
    """
    if post.state != "waiting":
        return post
    if post.published is not None and post.published > now + _CLOCK_SKEW:
        date = _format_time(post.published, zone)
        return replace(post, state="settling", reason=f"dated ahead: waits for {date}")
    ready = (post.stable_since or now) + dt.timedelta(minutes=settle_minutes)
    if post.stable_since is not None and ready > now:
        reason = f"still settling: ready {_format_time(ready, zone)}"
        return replace(post, state="settling", reason=reason)
    return post


def _format_time(moment: dt.datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
