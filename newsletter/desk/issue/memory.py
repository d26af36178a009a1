"""What the issue page remembers from one request to the next."""

from __future__ import annotations

from dataclasses import dataclass, field

from newsletter.composer.render import FitResult
from newsletter.context import Context
from newsletter.desk.issue.link_check import LinkCheck
from newsletter.desk.issue.mail import render_edition
from newsletter.errors import ComposeError
from newsletter.models import Issue

_MOST_REMEMBERED = 100


@dataclass(slots=True)
class IssueMemory:
    """The last rendering of each edition that worked, and the check of the links."""

    #: By the issue's number and the edition's key.
    good: dict[tuple[int, str], FitResult] = field(default_factory=dict)
    links: LinkCheck = field(default_factory=LinkCheck)

    def render(self, context: Context, issue: Issue, key: str) -> tuple[FitResult | None, str]:
        """Return one edition, and what is wrong with a template: then it is the last good one."""
        try:
            fitted = render_edition(context, issue, key)
        except ComposeError as error:
            return self.good.get((issue.number, key)), str(error)
        if len(self.good) >= _MOST_REMEMBERED:
            self.good.clear()
        self.good[issue.number, key] = fitted
        return fitted, ""
