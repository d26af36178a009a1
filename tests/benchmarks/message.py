"""The cost of a message beyond bare Jinja2 and MJML, and of each further recipient."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

from jinja2 import Environment, FileSystemLoader
from mjml import mjml2html

from newsletter.composer.checks.lint import lint
from newsletter.composer.layout.view_fields import layout_fields
from newsletter.composer.render import fit
from newsletter.models import Edition, Recipient
from newsletter.resources import template_folders
from newsletter.sender.batch import Batch, Envelope
from newsletter.sender.mime.message import message_builder
from tests.benchmarks.report.comparison import Comparison, Measurement
from tests.benchmarks.report.timing import in_unit, interleave
from tests.support.sample_issue import ISSUE, LETTERHEAD, MERGE_KEY

_ROUNDS = 60
_FIELDS = {
    "unsubscribe_url": f"https://news.example.com/unsubscribe/{'t' * 80}",
    "preferences_url": f"https://news.example.com/preferences/{'t' * 80}",
    "address": f"{'a' * 60}@runners.example",
}
_READERS = tuple(
    Recipient(
        subscriber_id=number,
        address=f"reader{number}@example.com",
        fields=tuple(_FIELDS.items()),
    )
    for number in range(100)
)
_BARE = "bare Jinja2 + mjml-python"
_COMPOSE = Comparison(
    key="message.compose",
    what="an edition composed, fitted and checked",
    against=_BARE,
    unit="ms",
    floor=50.0,
    clock="processor",
    explanation="By a profile most of it are the checks, which parse the finished message and "
    "look at every link, picture and rule of it.",
)
_EACH = Comparison(
    key="message.each",
    what="one recipient's message",
    against=_BARE,
    unit="ms",
    floor=1 / 30,
    clock="processor",
    explanation="By a profile it is the quoted-printable encoding of the parts that hold a link.",
)
COMPARISONS = (_COMPOSE, _EACH)


def measure() -> Iterator[Measurement]:
    """Measure a fitted and checked edition and one recipient's message, against bare rendering."""
    folders = template_folders("email", None)
    environment = Environment(
        loader=FileSystemLoader([str(folder) for folder in folders]), autoescape=True
    )
    edition = fit(
        ISSUE, "north", LETTERHEAD, folders=folders, merge_key=MERGE_KEY, fields=_FIELDS
    ).edition

    def bare() -> str:
        fields = layout_fields(ISSUE, "north", LETTERHEAD, nonce=edition.nonce)
        mjml = environment.get_template("digest.mjml").render(fields.by_name())
        return str(mjml2html(mjml, disable_comments=True, fonts={}))

    def compose() -> None:
        edition = fit(
            ISSUE, "north", LETTERHEAD, folders=folders, merge_key=MERGE_KEY, fields=_FIELDS
        ).edition
        lint(edition, ISSUE, LETTERHEAD, fields=_FIELDS)

    builder = message_builder(_batch(edition))

    def every() -> None:
        for recipient in _READERS:
            builder.build(recipient)

    seconds = interleave(
        {
            "bare": bare,
            "compose": compose,
            "all": every,
        },
        rounds=_ROUNDS,
        clock=time.process_time,
    )
    bare_ms = in_unit(seconds["bare"], 1e3)
    each = in_unit(seconds["all"], 1e3 / len(_READERS))
    yield Measurement(comparison=_COMPOSE, ours=in_unit(seconds["compose"], 1e3), theirs=bare_ms)
    yield Measurement(comparison=_EACH, ours=each, theirs=bare_ms)


def _batch(edition: Edition) -> Batch:
    return Batch(
        id=0,
        attempt_id="a",
        issue_number=ISSUE.number,
        issue_key=ISSUE.key,
        edition=edition,
        recipients=_READERS,
        date=dt.datetime(2026, 11, 22, tzinfo=dt.UTC),
        envelope=Envelope(
            from_address="News <news@example.com>",
            reply_to="",
            list_id="news.example.com",
            list_title="News",
            help_url="",
            kind="issue",
        ),
    )
