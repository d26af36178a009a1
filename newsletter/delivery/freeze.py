"""The point of no return: contents and recipients are fixed in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.addressing.audience import is_second_rhythm, reader_pages
from newsletter.addressing.edition_choice import EditionPicker, required_profiles
from newsletter.collecting.picture_copies import retain_copies
from newsletter.context import Context, NewsletterConfig
from newsletter.delivery.config_match import require_known_secret
from newsletter.delivery.ledger.stale_backup import require_current_database
from newsletter.delivery.preflight import require_writable
from newsletter.editorial.checks.check import require_passing_checks
from newsletter.editorial.editions import content_hash, render_editions
from newsletter.errors import NotReady
from newsletter.models import Edition, Issue
from newsletter.sender.mime.headers import is_well_formed
from newsletter.storage import greeting_uses, issues, posts
from newsletter.storage.database.engine import transaction
from newsletter.storage.ledger import deliveries, delivery_leader
from newsletter.storage.ledger.deliveries import PlannedDelivery
from subscribers import storage as people


def freeze(
    context: Context, number: int, *, need_approval: bool, forced: Collection[str] = ()
) -> Issue:
    """Freezes the issue and returns it. Freezing twice is no harm.

    Checks whose rules are `forced` do not hold it back.

    Posts, bytes, recipients and greetings are written together or not at all. Raises
    NotReady when it is stopped or cancelled, not approved where that is needed, changed
    since its approval, when a check finds an error, or when nobody would get it; OlderBackup
    where the database lacks what was sent.
    """
    with transaction(context.engine) as connection:
        issue = issues.by_number(connection, number)
        if issue is None or issue.status in ("stopped", "cancelled"):
            raise NotReady(f"Issue {number} is {issue.status if issue else 'gone'}.")
        if issue.frozen_at is not None:
            return issue
        require_current_database(connection)
        _check_approval(connection, context.config, issue, need_approval=need_approval)
        require_known_secret(context, delivery_leader.newest_fingerprint(connection))
        return _freeze(context, connection, issue, forced)


def _freeze(
    context: Context, connection: Connection, issue: Issue, forced: Collection[str]
) -> Issue:
    now = context.clock()
    profiles = required_profiles(connection, context.settings, issue)
    editions = render_editions(connection, context.config, issue, profiles)
    require_passing_checks(connection, context.config, issue, editions, forced=forced)
    require_writable(context, issue, editions)
    issues.add_editions(connection, issue.id, editions)
    retain_copies(connection, editions)
    seats = _Seats(context, issue, editions)
    deliveries.plan(
        connection,
        issue.id,
        seats.planned(connection),
        batch_size=context.settings.sender.batch_size,
        now=now,
    )
    if deliveries.figures(connection, issue.id).planned == 0:
        _may_go_to_nobody(context, connection, issue, seats)
    if not is_second_rhythm(context.settings, issue.rhythm):
        taken = [post.id for post in issue.posts]
        posts.set_state(connection, taken, "issued", f"in issue {issue.number}")
    where = {profile.hemisphere for profile in profiles}
    used = [g for g in issue.greetings if g.season.hemisphere in where]
    greeting_uses.add_uses(connection, issue.id, used)
    passed_over = seats.passed_over
    issues.set_status(connection, issue.id, "frozen", frozen_at=now, passed_over=passed_over)
    return replace(issue, status="frozen", frozen_at=now, passed_over=passed_over)


class _Seats:
    """Gives each reader their edition; `passed_over` counts those for whom there is none."""

    def __init__(self, context: Context, issue: Issue, editions: tuple[Edition, ...]) -> None:
        self.passed_over = 0
        self._settings = context.settings
        self._rhythm = issue.rhythm
        self._picker = EditionPicker(issue, context.settings, editions)

    def planned(self, connection: Connection) -> Iterator[PlannedDelivery]:
        for page in reader_pages(connection, self._settings, self._rhythm):
            wanted = people.active_ids(connection, [one.id for one in page])
            for one in page:
                edition = self._picker.edition_for(one)
                if not edition:
                    self.passed_over += 1
                    continue
                yield PlannedDelivery(
                    subscriber_id=one.id,
                    address=one.address,
                    edition=edition,
                    suppressed=_hindrance(one.address, mailable=one.id in wanted),
                )


def _may_go_to_nobody(
    context: Context, connection: Connection, issue: Issue, seats: _Seats
) -> None:
    """Raises NotReady, but where all readers chose the month's issue: then the week's goes to
    the archive alone, and the weeks do not pile up for who chooses it one day.
    """
    if seats.passed_over:
        raise NotReady(
            f"Nobody would get issue {issue.number}: it holds no post of the topics that its "
            "readers chose. It waits for one.",
            cure="`newsletter posts` lists what waits; [[topics]] says what is of which topic.",
        )
    if is_second_rhythm(context.settings, issue.rhythm) or not people.has_readers(
        connection, monthly=True
    ):
        raise NotReady(
            "Nobody subscribes yet, so there is nobody to send to.",
            cure="Add readers with `newsletter subscribers add` or `import`.",
        )


def _hindrance(address: str, *, mailable: bool) -> str:
    if not mailable:
        return "on the suppression list"
    return "" if is_well_formed("address", address) else "no message can be addressed to it"


def _check_approval(
    connection: Connection, config: NewsletterConfig, issue: Issue, *, need_approval: bool
) -> None:
    if (
        issue.status == "approved"
        and content_hash(connection, config, issue) != issue.approved_hash
    ):
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
