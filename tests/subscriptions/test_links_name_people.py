"""A link names a person: whatever becomes of the list, no link reads or changes another one.

The steps are those of a newsletter's life and its disasters: people come, leave and are erased,
the list is exported and imported, an older copy is put back, another database takes its place.
"""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.subscriptions.erase import erase
from newsletter.subscriptions.list_import import import_csv
from newsletter.subscriptions.preferences import load_choices
from newsletter.subscriptions.subscriber_admin import add
from newsletter.subscriptions.unsubscribe import unsubscribe
from subscribers import storage as people
from subscribers.errors import NoSuchSubscriber
from subscribers.link_ids import is_link_id
from subscribers.models import SignUp, Status
from subscribers.storage import double_opt_in
from subscribers.tokens import sign_token
from subscribers.transfer.exporting import export_csv
from tests.support.newsletter_folder import NOW, create_newsletter, sign_old_token

NAMES = ("ann", "bob", "cy", "dee", "eve")
SECRET = "made-up-for-tests"  # that of the folders of tests
some = st.integers(0, 10**6)


class Lists(RuleBasedStateMachine):
    """One newsletter folder, whose database is put aside, back and anew."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="trails-links-"))
        shutil.copytree(self.template, self.folder, dirs_exist_ok=True)
        self.context = self._open()
        #: Every link that was ever mailed, the address it was made for, and those of rows.
        self.mailed: dict[str, str] = {}
        self.rows: dict[int, str] = {}
        #: Links of those who asked this database to leave while they were not in it, and of the
        #: erased.
        self.left: set[str] = set()
        self.erased: set[str] = set()
        self.copies: list[tuple[Path, set[str]]] = []
        self.exports: list[bytes] = []
        self._mail_everybody()

    def teardown(self) -> None:
        self.context.engine.dispose()
        shutil.rmtree(self.folder)

    @rule(name=st.sampled_from(NAMES))
    def the_author_adds(self, name: str) -> None:
        add(self.context, [f"{name}@example.com"], name="", hemisphere="")
        self._mail_everybody()

    @rule(name=st.sampled_from(NAMES))
    def somebody_signs_up_and_confirms(self, name: str) -> None:
        address = f"{name}@example.com"
        at, secrets = self.context.clock(), self.context.secrets.require_signing()
        with transaction(self.context.engine) as connection:
            known = people.find_by_address(connection, address)
            person = double_opt_in.request_subscription(
                connection, known, SignUp(address=address), at=at
            )
            highest = people.highest_number(connection)
            self.context.journal.record_people(highest, at=at)
            stamp = int(at.timestamp())
            double_opt_in.confirm(connection, person.id, stamp, at=at, ip="", secrets=secrets)
            links = people.require_by_address(connection, address).links
        self.left -= set(links)
        self._mail_everybody()

    @rule(name=st.sampled_from(NAMES))
    def somebody_is_erased(self, name: str) -> None:
        address = f"{name}@example.com"
        with snapshot(self.context.engine) as connection:
            links = {
                link
                for link, owner in self.mailed.items()
                if owner == address and people.find_by_link(connection, link)
            }
        try:
            erase(self.context, address, by="author")
        except NoSuchSubscriber:
            return
        self.erased |= links

    @precondition(lambda self: self.mailed)
    @rule(choice=some)
    def somebody_leaves_by_a_link(self, choice: int) -> None:
        link = sorted(self.mailed)[choice % len(self.mailed)]
        before = self._statuses()
        unsubscribe(self.context, _token("unsubscribe", link), source="one-click")
        after = self._statuses()
        changed = {name for name in before if before[name] != after[name]}
        assert changed <= {self.mailed[link]}, "a link changed another person"
        assert before.keys() == after.keys()
        with snapshot(self.context.engine) as connection:
            if people.find_by_link(connection, link) is None:
                self.left.add(link)

    @rule()
    def the_list_is_exported(self) -> None:
        stream = io.BytesIO()
        secrets = self.context.secrets.require_signing()
        with snapshot(self.context.engine) as connection:
            export_csv(connection, stream, secrets=secrets, raw=True)
        self.exports.append(stream.getvalue())

    @precondition(lambda self: self.exports)
    @rule(choice=some)
    def an_export_is_imported(self, choice: int) -> None:
        content = self.exports[choice % len(self.exports)]
        import_csv(self.context, io.BytesIO(content), skip_bad=False)
        with snapshot(self.context.engine) as connection:
            for row in csv.DictReader(io.StringIO(content.decode())):
                for link in f"{row['link_id']};{row['old_link_number']}".split(";"):
                    person = people.find_by_link(connection, link) if link else None
                    if link in self.erased or person is None:
                        continue
                    assert person.address == row["email"], "a link came to another person"
                    assert link not in self.left or person.status == "unsubscribed"
        self._mail_everybody()

    @rule()
    def the_database_is_copied(self) -> None:
        self._put_aside()
        self.context = self._open()

    @precondition(lambda self: self.copies)
    @rule(choice=some)
    def an_older_copy_is_put_back(self, choice: int) -> None:
        older, left = self.copies[choice % len(self.copies)]
        self._put_aside()
        self.left = set(left)
        shutil.copy(older, self.folder / "newsletter.db")
        self.context = self._open()
        self._mail_everybody()

    @rule()
    def another_database_takes_its_place(self) -> None:
        self._put_aside()
        self.left = set()
        shutil.copy(self.template / "empty.db", self.folder / "newsletter.db")
        self.context = self._open()

    @invariant()
    def no_link_reads_another_person(self) -> None:
        with snapshot(self.context.engine) as connection:
            for link, address in self.mailed.items():
                person = people.find_by_link(connection, link)
                assert person is None or person.address == address, (link, address)
        for link, address in list(self.mailed.items())[-3:]:
            choices = load_choices(self.context, _token("preferences", link))
            assert choices.address in ("", f"{address[0]}•••@example.com")

    def _open(self) -> Context:
        return open_newsletter(self.folder, {"NEWSLETTER_NOW": NOW})

    def _put_aside(self) -> None:
        """Close the database and keep a copy of it."""
        self.context.engine.dispose()
        aside = self.folder / f"copy-{len(self.copies)}.db"
        shutil.copy(self.folder / "newsletter.db", aside)
        self.copies.append((aside, set(self.left)))

    def _mail_everybody(self) -> None:
        """Note the links that everybody on the list has in their messages."""
        with snapshot(self.context.engine) as connection:
            for page in people.all_pages(connection):
                for person in page:
                    for link in person.links:
                        owner = self.mailed.setdefault(link, person.address)
                        assert owner == person.address, "a link was given twice"
                    owner = self.rows.setdefault(person.id, person.address)
                    assert owner == person.address, "the number of a row was given twice"

    def _statuses(self) -> dict[str, Status]:
        with snapshot(self.context.engine) as connection:
            return {
                person.address: person.status
                for page in people.all_pages(connection)
                for person in page
            }


def _token(purpose: str, link: str) -> str:
    if is_link_id(link):
        return sign_token(
            "unsubscribe" if purpose == "unsubscribe" else "preferences", link, (SECRET,)
        )
    return sign_old_token(purpose, int(link), SECRET)


def test_no_link_ever_reads_or_changes_another_person(tmp_path: Path) -> None:
    Lists.template = tmp_path / "template"
    context = create_newsletter(Lists.template)
    context.engine.dispose()
    shutil.copy(Lists.template / "newsletter.db", Lists.template / "empty.db")
    context = open_newsletter(Lists.template, {"NEWSLETTER_NOW": NOW})
    add(context, [f"{name}@example.com" for name in NAMES[:3]], name="", hemisphere="")
    with transaction(context.engine) as connection:
        # As the migration leaves people whose links held the number of their row.
        connection.execute(text("UPDATE subscribers SET old_link_number = id"))
    context.engine.dispose()
    machine = settings(
        max_examples=15,
        stateful_step_count=16,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Lists, settings=machine)
