"""The point of no return: contents and recipients are fixed in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.errors import NotReady
from newsletter.models import Edition, Hemisphere, Issue
from newsletter.pipeline.check import hold_back
from newsletter.pipeline.context import Context
from newsletter.pipeline.draft import editions_needed
from newsletter.pipeline.editions import content_hash, rendered
from newsletter.pipeline.likeness import require_known_secret
from newsletter.storage import deliveries, issues, leads, posts
from newsletter.storage.deliveries import Planned
from newsletter.storage.engine import writing
from subscribers import storage as people

_PAGE = 1000


def freeze(
    context: Context, number: int, *, need_approval: bool, forced: Collection[str] = ()
) -> Issue:
    """Freezes the issue and returns it. Freezing twice is no harm.

    Checks whose rules are `forced` do not hold it back.

    Posts, bytes, recipients and greetings are written together or not at all. Raises
    NotReady when it is stopped or cancelled, not approved where that is needed, changed
    since its approval, when a check finds an error, or when nobody subscribes.
    """
    with writing(context.engine) as connection:
        issue = issues.by_number(connection, number)
        if issue is None or issue.status in ("stopped", "cancelled"):
            raise NotReady(f"Issue {number} is {issue.status if issue else 'gone'}.")
        if issue.frozen_at is not None:
            return issue
        _check_approval(context, issue, need_approval=need_approval)
        require_known_secret(context, leads.newest(connection))
        return _freeze(context, connection, issue, forced)


def _freeze(
    context: Context, connection: Connection, issue: Issue, forced: Collection[str]
) -> Issue:
    now = context.clock()
    keys = editions_needed(context, connection)
    editions = rendered(context, issue, keys)
    hold_back(context, issue, editions, forced=forced)
    issues.add_editions(connection, issue.id, editions)
    deliveries.plan(
        connection,
        issue.id,
        _planned(context, connection, editions),
        batch_size=context.settings.sender.batch_size,
        now=now,
    )
    if deliveries.figures(connection, issue.id).planned == 0:
        raise NotReady(
            "Nobody subscribes yet, so there is nobody to send to.",
            cure="Add readers with `newsletter subscribers add` or `import`.",
        )
    posts.set_state(connection, [p.id for p in issue.posts], "issued", f"in issue {issue.number}")
    used = [g for g in issue.greetings if g.season.hemisphere in keys]
    issues.remember_intros(connection, issue.id, used)
    issues.set_status(connection, issue.id, "frozen", frozen_at=now)
    return replace(issue, status="frozen", frozen_at=now)


def _planned(
    context: Context, connection: Connection, editions: tuple[Edition, ...]
) -> Iterator[Planned]:
    own: Hemisphere = context.settings.newsletter.hemisphere
    made = {edition.key for edition in editions}
    for page in people.active_pages(connection, _PAGE):
        wanted = people.mailable_ids(connection, [one.id for one in page])
        for one in page:
            yield Planned(
                subscriber_id=one.id,
                address=one.address,
                edition=one.hemisphere if one.hemisphere in made else own,
                suppressed="" if one.id in wanted else "on the suppression list",
            )


def _check_approval(context: Context, issue: Issue, *, need_approval: bool) -> None:
    if issue.status == "approved" and content_hash(context, issue) != issue.approved_hash:
        raise NotReady(
            f"Issue {issue.number} no longer reads as it did when it was approved: a setting "
            "or a template has changed since.",
            cure="Look at it again: `newsletter unapprove next`, then preview and approve.",
        )
    if issue.status != "approved" and need_approval:
        raise NotReady(
            f"Issue {issue.number} is not approved.",
            cure="Look at it with `newsletter preview`, then `newsletter approve next`.",
        )
