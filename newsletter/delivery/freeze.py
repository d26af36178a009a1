"""Freeze an issue: fix its posts, editions, recipients and greetings in one transaction.

Readers sign up and leave while it plans a million deliveries. It locks them out for its last
moment alone, in which it sees whether anything changed that it was made from; on SQLite it also
copies the plan into the ledger then.

Nothing can change them afterwards. What would stop every message, or reach somebody who must not
be written to, comes before it: `sync_suppressions` (suppressions.py) takes over the mailer's
suppression list, `rehearse` asks the mailer, `require_buildable` builds a message of each edition.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.addressing.audience import (
    EditionPicker,
    is_second_rhythm,
    reader_pages,
    required_profiles,
)
from newsletter.addressing.envelope import build_batch, envelope, sample_recipient
from newsletter.collecting.picture_copies import retain_copies
from newsletter.config.address import bare_address
from newsletter.config.settings import Settings
from newsletter.context import Context, NewsletterConfig
from newsletter.delivery.give_up import give_up_older
from newsletter.delivery.known_secret import require_known_secret
from newsletter.delivery.ledger.stale_backup import require_current_database
from newsletter.editorial.approval import altered_sentence, is_altered
from newsletter.editorial.checks.check import require_passing_checks
from newsletter.editorial.editions import render_editions
from newsletter.errors import NotReady
from newsletter.models import Edition, Issue, Profile
from newsletter.sender.batch import Batch
from newsletter.sender.mailers import NotNow, RehearsingMailer
from newsletter.sender.mime.headers import is_well_formed
from newsletter.sender.mime.message import message_builder
from newsletter.storage import greeting_uses, issues, posts
from newsletter.storage.database.engine import transaction_locked_late
from newsletter.storage.editions import add_editions
from newsletter.storage.ledger import machines, planning
from newsletter.storage.ledger.deliveries import PlannedDelivery
from newsletter.storage.reader_records import erase_from_issue
from subscribers import storage as people
from subscribers.storage.consent_log import erased_since
from subscribers.storage.page_cache import enlarge_page_cache


def freeze(
    context: Context,
    number: int,
    *,
    need_approval: bool,
    forced: Collection[str] = (),
    release_at: dt.datetime | None = None,
) -> Issue:
    """Freeze an issue and return it. Idempotent: a frozen issue is returned as it is.

    The stragglers of the issue before it are given up.
    Errors of the checks named in `forced` are ignored. `release_at` is when it was let go, if that
    is why it goes: it may have been taken back since.

    Raise NotReady if the issue is stopped, cancelled or taken back, is not approved though
    `need_approval` asks for it, changed since its approval, fails a check, or has no readers;
    StaleBackup if the database lacks deliveries.
    """
    config = context.config
    with transaction_locked_late(context.engine) as (connection, lock):
        issue = issues.by_number(connection, number)
        if issue is None or issue.status in ("stopped", "cancelled"):
            raise NotReady(f"Issue {number} is {issue.status if issue else 'gone'}.")
        if issue.frozen_at is not None:
            return issue
        if release_at is not None and issue.release_at != release_at:
            raise NotReady(f"Issue {number} was taken back just now; nobody got it.")
        require_current_database(connection)
        _require_approval(connection, config, issue, need_approval=need_approval)
        require_known_secret(context.secrets, machines.newest_fingerprint(connection))
        newest_entry = people.newest_entry(connection)
        now = context.clock()
        profiles = required_profiles(connection, config.settings, issue)
        editions = render_editions(connection, config, issue, profiles)
        require_passing_checks(connection, config, issue, editions, forced=forced)
        require_buildable(config, issue, editions, now)
        passed_over = _plan(connection, config.settings, issue, editions, now=now)
        lock()
        _require_unchanged(connection, config, issue, profiles, editions)
        require_current_database(connection)
        add_editions(connection, issue.id, editions)
        with enlarge_page_cache(connection):
            planning.store_plan(connection, issue.id, now=now)
        erase_from_issue(connection, issue.id, erased_since(connection, newest_entry))
        frozen = _finish(connection, config, issue, editions, passed_over, now=now)
        give_up_older(connection, frozen, at=context.real_clock(), now=context.clock())
        return frozen


def _plan(
    connection: Connection,
    settings: Settings,
    issue: Issue,
    editions: Sequence[Edition],
    *,
    now: dt.datetime,
) -> int:
    """Plan the deliveries; return the number of readers whose topics select no post."""
    planner = _Planner(issue, settings, editions)
    planning.plan(
        connection,
        issue.id,
        planner.plan(connection),
        batch_size=settings.sender.batch_size,
        now=now,
    )
    if planner.planned == 0:
        _require_monthly_readers(connection, settings, issue, planner.passed_over)
    return planner.passed_over


def _require_unchanged(
    connection: Connection,
    config: NewsletterConfig,
    issue: Issue,
    profiles: Sequence[Profile],
    editions: Sequence[Edition],
) -> None:
    """Raise NotReady if the issue is no longer what was planned."""
    current = issues.by_number(connection, issue.number)
    if current == issue and not is_altered(connection, config, issue):
        rendered = render_editions(connection, config, issue, profiles)
        hashes = [edition.content_hash for edition in rendered]
        if hashes == [edition.content_hash for edition in editions]:
            return
    raise NotReady(
        f"Issue {issue.number} changed while it was made ready; nobody got it.",
        cure="Look at it, and let it go again.",
    )


def _finish(
    connection: Connection,
    config: NewsletterConfig,
    issue: Issue,
    editions: Sequence[Edition],
    passed_over: int,
    *,
    now: dt.datetime,
) -> Issue:
    """Store that the issue is frozen, and what it has used up."""
    retain_copies(connection, editions)
    if not is_second_rhythm(config.settings, issue.rhythm):
        post_ids = [post.id for post in issue.posts]
        posts.set_state(connection, post_ids, "issued", f"in issue {issue.number}")
    hemispheres = {edition.hemisphere for edition in editions}
    greetings = [
        greeting for greeting in issue.greetings if greeting.season.hemisphere in hemispheres
    ]
    greeting_uses.add_uses(connection, issue.id, greetings)
    issues.set_status(connection, issue.id, "frozen", frozen_at=now, passed_over=passed_over)
    return replace(
        issue,
        status="frozen",
        frozen_at=now,
        passed_over=passed_over,
        release_at=None,
        before_release=None,
    )


class _Planner:
    """Plans a delivery for each reader of an issue."""

    def __init__(self, issue: Issue, settings: Settings, editions: Sequence[Edition]) -> None:
        #: The number of readers whose topics select no post of the issue.
        self.passed_over = 0
        #: The number of deliveries planned so far.
        self.planned = 0
        self._settings, self._rhythm = settings, issue.rhythm
        self._picker = EditionPicker(issue, settings, editions)

    def plan(self, connection: Connection) -> Iterator[PlannedDelivery]:
        for page in reader_pages(connection, self._settings, self._rhythm):
            mailable = people.active_links(connection, [reader.id for reader in page])
            for reader in page:
                edition = self._picker.edition_for(reader)
                if not edition:
                    self.passed_over += 1
                    continue
                self.planned += 1
                yield PlannedDelivery(
                    subscriber_id=reader.id,
                    address=reader.address,
                    edition=edition,
                    suppressed=_suppression(reader.address, mailable=reader.id in mailable),
                )


def _suppression(address: str, *, mailable: bool) -> str:
    """Return why a delivery is suppressed, "" if it is not."""
    if not mailable:
        return "on the suppression list"
    return "" if is_well_formed("address", address) else "no message can be addressed to it"


def _require_monthly_readers(
    connection: Connection, settings: Settings, issue: Issue, passed_over: int
) -> None:
    """Raise NotReady for an issue without deliveries, unless all readers chose monthly issues.

    In that case the weekly issue goes into the archive alone, so that posts do not pile up for
    the first reader who chooses weekly issues.
    """
    if passed_over:
        raise NotReady(
            f"Nobody would get issue {issue.number}: it holds no post of the topics that its "
            "readers chose. It waits for one.",
            cure="`newsletter posts` lists what waits; [[topics]] says what is of which topic.",
        )
    if is_second_rhythm(settings, issue.rhythm) or not people.has_readers(connection, monthly=True):
        raise NotReady(
            "Nobody subscribes yet, so there is nobody to send to.",
            cure="Add readers with `newsletter subscribers add` or `import`.",
        )


def _require_approval(
    connection: Connection, config: NewsletterConfig, issue: Issue, *, need_approval: bool
) -> None:
    if is_altered(connection, config, issue):
        raise NotReady(altered_sentence(issue))
    if need_approval and issue.status != "approved":
        raise NotReady(
            f"Issue {issue.number} is not approved.",
            cure="Look at it with `newsletter preview`, then `newsletter approve next`.",
        )


def rehearse(
    mailer: RehearsingMailer,
    config: NewsletterConfig,
    issue: Issue,
    editions: Sequence[Edition],
    now: dt.datetime,
) -> str:
    """Have the mailer's server check each edition; return why it could not, "" if it did.

    Raise MailerError if it would reject an edition. Nothing is frozen then.
    """
    try:
        for edition in editions:
            mailer.rehearse(_sample_batch(config, issue, edition, now))
    except NotNow as error:
        return f"The issue went out without a rehearsal: {error}."
    return ""


def require_buildable(
    config: NewsletterConfig, issue: Issue, editions: Sequence[Edition], now: dt.datetime
) -> None:
    """Raise MailerError for an edition or headers from which no message can be built."""
    for edition in editions:
        batch = _sample_batch(config, issue, edition, now)
        message_builder(batch).build(batch.recipients[0])


def _sample_batch(
    config: NewsletterConfig, issue: Issue, edition: Edition, now: dt.datetime
) -> Batch:
    address = bare_address(config.settings.newsletter.from_)
    return build_batch(
        edition,
        (sample_recipient(config, address, edition=edition),),
        envelope=envelope(config.settings),
        date=now,
        issue=issue,
    )
