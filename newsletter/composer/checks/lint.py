"""Run every check that needs no network over one edition. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from newsletter.composer.checks.client_support import check_client_support
from newsletter.composer.checks.contrast import check_contrast
from newsletter.composer.checks.first_lines import check_first_lines
from newsletter.composer.checks.links import check_links, check_unsubscribe_link
from newsletter.composer.checks.pictures import check_picture_formats, check_pictures
from newsletter.composer.checks.proof import Finding, Proof, make_proof
from newsletter.composer.checks.structure import check_size, check_structure
from newsletter.composer.checks.words import (
    check_left_out,
    check_leftovers,
    check_plain_part,
    check_season,
)
from newsletter.models import Edition, Issue, Letterhead

CHECKS: tuple[Callable[[Proof], Iterator[Finding]], ...] = (
    check_unsubscribe_link,
    check_size,
    check_first_lines,
    check_leftovers,
    check_left_out,
    check_structure,
    check_links,
    check_pictures,
    check_picture_formats,
    check_contrast,
    check_plain_part,
    check_season,
    check_client_support,
)


def lint(
    edition: Edition,
    issue: Issue,
    letterhead: Letterhead,
    *,
    fields: Mapping[str, str],
    limit: str = "max_posts",
    copied: bool = False,
) -> tuple[Finding, ...]:
    """Return the findings of all checks, errors first, without duplicates.

    `fields` are the longest values of the merge fields. `limit` is the name of the setting
    that limits the number of posts; cures name it. `copied` tells whether issues show our own
    copies of pictures.
    """
    proof = make_proof(edition, issue, letterhead, fields=fields, limit=limit, copied=copied)
    findings = dict.fromkeys(finding for check in CHECKS for finding in check(proof))
    return tuple(sorted(findings, key=lambda finding: finding.level != "error"))
