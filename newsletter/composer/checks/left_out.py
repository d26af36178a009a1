"""Check that messages show what the posts say."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.composer.checks.proof import Finding, Proof, in_post, warning

_CURE = (
    "Readers find it on your blog. To have it in messages too, write it as text, as a list, or "
    "as a table of at most four columns (more if all are short figures)."
)


def check_left_out(proof: Proof) -> Iterator[Finding]:
    """Yield a warning for each post of which a part is missing, with the part in words."""
    for post in proof.issue.posts:
        missing = post.left_out
        if missing is not None:
            problem = (
                f"{missing.words} of its {missing.total} words cannot be shown in a message, "
                f"most of them in {missing.part}."
            )
            yield warning("left-out", in_post(post.title), problem, _CURE)
