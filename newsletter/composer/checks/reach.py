"""What the network tells of a message: dead links, heavy, huge and moving pictures.

Whoever calls does the asking; here the answers are judged. All findings are warnings:
another site's trouble is no reason to hold an issue back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from newsletter.composer.checks.finding import Finding, warning
from newsletter.composer.checks.proof import Proof, in_post
from newsletter.composer.images.sniff import ImageInfo, sniff_image

IMAGE_BYTES = 200 * 1024
ISSUE_BYTES = 800 * 1024
WIDEST = 2400
_GONE = frozenset((404, 410))
_BROKEN = 500
_NETWORK = "in the links and pictures"


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlAnswer:
    """What a server answered: `status` 0 and `trouble` in words where it did not.

    `size` in bytes, 0 where it was not said; `start` the first bytes of what is there.
    """

    status: int = 0
    trouble: str = ""
    content_type: str = ""
    size: int = 0
    start: bytes = b""


_NOTHING = UrlAnswer()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageUrl:
    """An address to ask for, and the place in words where the message shows it."""

    url: str
    where: str
    image: bool = False


def message_urls(proof: Proof) -> tuple[MessageUrl, ...]:
    """The links and pictures of a message, each address once, those of our site excepted.

    A reader's own links are made up here, and the issue's page is not there before it.
    """
    site = f"{proof.letterhead.site}/" if proof.letterhead.site else ""
    found: dict[str, MessageUrl] = {}
    for node in proof.nodes:
        if node.tag not in ("a", "img"):
            continue
        url = node.get("src" if node.tag == "img" else "href").partition("#")[0]
        own = url in proof.fields.values() or (site and url.startswith(site))
        if url.startswith(("https://", "http://")) and not own:
            owner = proof.owner(url)
            where = in_post(owner.title) if owner else proof.where(node)
            found.setdefault(url, MessageUrl(url=url, where=where, image=node.tag == "img"))
    return tuple(found.values())


def judge_answers(
    asked: Iterable[MessageUrl], answers: Mapping[str, UrlAnswer]
) -> Iterator[Finding]:
    """The findings of the addresses that were asked for; those without answer are counted."""
    asked, late, weight = tuple(asked), 0, 0
    if asked and not any(answers.get(address.url, _NOTHING).status for address in asked):
        yield warning(
            "network",
            _NETWORK,
            "None of them could be reached, so nobody knows whether they are there.",
            "See whether this machine is online, then check again.",
        )
        return
    for address in asked:
        answer = answers.get(address.url)
        if answer is None:
            late += 1
        elif answer.trouble or answer.status in _GONE or answer.status >= _BROKEN:
            yield _dead(address, answer)
        elif address.image:
            weight += answer.size
            yield from _picture(address, answer)
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


def _dead(address: MessageUrl, answer: UrlAnswer) -> Finding:
    why = answer.trouble or f"The server answered {answer.status}."
    what = "A picture" if address.image else "A link"
    return warning(
        "image-dead" if address.image else "link-dead",
        address.where,
        f"{what} leads nowhere: {address.url[:100]}. {why}",
        "Correct it on the blog; the draft follows.",
    )


def _picture(address: MessageUrl, answer: UrlAnswer) -> Iterator[Finding]:
    name = address.url.partition("?")[0].rpartition("/")[2][:60]
    smaller = "Upload a smaller JPEG; 1200 pixels wide is enough for any screen."
    if answer.size > IMAGE_BYTES:
        problem = f"{name} weighs {answer.size // 1024} KB, more than {IMAGE_BYTES // 1024}."
        yield warning("image-weight", address.where, problem, smaller)
    picture: ImageInfo | None = sniff_image(answer.start)
    if picture is None:
        problem = f"{name} is no picture that mail programs know ({answer.content_type})."
        yield warning("image-format", address.where, problem, "Use a JPEG or PNG picture.")
        return
    if picture.width > WIDEST:
        problem = f"{name} is {picture.width} pixels wide, far more than the 1200 a screen shows."
        yield warning("image-weight", address.where, problem, smaller)
    if picture.animated:
        yield warning(
            "image-animated",
            address.where,
            f"{name} moves; Outlook shows only its first frame, and some readers feel ill.",
            "See that its first frame says it all, or use a still picture.",
        )
    if picture.format == "WebP":
        problem = f"{name} is a WebP file, which Outlook for Windows cannot show."
        yield warning("image-format", address.where, problem, "Use a JPEG or PNG picture.")
