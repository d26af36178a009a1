"""Cards: links that replace embeds in a newsletter, and the providers they are made for.

The URL of an embed may carry a token that opens a private run (Strava's hash, RideWithGPS's
`privacy_code`, Komoot's `share_token`, Vimeo's `h`). A card keeps only the public id or name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from urllib.parse import SplitResult, parse_qs, urlsplit

from newsletter.reader.clean.flow import Block, link_html
from newsletter.reader.clean.pictures import Picture
from newsletter.reader.clean.urls import Page, bare_host

_YOUTUBE_ID = re.compile(r"/(?:embed|v|e|shorts|live)/([\w-]{6,20})")
_START = re.compile(r"(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,6})s?)?")
# The host, a pattern of the path, the public URL, the label.
_PROVIDERS = (
    ("strava.com", r"^/activities/(\d+)", "https://www.strava.com/activities/{}", "Run on Strava"),
    ("strava.com", r"^/routes/(\d+)", "https://www.strava.com/routes/{}", "Route on Strava"),
    ("strava.com", r"^/segments/(\d+)", "https://www.strava.com/segments/{}", "Segment on Strava"),
    ("connect.garmin.com", r"/activity/(?:embed/)?(\d+)",
     "https://connect.garmin.com/modern/activity/{}", "Run on Garmin Connect"),
    ("connect.garmin.com", r"/course/(?:embed/)?(\d+)",
     "https://connect.garmin.com/modern/course/{}", "Course on Garmin Connect"),
    ("mapmyrun.com", r"/routes/view/(?:embedded/)?(\d+)",
     "https://www.mapmyrun.com/routes/view/{}", "Route on MapMyRun"),
    ("snippets.mapmycdn.com", r"/routes/view/(?:embedded/)?(\d+)",
     "https://www.mapmyrun.com/routes/view/{}", "Route on MapMyRun"),
    ("komoot.com", r"/tour/(\d+)", "https://www.komoot.com/tour/{}", "Route on Komoot"),
    ("komoot.de", r"/tour/(\d+)", "https://www.komoot.com/tour/{}", "Route on Komoot"),
    ("alltrails.com", r"^/widget/trail/([\w/-]+)", "https://www.alltrails.com/trail/{}",
     "Route on AllTrails"),
    ("plotaroute.com", r"^/embedmap/(\d+)", "https://www.plotaroute.com/route/{}",
     "Route on plotaroute"),
    ("relive.cc", r"/view/(\w+)", "https://www.relive.cc/view/{}", "Run on Relive"),
    ("player.vimeo.com", r"^/video/(\d+)", "https://vimeo.com/{}", "Watch the video on Vimeo"),
    ("vimeo.com", r"^/(?:video/)?(\d+)", "https://vimeo.com/{}", "Watch the video on Vimeo"),
    ("videopress.com", r"^/(?:embed|v)/(\w+)", "https://videopress.com/v/{}", "Watch the video"),
    ("video.wordpress.com", r"^/(?:embed|v)/(\w+)", "https://videopress.com/v/{}",
     "Watch the video"),
    ("dailymotion.com", r"^/(?:embed/)?video/(\w+)", "https://www.dailymotion.com/video/{}",
     "Watch the video on Dailymotion"),
    ("open.spotify.com",
     r"^/(?:embed/|embed-podcast/)?(track|album|playlist|episode|show|artist)/(\w+)",
     "https://open.spotify.com/{}/{}", "Listen on Spotify"),
    ("embed.podcasts.apple.com", r"^/([\w/%.-]+)", "https://podcasts.apple.com/{}",
     "Listen on Apple Podcasts"),
    ("embed.music.apple.com", r"^/([\w/%.-]+)", "https://music.apple.com/{}",
     "Listen on Apple Music"),
    ("instagram.com", r"^/(?:[\w.]+/)?(p|reel|tv)/([\w-]+)", "https://www.instagram.com/{}/{}/",
     "See the post on Instagram"),
    ("bsky.app", r"^/profile/([\w.:-]+)/post/(\w+)", "https://bsky.app/profile/{}/post/{}",
     "See the post on Bluesky"),
    ("twitter.com", r"^/(\w+)/status/(\d+)", "https://x.com/{}/status/{}", "See the post on X"),
    ("x.com", r"^/(\w+)/status/(\d+)", "https://x.com/{}/status/{}", "See the post on X"),
    ("tiktok.com", r"^/(@[\w.-]+)/video/(\d+)", "https://www.tiktok.com/{}/video/{}",
     "Watch the video on TikTok"),
    ("docs.google.com", r"^/spreadsheets/d/e/([\w-]+)/pubhtml",
     "https://docs.google.com/spreadsheets/d/e/{}/pubhtml", "Table on Google Sheets"),
    ("docs.google.com", r"^/forms/d/e/([\w-]+)/viewform",
     "https://docs.google.com/forms/d/e/{}/viewform", "Form on Google Forms"),
    ("docs.google.com", r"^/document/d/e/([\w-]+)/pub",
     "https://docs.google.com/document/d/e/{}/pub", "Document on Google Docs"),
    ("datawrapper.dwcdn.net", r"^/(\w{5})/", "https://datawrapper.dwcdn.net/{}/", "Chart"),
    ("anchor.fm", r"^/([\w-]+)/embed/episodes/([\w-]+)", "https://anchor.fm/{}/episodes/{}",
     "Listen to the episode"),
)  # fmt: skip
_PATTERNS = tuple(
    (host, re.compile(path, re.ASCII), link, label) for host, path, link, label in _PROVIDERS
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A link with a label, and perhaps with a picture."""

    link: str
    label: str
    picture: Picture | None = None

    def blocks(self) -> list[Block]:
        links = ((self.link, self.label),)
        start = f'<a href="{escape(self.link)}">'
        text = Block(
            kind="card",
            html=link_html(self.link, self.label),
            text=self.label,
            links=links,
        )
        if self.picture is None:
            return [text]
        html = f"<p>{start}{self.picture.html()}</a></p>"
        return [Block(kind="image", html=html, text=self.picture.alt, links=links), text]


