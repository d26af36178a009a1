"""Check links and pictures by what their servers answer: dead links, large pictures.

The caller sends the requests; this module evaluates the answers. All findings are warnings,
because a fault of another site is no reason to hold an issue back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from newsletter.composer.checks.pictures import (
    FormattedPicture,
    format_by_ending,
    format_by_type,
    judge_formats,
)
from newsletter.composer.checks.proof import Finding, Proof, in_post, warning
from newsletter.composer.images import MAX_IMAGE_BYTES
from newsletter.composer.images.sniff import ImageInfo, sniff_image

#: Bytes of all pictures of an issue, and width in pixels, beyond which a warning is given.
ISSUE_BYTES = 800 * 1024
MAX_WIDTH = 2400
_GONE = frozenset((404, 410))
_SERVER_ERROR = 500
_NETWORK = "in the links and pictures"


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlAnswer:
    """The answer of a server, or the error."""

    #: HTTP status; 0 if the server did not answer.
    status: int = 0
    #: The error as a sentence.
    trouble: str = ""
    content_type: str = ""
    #: In bytes; 0 if unknown.
    size: int = 0
    #: First bytes of the body.
    start: bytes = b""


_NO_ANSWER = UrlAnswer()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageUrl:
    """A URL in the message."""

    url: str
    #: The place, in words.
    where: str
    image: bool = False


def message_urls(proof: Proof) -> tuple[MessageUrl, ...]:
    """Return the links and pictures of a message, each URL once.

    The newsletter's own site is left out: merge fields have made-up tokens here, and the
    issue's page does not exist before it is sent.
    """
    site = f"{proof.letterhead.site}/" if proof.letterhead.site else ""
    urls: dict[str, MessageUrl] = {}
    for node in proof.nodes:
        if node.tag not in ("a", "img"):
            continue
        url = node.get("src" if node.tag == "img" else "href").partition("#")[0]
        own = url in proof.fields.values() or (site and url.startswith(site))
        if url.startswith(("https://", "http://")) and not own:
            owner = proof.owner(url)
            where = in_post(owner.title) if owner else proof.where(node)
            urls.setdefault(url, MessageUrl(url=url, where=where, image=node.tag == "img"))
    return tuple(urls.values())


def judge_answers(
    links: Iterable[MessageUrl], answers: Mapping[str, UrlAnswer], *, copied: bool = False
) -> Iterator[Finding]:
    """Yield the findings on the URLs in `links`; those without an answer are counted.

    `copied` tells whether issues show our own copies of pictures, where there are any.
    """
    links, late, weight = tuple(links), 0, 0
    formatted: list[FormattedPicture] = []
    if links and not any(answers.get(link.url, _NO_ANSWER).status for link in links):
        yield warning(
            "network",
            _NETWORK,
            "None of them could be reached, so nobody knows whether they are there.",
            "See whether this machine is online, then check again.",
        )
        return
    for link in links:
        answer = answers.get(link.url)
        if answer is None:
            late += 1
        elif answer.trouble or answer.status in _GONE or answer.status >= _SERVER_ERROR:
            yield _dead_link(link, answer)
        elif link.image:
            weight += answer.size
            info = sniff_image(answer.start)
            format_name = info.format if info else format_by_type(answer.content_type)
            formatted.append(FormattedPicture(url=link.url, format=format_name, where=link.where))
            yield from _check_picture(link, answer, info, format_name)
    # `check_picture_formats` names those whose file name says their format.
    unnamed = (picture for picture in formatted if not format_by_ending(picture.url))
    yield from judge_formats(unnamed, copied=copied)
    if weight > ISSUE_BYTES:
        yield warning(
            "image-weight",
            "in all pictures together",
            f"They weigh {weight // 1024} KB; on a phone in the woods {ISSUE_BYTES // 1024} KB "
            "is a lot.",
            "Use smaller pictures.",
        )
    if late:
        yield warning(
            "network",
            _NETWORK,
            f"{late} of them did not answer in time, so nobody knows whether they are there.",
            "Check again later.",
        )


def _dead_link(link: MessageUrl, answer: UrlAnswer) -> Finding:
    why = answer.trouble or f"The server answered {answer.status}."
    what = "A picture" if link.image else "A link"
    return warning(
        "image-dead" if link.image else "link-dead",
        link.where,
        f"{what} leads nowhere: {link.url[:100]}. {why}",
        "Correct it on the blog; the draft follows.",
    )


def _check_picture(
    link: MessageUrl, answer: UrlAnswer, picture: ImageInfo | None, format_name: str
) -> Iterator[Finding]:
    name = link.url.partition("?")[0].rpartition("/")[2][:60]
    smaller = "Upload a smaller JPEG; 1200 pixels wide is enough for any screen."
    if answer.size > MAX_IMAGE_BYTES:
        problem = f"{name} weighs {answer.size // 1024} KB, more than {MAX_IMAGE_BYTES // 1024}."
        yield warning("image-weight", link.where, problem, smaller)
    if picture is None:
        if not format_name:
            problem = f"{name} is no picture that mail programs know ({answer.content_type})."
            yield warning("image-format", link.where, problem, "Use a JPEG or PNG picture.")
        return
    if picture.width > MAX_WIDTH:
        problem = f"{name} is {picture.width} pixels wide, far more than the 1200 a screen shows."
        yield warning("image-weight", link.where, problem, smaller)
    if picture.animated:
        yield warning(
            "image-animated",
            link.where,
            f"{name} moves; Outlook shows only its first frame, and some readers feel ill.",
            "See that its first frame says it all, or use a still picture.",
        )
