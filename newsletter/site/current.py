"""What the views share: the newsletter they show, and what one site keeps between requests."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Flask, current_app

from newsletter.context import Context
from newsletter.site.link_rate_limit import LinkRateLimit
from newsletter.site.mail_worker import MailWorker
from newsletter.storage.database.group_commit import GroupCommit

_EXTENSION = "site"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """One open site: what its views need beside the request."""

    #: The newsletter, with the settings that the site was opened with.
    context: Context
    #: Sends what the pages queue.
    mail_worker: MailWorker
    #: Commits unsubscribes: after an issue many arrive at once, and each would wait for the disk.
    group_commit: GroupCommit
    bad_links: LinkRateLimit = field(default_factory=LinkRateLimit)

    def open_in(self, app: Flask) -> None:
        """Make this the site that the views of `app` find by `current_site`."""
        app.extensions[_EXTENSION] = self


def current_site() -> Site:
    """Return the site that this request came to."""
    site: Site = current_app.extensions[_EXTENSION]
    return site


def current_context() -> Context:
    """Return the newsletter of the site that this request came to."""
    return current_site().context
