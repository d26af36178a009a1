"""The next issue's mail: the very HTML and text that delivery would put into messages."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter import merge
from newsletter.models import Hemisphere, Issue
from newsletter.pipeline.context import Context
from newsletter.pipeline.editions import rendered
from newsletter.pipeline.lookup import find
from newsletter.pipeline.readers import stranger
from newsletter.pipeline.show import SAMPLE_ADDRESS
from newsletter.storage.engine import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One edition with the fields of a made-up reader filled in."""

    subject: str
    preheader: str
    html: str
    text: str

    @property
    def weight(self) -> int:
        """The size of the HTML in bytes, which is what Gmail counts."""
        return len(self.html.encode())


def next_issue(context: Context) -> Issue:
    """The issue on the desk, as it is stored. Raises NotFound when there is none."""
    with reading(context.engine) as connection:
        return find(context, connection, "next")


def mail_of(context: Context, issue: Issue, edition: Hemisphere) -> Mail:
    """The mail of one edition; also of one that no reader needs yet."""
    (made,) = rendered(context, issue, (edition,))
    fields = dict(stranger(context, SAMPLE_ADDRESS).fields)
    return Mail(
        subject=made.subject,
        preheader=made.preheader,
        html=merge.fill(made.html, made.nonce, fields, html=True),
        text=merge.fill(made.text, made.nonce, fields, html=False),
    )
