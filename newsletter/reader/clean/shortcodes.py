"""Shortcodes and plugin tags that the blog left unresolved, known by their shape.

`[name key=value]`, `[name … /]` and pairs `[name]…[/name]` are WordPress's; `{name}…{/name}`
and `{loadposition …}` Joomla's. Brackets of the author's own ("[sic]", "[42:15]",
"{at least}") have none of these shapes and stay. The words that a pair encloses stay, and so
does the address of a video or run: a card is made of it later. Of Hugo's and Jekyll's
`{{< name … >}}` and `{% name … %}` only videos are read; all else may be code that the post
speaks of.
"""

from __future__ import annotations

import re

# A tag around another one is matched once the inner one is gone.
_NESTING = 5
_NAME = r"[A-Za-z][A-Za-z0-9_-]{0,60}"
_ENDS = re.compile(rf"[\[{{](/?)({_NAME})")
_BRACKETS = re.compile(rf"\[(/?)({_NAME})((?:[\s=/][^\[\]]{{0,2000}})?)\]")
_BRACES = re.compile(rf"\{{(/?)({_NAME})((?:[\s=][^{{}}]{{0,500}})?)\}}")
_TEMPLATE = re.compile(rf"\{{(?:\{{[<%]|%)[\s-]*({_NAME})([^{{}}]{{0,500}}?)(?:[%>]\}}|%)\}}")
# A pair around one word: an address, a number, a path, or a word of the post.
_PAIR = re.compile(
    rf"([\[{{])({_NAME})(?:\s[^\[\]{{}}]{{0,500}})?[\]}}]\s*([^\s\[\]{{}}<>]{{1,500}})\s*"
    r"[\[{]/\2[\]}]"
)
_KEY = re.compile(r"\s[\w-]{1,60}(?:=[^\s=]|\s?=\s?[\"'“”″‘’])")
# Joomla's own plugins take a name or a number; "{week 3}" and "{loading bars}" are the author's.
_BRACE_PLUGIN = re.compile(
    r"load(?:position|module(?:id|s)?|article|template|form)|module(?:id|pos)?|article|rsform|"
    r"chronoforms?\d?|jcomments|komento|jumi|k2\w{0,20}|phoca\w{1,20}|j[a-z]{1,4}_?gallery|"
    r"emailcloak|convertforms|breezingforms"
)
_BRACE_ARGUMENT = re.compile(r"\s+[\w.,|-]{1,100}\s*")
_BRACE_VALUE = re.compile(r"=[^\s=]{1,200}")
# What a name that stands alone may be given: an id, an address; not words ("[video below]").
_LONE_ARGUMENT = re.compile(r"\s*|\s+\S*[\d/._=&-]\S*\s*|=.*", re.DOTALL)
# Names that stand alone, without a key or a second tag. WordPress knows them in small letters
# only: "[VIDEO]" is a word.
_ALONE = re.compile(
    r"audio|caption|contact-form|contact-field|crowdsignal|embed|et_pb_[a-z_]+|fusion_[a-z_]+|"
    r"gallery|googlemaps|googleapps|gravityform|instagram|jetpack[a-z_-]*|mc4wp_form|ninja_form|"
    r"playlist|polldaddy|portfolio|sharing|slideshow|soundcloud|spotify|strava|subscribe|"
    r"subscription_form|toc|tiled_gallery|vc_[a-z_]+|video|videopress|vimeo|wpforms|wpvideo|"
    r"youtube",
)
_WITH_URL = frozenset({
    "youtube", "vimeo", "embed", "instagram", "spotify", "soundcloud", "strava", "fve", "embedyt",
})  # fmt: skip
_URL = re.compile(r"https?://[^\s\]\"'”″<>{}]{1,2000}")
_PLAYER_URL = re.compile(
    r"https?://(?:[\w-]{1,60}\.){0,3}(?:youtube(?:-nocookie)?\.com|youtu\.be|vimeo\.com|"
    r"strava\.com|garmin\.com|spotify\.com|instagram\.com|komoot\.com|komoot\.de|relive\.cc|"
    r"ridewithgps\.com|mapmyrun\.com|dailymotion\.com|tiktok\.com|videopress\.com)/"
)
_VIDEO_ID = re.compile(r"(?<![\w./-])([\w-]{11})(?![\w./-])", re.ASCII)
_NUMBER = re.compile(r"(?<![\w./-])(\d{6,12})(?![\w./-])", re.ASCII)


