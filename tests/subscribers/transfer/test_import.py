from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from subscribers import storage
from subscribers.errors import ImportRejected
from subscribers.models import ImportReport, Subscriber
from subscribers.transfer.importing import import_csv

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
SECRETS = ("a new secret of good length", "an old secret of good length")
Load = Callable[..., ImportReport]
Listed = Callable[[], dict[str, str]]


def figures(report: ImportReport) -> tuple[int, int, int, int, int]:
    return (
        report.read,
        report.added,
        report.updated,
        report.unchanged,
        report.rejected_total,
    )


def test_every_column_goes_in_whatever_their_order(load: Load, engine: Engine) -> None:
    report = load(
        "tags,name,confirmed_at,EMAIL,rhythm,topics,source,status,hemisphere,shoe size\n"
        '"club;5k",Ann,2026-05-01T08:00:00+02:00,Ann@Example.com,Monthly,"races, gear",expo,'
        "Active,South,39\n"
    )

    assert figures(report) == (1, 1, 0, 0, 0)
    with engine.begin() as connection:
        person = storage.find_by_address(connection, "ann@example.com")
    assert person is not None
    assert replace(person, link_id="") == Subscriber(
        id=1,
        address="Ann@example.com",
        name="Ann",
        hemisphere="south",
        rhythm="monthly",
        topics=("races", "gear"),
        tags=("club", "5k"),
        confirmed_at=datetime(2026, 5, 1, 6, 0, tzinfo=UTC),
        source="expo",
        created_at=NOW,
    )


def test_the_log_stores_the_source_of_each(load: Load, engine: Engine) -> None:
    load("email,status\nann@example.com,\nbob@example.com,unsubscribed\n", source="list.csv")

    with engine.begin() as connection:
        lines = [storage.consents_of(connection, number)[0] for number in (1, 2)]
    assert [(line.event, line.actor, line.source, line.at) for line in lines] == [
        ("imported", "author", "list.csv", NOW),
        ("unsubscribed", "author", "list.csv", NOW),
    ]


def test_a_second_import_of_the_same_file_changes_nothing(load: Load, listed: Listed) -> None:
    content = "email,name,tags\nann@example.com,Ann,5k\nbob@example.com,Bob,\n"
    load(content)
    before = listed()

    assert figures(load(content)) == (2, 0, 0, 2, 0)
    assert listed() == before


def test_new_details_are_taken_over_and_empty_cells_erase_nothing(
    load: Load, engine: Engine
) -> None:
    load("email,name,hemisphere\nann@example.com,Ann,south\n")

    report = load("email,name,hemisphere\nann@example.com,Ann Runner,\n")

    assert figures(report) == (1, 0, 1, 0, 0)
    with engine.begin() as connection:
        person = storage.find_by_id(connection, 1)
    assert person is not None
    assert (person.name, person.hemisphere) == ("Ann Runner", "south")


def test_duplicate_rows_count_once_however_they_are_spelled(load: Load, listed: Listed) -> None:
    report = load(
        "email\nann@example.com\nANN@Example.com\n ann@EXAMPLE.COM \n"
        "ann@bücher.example.com\nann@xn--bcher-kva.example.com\n"
        "an.n@example.com\nann+x@example.com\n"
    )

    assert figures(report) == (7, 4, 0, 3, 0)
    assert len(listed()) == 4


@pytest.mark.parametrize("between", [1_500, 50_100])
def test_a_second_row_with_an_unsubscribe_wins_near_or_far(
    load: Load, listed: Listed, between: int
) -> None:
    others = "".join(f"runner{number}@example.com,\n" for number in range(between))
    report = load(
        "email,status\nann@example.com,active\nann@example.com,unsubscribed\n"
        f"bob@example.com,\n{others}bob@example.com,bounced\nbob@example.com,active\n"
    )

    mapping = listed()
    assert (mapping["ann@example.com"], mapping["bob@example.com"]) == ("unsubscribed", "bounced")
    assert figures(report) == (between + 5, between + 2, 0, 3, 0)


def test_known_barred_and_new_addresses_are_distinguished_in_one_file(
    load: Load, engine: Engine, listed: Listed
) -> None:
    load("email,name,status\nann@example.com,Ann,\nbob@example.com,Bob,unsubscribed\n")
    with engine.begin() as connection:
        barred = "cleo@example.com"
        storage.suppress(connection, barred, reason="erased", at=NOW, source="", secrets=SECRETS)

    report = load(
        "email,name,source\nzoe@example.com,,\nANN@example.com,Anna,\nbob@example.com,Bo,\n"
        "cleo@example.com,,\nzoe@example.com,Zoe,\ncleo@example.com,,\n"
        "dan@example.com,\\N,a fair\n"
    )

    assert figures(report) == (7, 2, 1, 4, 0)
    assert listed() == {
        "ann@example.com": "active",
        "bob@example.com": "unsubscribed",
        "zoe@example.com": "active",
        "dan@example.com": "active",
    }
    with engine.begin() as connection:
        names = [person.name for page in storage.all_pages(connection) for person in page]
        dan = storage.require_by_address(connection, "dan@example.com")
    assert names == ["Anna", "Bob", "", "\\N"]
    assert dan.source == "a fair"


