"""Where on the page the author mends what a check found. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from newsletter.composer.checks.proof import Finding, RuleName
from newsletter.models import Post

_PLACES: Mapping[RuleName, str] = {
    "subject": "subject",
    "subject-emoji": "subject",
    "subject-length": "subject",
    "subject-shouting": "subject",
    "preheader": "preheader",
    "html-size": "size",
    "shortened": "size",
    "image-weight": "posts",
    "text-share": "posts",
}
_IN_NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFinding:
    """A finding, and the id of the place on the page where it is mended."""

    finding: Finding
    #: "" if it is nowhere on the page, such as in the settings.
    place: str
    #: The place in the preview, "" if it has none there.
    preview_place: str = ""


def place_findings(findings: Sequence[Finding], posts: Sequence[Post]) -> tuple[PlacedFinding, ...]:
    """Return each finding with its place in the editor and in the preview."""
    return tuple(_place(finding, posts) for finding in findings)


def _place(finding: Finding, posts: Sequence[Post]) -> PlacedFinding:
    titled = [post for post in posts if post.title and post.title in finding.where]
    if titled:
        post = max(titled, key=lambda post: len(post.title))
        place = f"post-{post.id}"
        return PlacedFinding(finding=finding, place=place, preview_place=place)
    if _IN_NOTE in finding.where:
        return PlacedFinding(finding=finding, place="note", preview_place="note")
    return PlacedFinding(finding=finding, place=_PLACES.get(finding.rule, ""))
