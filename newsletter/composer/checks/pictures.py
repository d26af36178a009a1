"""Check pictures: alt text, width, and whether mail programs can show their formats.

Formats go by the data in client_support.toml. One finding names all pictures of an issue: a blog
that makes WebP files makes all of them so, and one setting cures them all.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from newsletter.composer.checks.client_support import list_names, programs_without
from newsletter.composer.checks.proof import Finding, Proof, error, in_post, warning
from newsletter.composer.layout.post import LONGEST_ALT
from newsletter.composer.markup import Node
from newsletter.models import Post
from newsletter.text import is_file_name

_DESCRIBE = "Describe the picture in the blog's editor (Alt text), in a few words."
_TEMPLATE = "Correct your own copy of the email template."
_ENDING = re.compile(r"\.(webp|avif|svg|heic|heif|tiff?|ico|bmp)(?:$|[?#])", re.IGNORECASE)
_FORMATS = {
    "webp": "WebP", "avif": "AVIF", "svg": "SVG", "svg+xml": "SVG", "heic": "HEIF", "heif": "HEIF",
    "tif": "TIFF", "tiff": "TIFF", "ico": "ICO", "x-icon": "ICO", "vnd.microsoft.icon": "ICO",
}  # fmt: skip
_NAMED = 3
_COPY = (
    'Write host = "site" under [images] in newsletter.toml: the next `newsletter collect` makes '
    "JPEG copies of your pictures, and issues show these, from your own site."
)
_NO_COPY = (
    "{they} no copy yet. `newsletter collect` makes it, or says why it cannot; then use JPEG or "
    "PNG files there."
)


def check_pictures(proof: Proof) -> Iterator[Finding]:
    """Yield findings on the pictures in the message and their alt texts on the blog."""
    for node in proof.nodes:
        if node.tag == "img":
            owner = proof.owner(node.get("src"))
            yield from _check_element(proof, node, owner)
    for post in proof.issue.posts:
        yield from _check_post(post)


def _check_element(proof: Proof, node: Node, owner: Post | None) -> Iterator[Finding]:
    where = in_post(owner.title) if owner else proof.where(node)
    name = node.get("src").rpartition("/")[2][:60] or "A picture"
    if "alt" not in node.attributes:
        yield error(
            "image-alt",
            where,
            f"{name} has no alt text: with pictures off, its place is empty.",
            _DESCRIBE if owner else _TEMPLATE,
        )
    if not (node.get("width").isdigit() or node.get("height").isdigit()):
        report = warning if owner else error
        yield report(
            "image-width",
            where,
            f"{name} has no width: Outlook would show it at its full size.",
            "Give its width in the blog's editor." if owner else _TEMPLATE,
        )


def _check_post(post: Post) -> Iterator[Finding]:
    """Check the alt text on the blog. The message may show the post's title in its place."""
    if post.image is None:
        return
    alt = " ".join(post.image.alt.split())
    where = in_post(post.title)
    if not alt:
        yield warning("image-alt", where, "Its picture has no alt text.", _DESCRIBE)
    elif is_file_name(alt, post.image.url):
        yield warning(
            "image-alt", where, f"The alt text of its picture is a file name ({alt}).", _DESCRIBE
        )
    elif len(alt) > LONGEST_ALT:
        yield warning(
            "image-alt",
            where,
            f"The alt text of its picture has {len(alt)} characters; at most {LONGEST_ALT} are "
            "read in comfort.",
            "Say it shorter, and move the rest into the caption.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FormattedPicture:
    """A picture of a message and its format."""

    url: str
    #: Such as "WebP".
    format: str
    #: The place, in words.
    where: str


def check_picture_formats(proof: Proof) -> Iterator[Finding]:
    """Yield a finding for each group of pictures that the same mail programs cannot show."""
    pictures: dict[str, FormattedPicture] = {}
    for node in proof.nodes:
        url = node.get("src") if node.tag == "img" else ""
        name = format_by_ending(url)
        if name and url not in pictures:
            owner = proof.owner(url)
            where = in_post(owner.title) if owner else proof.where(node)
            pictures[url] = FormattedPicture(url=url, format=name, where=where)
    yield from judge_formats(pictures.values(), copied=proof.copied)


def judge_formats(pictures: Iterable[FormattedPicture], *, copied: bool) -> Iterator[Finding]:
    """Yield the findings. `copied` tells whether issues show our copies where there are any."""
    groups: defaultdict[tuple[str, ...], list[FormattedPicture]] = defaultdict(list)
    for picture in pictures:
        programs = programs_without("image", _feature(picture.format))
        if programs:
            groups[programs].append(picture)
    for programs, group in groups.items():
        places = {picture.where for picture in group}
        kinds = " and ".join(dict.fromkeys(picture.format for picture in group))
        names = [_file_name(picture.url) for picture in group]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        which = (
            f"{names[0]} is a {kinds} file"
            if len(names) == 1
            else f"{len(names)} pictures are {kinds} files ({', '.join(names[:_NAMED])}{more})"
        )
        cure = (
            _NO_COPY.format(they="It has" if len(names) == 1 else "They have") if copied else _COPY
        )
        yield warning(
            "image-format",
            places.pop() if len(places) == 1 else "in the pictures",
            f"{which}, which {list_names(programs)} cannot show.",
            cure,
        )


def format_by_ending(url: str) -> str:
    """Return the format that the name of the file says, "" for JPEG, PNG, GIF and unknown ones."""
    ending = _ENDING.search(url)
    return _FORMATS.get(ending[1].lower(), "") if ending else ""


def format_by_type(content_type: str) -> str:
    """Return the format in a media type such as "image/avif", or ""."""
    kind, _, name = content_type.partition(";")[0].strip().lower().partition("/")
    return _FORMATS.get(name, "") if kind == "image" else ""


def _feature(format_name: str) -> str:
    return format_name.lower()


def _file_name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2][:60] or "A picture"