@pytest.mark.parametrize("gone", ["unsubscribed", "bounced", "complained"])
def test_a_gone_subscriber_is_unchanged_not_rejected_and_never_revived(
    load: Load, listed: Listed, gone: str
) -> None:
    load(f"email,status\nann@example.com,{gone}\n")

    report = load("email,status,name\nANN@example.com,active,Ann\n", now=NOW + timedelta(days=1))

    assert figures(report) == (1, 0, 0, 1, 0)
    assert listed() == {"ann@example.com": gone}


def test_a_suppressed_address_is_unchanged_and_stays_out(
    load: Load, engine: Engine, listed: Listed
) -> None:
    with engine.begin() as connection:
        for address, secret in (("ann@example.com", SECRETS[0]), ("bob@example.com", SECRETS[1])):
            storage.suppress(
                connection, address, reason="erased", at=NOW, source="desk", secrets=(secret,)
            )

    report = load("email\nAnn@example.com\nbob@example.com\ncleo@example.com\n")

    assert figures(report) == (3, 1, 0, 2, 0)
    assert list(listed()) == ["cleo@example.com"]


def test_an_unsubscribe_elsewhere_unsubscribes_here_too(load: Load, engine: Engine) -> None:
    load("email\nann@example.com\n")

    report = load("email,status\nann@example.com,unsubscribed\n", source="old list")

    assert figures(report) == (1, 0, 1, 0, 0)
    with engine.begin() as connection:
        log = storage.consents_of(connection, 1)
        assert storage.active_links(connection, [1]) == {}
    assert [(line.event, line.source) for line in log] == [
        ("imported", "import"),
        ("unsubscribed", "old list"),
    ]


def test_with_confirm_new_people_are_pending_and_confirmed_ones_are_not(
    load: Load, listed: Listed
) -> None:
    load("email\nann@example.com\n")

    load(
        "email,status\nann@example.com,\nbob@example.com,active\ncleo@example.com,bounced\n",
        confirm=True,
    )

    assert listed() == {
        "ann@example.com": "active",
        "bob@example.com": "pending",
        "cleo@example.com": "bounced",
    }


def test_one_bad_line_keeps_the_whole_file_out_and_is_named(load: Load, listed: Listed) -> None:
    with pytest.raises(ImportRejected) as caught:
        load("email\nann@example.com\nnot an address\nbob@example.com\n")

    assert listed() == {}
    report = caught.value.report
    assert figures(report) == (3, 0, 0, 0, 1)
    assert report.rejected[0].line == 3
    assert "not an address" in report.rejected[0].reason
    assert "--skip-bad" in str(caught.value)


def test_a_rejected_file_changes_nothing(load: Load, listed: Listed) -> None:
    load("email,name\nann@example.com,Ann\n")

    rows = "".join(f"runner{number}@example.com,\n" for number in range(1_200))
    with pytest.raises(ImportRejected):
        load(f"email,name\nann@example.com,Changed\n{rows}broken,\n")

    assert listed() == {"ann@example.com": "active"}


def test_with_skip_bad_the_good_rows_go_in(load: Load, listed: Listed) -> None:
    report = load(
        "email,hemisphere,status,confirmed_at\n"
        "ann@example.com,,,\n"
        "nobody,,,\n"
        "bob@example.com,western,,\n"
        "cleo@example.com,,asleep,\n"
        "dan@example.com,,,yesterday\n"
        ",,,\n"
        "\n"
        ",south,,\n"
        "eve@example.com,south,active,2026-01-02\n",
        skip_bad=True,
    )

    assert list(listed()) == ["ann@example.com", "eve@example.com"]
    assert figures(report) == (7, 2, 0, 0, 5)
    assert [reject.line for reject in report.rejected] == [3, 4, 5, 6, 9]
    reasons = [reject.reason for reject in report.rejected]
    for word, reason in zip(
        ("nobody", "western", "asleep", "yesterday", "no email"), reasons, strict=True
    ):
        assert word in reason
        assert reason.endswith(".")


def test_many_bad_lines_are_counted_in_full_and_kept_in_part(load: Load) -> None:
    report = load("email\n" + "broken\n" * 2_500, skip_bad=True)

    assert report.rejected_total == 2_500
    assert len(report.rejected) == 1_000


def test_progress_reports_the_rows_read_so_far(load: Load) -> None:
    values: list[int] = []
    rows = "".join(f"runner{number}@example.com\n" for number in range(2_500))

    load(f"email\n{rows}", progress=values.append)

    assert values == [1_000, 2_000, 2_500]


def test_the_stream_is_left_open(connection: Connection) -> None:
    stream = io.BytesIO(b"email\nann@example.com\n")
    options: dict[str, Any] = {"source": "", "now": NOW, "secrets": SECRETS}

    import_csv(connection, stream, skip_bad=False, **options)

    assert not stream.closed