def provider_card(address: str, title: str, page: Page) -> Card | None:
    """Return the card for an embed at `address`, or None if its provider is unknown."""
    url = page.web(address)
    if not url:
        return None
    host = bare_host(url).removeprefix("m.")
    parts = urlsplit(url)
    special = _SPECIAL.get(host)
    if special:
        return special(parts, title, page)
    for known_host, path, link, label in _PATTERNS:
        match = path.search(parts.path) if host == known_host else None
        if match:
            full_label = f"{label}: {title}" if title and title != label else label
            return Card(link=link.format(*match.groups()), label=full_label)
    return None


def _youtube_card(parts: SplitResult, title: str, _page: Page) -> Card | None:
    query = parse_qs(parts.query)
    match = _YOUTUBE_ID.search(parts.path)
    video = match[1] if match else query.get("v", [""])[0]
    if parts.hostname == "youtu.be":
        video = parts.path.strip("/")
    label = f"Watch the video: {title}" if title else "Watch the video on YouTube"
    playlist = query.get("list", [""])[0]
    if video in {"", "videoseries"} and re.fullmatch(r"[\w-]+", playlist):
        return Card(link=f"https://www.youtube.com/playlist?list={playlist}", label=label)
    if not re.fullmatch(r"[\w-]{6,20}", video):
        return None
    start = _seconds(query.get("start", query.get("t", [""]))[0])
    return Card(
        link=f"https://youtu.be/{video}" + (f"?t={start}" if start else ""),
        label=label,
        picture=Picture(
            # Every video has an hqdefault, not every one a maxresdefault.
            url=f"https://i.ytimg.com/vi/{video}/hqdefault.jpg",
            alt=f"Video: {title}"[:125].strip() if title else "Video",
            width=480,
            height=360,
        ),
    )


def _seconds(start: str) -> int:
    match = _START.fullmatch(start)
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    return hours * 3600 + minutes * 60 + seconds


def _ride_with_gps_card(parts: SplitResult, _title: str, _page: Page) -> Card | None:
    query = parse_qs(parts.query)
    number = query.get("id", [""])[0]
    kind = "trips" if query.get("type") == ["trip"] else "routes"
    path = re.match(r"/(routes|trips)/(\d+)", parts.path)
    if path:
        kind, number = path[1], path[2]
    if not (number.isascii() and number.isdigit()):
        return None
    return Card(link=f"https://ridewithgps.com/{kind}/{number}", label="Route on Ride with GPS")


def _google_card(parts: SplitResult, title: str, _page: Page) -> Card | None:
    map_id = parse_qs(parts.query).get("mid", [""])[0]
    if not parts.path.startswith("/maps/d/") or not re.fullmatch(r"[\w.-]{6,80}", map_id):
        return None
    label = "Map on Google Maps"
    return Card(
        link=f"https://www.google.com/maps/d/viewer?mid={map_id}",
        label=f"{label}: {title}" if title else label,
    )


def _facebook_card(parts: SplitResult, _title: str, page: Page) -> Card | None:
    target = page.web(parse_qs(parts.query).get("href", [""])[0])
    is_post = re.match(r"/plugins/(?:video|post)\.php", parts.path)
    if not is_post or bare_host(target) != "facebook.com":
        return None
    return Card(link=target, label="See the post on Facebook")


_SPECIAL: dict[str, Callable[[SplitResult, str, Page], Card | None]] = {
    "youtube.com": _youtube_card,
    "youtube-nocookie.com": _youtube_card,
    "youtu.be": _youtube_card,
    "ridewithgps.com": _ride_with_gps_card,
    "facebook.com": _facebook_card,
    "google.com": _google_card,
}
