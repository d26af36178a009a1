"""Recipients stored by column equal recipients one by one."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from newsletter.addressing.envelope import recipients
from newsletter.models import Recipient
from newsletter.sender.batch import Batch, Recipients, addresses_of, ids_of
from newsletter.sender.mailers.sendgrid.payload import build_request
from tests.support.batches import batch, recipient
from tests.support.delivery_folder import create_outbox_newsletter

PEOPLE = tuple(recipient(number) for number in range(1, 6))


def in_columns(*people: Recipient) -> Recipients:
    names, _ = zip(*people[0].fields, strict=True)
    values = [[dict(runner.fields)[name] for runner in people] for name in names]
    ids, addresses = ids_of(people), addresses_of(people)
    return Recipients(ids=ids, addresses=addresses, names=names, values=values)


def columns(of: Batch) -> Batch:
    return dataclasses.replace(of, recipients=in_columns(*of.recipients))


@pytest.mark.parametrize("part", [slice(None), slice(1, 3), slice(4, None), slice(2, 2)])
def test_any_slice_holds_the_same_recipients(part: slice) -> None:
    recipients = in_columns(*PEOPLE)[part]
    assert tuple(recipients) == PEOPLE[part]
    assert len(recipients) == len(PEOPLE[part])
    assert list(ids_of(recipients)) == list(ids_of(PEOPLE[part]))
    assert list(addresses_of(recipients)) == list(addresses_of(PEOPLE[part]))
    assert [recipients[at] for at in range(len(recipients))] == list(PEOPLE[part])


def test_recipients_may_have_no_fields() -> None:
    bare = (Recipient(subscriber_id=1, address="a@example.org"),)
    assert tuple(Recipients(ids=[1], addresses=["a@example.org"], names=(), values=())) == bare


def test_an_empty_batch_is_allowed(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    assert tuple(recipients(context.config, context.secrets, (), {}, {})) == ()


def test_the_request_does_not_depend_on_how_recipients_are_stored() -> None:
    odd = replace(PEOPLE[2], address="nobody")
    people = (*PEOPLE[:2], odd, *PEOPLE[3:])
    as_rows = batch(*people)
    by_row, by_column = build_request(as_rows), build_request(columns(as_rows))
    assert json.loads(by_row.body()) == json.loads(by_column.body())
    assert [receipt.subscriber_id for receipt in by_row.refused] == [3]
    assert by_row.refused == by_column.refused
