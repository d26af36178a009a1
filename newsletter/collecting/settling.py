"""Which posts may go into an issue now, and in words why the others may not. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

from newsletter.models import Post

_FUTURE = dt.timedelta(hours=1)


def apply_settling(post: Post, *, now: dt.datetime, settle_minutes: int, zone: ZoneInfo) -> Post:
    """The post with its state as it is at `now`: a waiting post may still be settling.

    A post dated ahead waits for its date; one younger than `settle_minutes`, or freshly
    edited, waits until it has stood that long (design.md rule 2).
    """
    if post.state != "waiting":
        return post
    if post.published is not None and post.published > now + _FUTURE:
        return replace(
            post,
            state="settling",
            reason=f"dated ahead: waits for {_format_time(post.published, zone)}",
        )
    ready = (post.stable_since or now) + dt.timedelta(minutes=settle_minutes)
    if post.stable_since is not None and ready > now:
        return replace(
            post, state="settling", reason=f"still settling: ready {_format_time(ready, zone)}"
        )
    return post


def _format_time(moment: dt.datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
