from __future__ import annotations

from itertools import product

import pytest

from subscribers.lifecycle import GONE, may_become, origins, status_by_author, stricter_status
from subscribers.models import STATUSES, Actor, Status

ACTORS: tuple[Actor, ...] = ("subscriber", "author", "mailer")


@pytest.mark.parametrize(("now", "wanted"), [*product(sorted(GONE), STATUSES)])
def test_the_author_cannot_revive_a_gone_subscriber(now: Status, wanted: Status) -> None:
    assert status_by_author(now, wanted) == now


@pytest.mark.parametrize(("now", "by"), [*product(sorted(GONE), ACTORS)])
def test_no_gone_subscriber_becomes_active_in_one_step(now: Status, by: Actor) -> None:
    assert not may_become(now, "active", by)


@pytest.mark.parametrize("now", sorted(GONE))
def test_only_the_person_starts_their_own_return(now: Status) -> None:
    assert may_become(now, "pending", "subscriber")
    assert not may_become(now, "pending", "author")
    assert not may_become(now, "pending", "mailer")


def test_the_author_may_confirm_a_pending_subscriber_but_make_none_pending() -> None:
    assert status_by_author("pending", "active") == "active"
    assert status_by_author("active", "pending") == "active"


def test_the_author_may_record_an_unsubscribe_from_elsewhere() -> None:
    assert status_by_author("active", "unsubscribed") == "unsubscribed"
    assert status_by_author("active", "bounced") == "bounced"


def test_a_mailer_confirms_nobody() -> None:
    assert not may_become("pending", "active", "mailer")


def test_origins_match_the_transitions() -> None:
    for literal, by in product(STATUSES, ACTORS):
        assert set(origins(literal, by)) == {
            now for now in STATUSES if may_become(now, literal, by)
        }


def test_of_two_sources_the_one_that_forbids_more_counts() -> None:
    assert stricter_status("active", "unsubscribed") == "unsubscribed"
    assert stricter_status("complained", "bounced") == "complained"
    assert stricter_status("pending", "active") == "pending"