def closed_tags(html: str) -> frozenset[str]:
    """Return the names, in lower case, that a text opens and closes: "[name]…[/name]"."""
    if "[/" not in html and "{/" not in html:
        return frozenset()
    opened: set[str] = set()
    closed: set[str] = set()
    for slash, name in _ENDS.findall(html):
        (closed if slash else opened).add(name.lower())
    return frozenset(opened & closed)


def strip_shortcodes(text: str, closed: frozenset[str] = frozenset()) -> str:
    """Return `text` without shortcodes. `closed` are the names that its post closes."""
    return split_shortcodes(text, closed)[0]


def split_shortcodes(text: str, closed: frozenset[str] = frozenset()) -> tuple[str, str]:
    """Return `text` without shortcodes, and what was removed from it."""
    if "[" not in text and "{" not in text:
        return text, ""
    tags = _Tags(closed)
    if "{" in text:
        text = _TEMPLATE.sub(tags.replace_template, text)
    if closed:
        text = _PAIR.sub(tags.replace_pair, text)
    for _ in range(_NESTING):
        before = len(tags.removed)
        text = _BRACES.sub(tags.replace_tag, _BRACKETS.sub(tags.replace_tag, text))
        if len(tags.removed) == before:
            break
    return text, " ".join(tags.removed)


class _Tags:
    """Decides what replaces each tag, and keeps what was removed."""

    def __init__(self, closed: frozenset[str]) -> None:
        self.removed: list[str] = []
        self._closed = closed

    def replace_template(self, match: re.Match[str]) -> str:
        url = _player_url(match[1].lower(), match[2])
        if not url:
            return match[0]
        self.removed.append(match[0])
        return f" {url} "

    def replace_pair(self, match: re.Match[str]) -> str:
        word, name = match[3], match[2].lower()
        url = word if _URL.fullmatch(word) else _player_url(name, f" {word}")
        if url:
            self.removed.append(match[0])
            return f" {url} "
        if match[1] == "{" and any(sign in word for sign in "/.,|_"):
            self.removed.append(match[0])
            return " "
        self.removed.append(f"{name} {name}")
        return word

    def replace_tag(self, match: re.Match[str]) -> str:
        name, rest = match[2].lower(), match[3]
        is_tag = _is_bracket_tag if match[0][0] == "[" else _is_brace_tag
        if not is_tag(match[2], rest, self._closed):
            return match[0]
        self.removed.append(match[0])
        url = _player_url(name, rest)
        return f" {url} " if url else " "


def _is_bracket_tag(name: str, rest: str, closed: frozenset[str]) -> bool:
    if name.lower() in closed:
        return True
    if _ALONE.fullmatch(name) and ("_" in name or _LONE_ARGUMENT.fullmatch(rest)):
        return True
    return rest in {"/", " /"} or rest.rstrip().endswith(" /") or bool(_KEY.search(rest))


def _is_brace_tag(name: str, rest: str, closed: frozenset[str]) -> bool:
    name = name.lower()
    if name in closed or (_BRACE_PLUGIN.fullmatch(name) and _BRACE_ARGUMENT.fullmatch(rest)):
        return True
    return bool(len(name) > 1 and _BRACE_VALUE.fullmatch(rest)) or bool(_KEY.search(rest))


def _player_url(name: str, arguments: str) -> str:
    """Return the address of the video or run that a tag plays, or ""."""
    url = _URL.search(arguments)
    if url:
        is_player = name in _WITH_URL or _PLAYER_URL.match(url[0])
        return url[0] if is_player else ""
    if "youtube" in name or name in {"yt", "lyte"}:
        video = _VIDEO_ID.search(arguments)
        return f"https://youtu.be/{video[1]}" if video else ""
    number = _NUMBER.search(arguments) if "vimeo" in name else None
    return f"https://vimeo.com/{number[1]}" if number else ""
