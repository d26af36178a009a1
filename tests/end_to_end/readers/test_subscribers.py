"""`subscribers`: the author's commands on the list."""

from __future__ import annotations

import csv
import io

import pytest

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import SUNDAY

COLUMNS = {
    *("email", "name", "status", "hemisphere", "rhythm", "topics", "tags"),
    *("confirmed_at", "source"),
}


def statuses(newsletter: Newsletter) -> dict[str, str]:
    document = newsletter.run("subscribers", "list", "--json").json
    assert document["total"] == len(document["subscribers"])
    return {subscriber["email"]: subscriber["status"] for subscriber in document["subscribers"]}


def file(newsletter: Newsletter, text: str) -> str:
    path = newsletter.folder / "people.csv"
    path.write_text(text, "utf-8")
    return str(path)


def test_add_makes_an_active_subscriber_once(begun: Newsletter) -> None:
    first = begun.run("subscribers", "add", "Ann@Example.com", "--name", "Ann", "--json").json
    second = begun.run("subscribers", "add", "ann@example.com", "--json").json

    assert first["outcome"] == "added"
    assert second["outcome"] == "unchanged"
    assert len(statuses(begun)) == 1
    assert set(statuses(begun).values()) == {"active"}


def test_add_takes_what_a_reader_may_choose_and_the_authors_own_tags(begun: Newsletter) -> None:
    begun.set("[images]\n", '[[topics]]\nname = "Race reports"\ncategories = ["race"]\n[images]\n')
    add = ("subscribers", "add", "ann@example.com")
    chosen = ("--rhythm", "monthly", "--topic", "race-reports", "--tag", "club", "--tag", "5k")
    person = begun.run(*add, *chosen, "--json").json["subscriber"]
    assert person["rhythm"] == "monthly"
    assert person["topics"] == ["Race reports"]
    assert person["tags"] == ["club", "5k"]

    strange = begun(*add, "--topic", "knitting")
    assert strange.code == 2
    assert "No topic of this newsletter is called “knitting”." in strange.err
    assert "There are: Race reports." in strange.err
    assert begun(*add, "--rhythm", "daily").code == 2
    assert "longer than 200" in begun(*add, "--tag", "x" * 201).err
    assert (
        begun.run("subscribers", "show", "ann@example.com", "--json").json["subscriber"] == person
    )


def test_list_shows_every_status_and_can_be_narrowed(begun: Newsletter) -> None:
    begun.subscribe("ann@example.com", "bob@example.com")
    begun.run("subscribers", "remove", "bob@example.com")

    assert statuses(begun) == {"ann@example.com": "active", "bob@example.com": "unsubscribed"}
    narrowed = begun.run("subscribers", "list", "--status", "active", "--json").json
    assert [subscriber["email"] for subscriber in narrowed["subscribers"]] == ["ann@example.com"]
    assert begun.run("subscribers", "list").out.splitlines()[1].startswith("ann@example.com")


def test_a_removed_reader_gets_nothing_and_is_never_revived(weekly: Newsletter) -> None:
    weekly.run("subscribers", "remove", "ann@example.com")
    back = weekly.run("subscribers", "add", "ann@example.com", "--json").json
    imported = weekly.run(
        "subscribers", "import", file(weekly, "email\nann@example.com\n"), "--json"
    ).json
    weekly.at(SUNDAY).run("run")

    assert back["outcome"] == "unchanged"
    assert back["reason"]
    assert (imported["added"], imported["unchanged"], imported["rejected"]) == (0, 1, [])
    assert list(weekly.outbox()) == ["sue@example.com"]


def test_removing_twice_is_harmless_and_an_unknown_address_is_reported(begun: Newsletter) -> None:
    begun.subscribe("ann@example.com")
    begun.run("subscribers", "remove", "ann@example.com")

    assert "had left already" in begun.run("subscribers", "remove", "ann@example.com").out
    answer = begun("subscribers", "remove", "nobody@example.com")
    assert answer.code == 1
    assert "Nobody is on the list" in answer.err


@pytest.mark.parametrize("address", ["ann", "ann@", "@example.com", "a b@example.com"])
def test_an_invalid_address_is_refused(begun: Newsletter, address: str) -> None:
    answer = begun("subscribers", "add", address)

    assert answer.code == 2
    assert "not an email address" in answer.err
    assert statuses(begun) == {}


def test_import_takes_columns_in_any_order(begun: Newsletter) -> None:
    people = "name,hemisphere,email\nAnn,north,ann@example.com\nSue,south,sue@example.com\n"
    report = begun.run("subscribers", "import", file(begun, people), "--json").json

    assert {key: report[key] for key in ("read", "added", "updated", "unchanged", "rejected")} == {
        "read": 2,
        "added": 2,
        "updated": 0,
        "unchanged": 0,
        "rejected": [],
    }
    assert statuses(begun) == {"ann@example.com": "active", "sue@example.com": "active"}


def test_import_is_all_or_nothing_and_names_each_bad_line(begun: Newsletter) -> None:
    people = file(begun, "email\nann@example.com\nnobody\nbob@example.com\n")
    answer = begun("subscribers", "import", people, "--json")

    assert answer.code == 1
    assert [item["line"] for item in answer.json["rejected"]] == [3]
    assert "nobody" in answer.json["rejected"][0]["reason"]
    assert statuses(begun) == {}


def test_skip_bad_lets_the_good_rows_in(begun: Newsletter) -> None:
    people = file(begun, "email\nann@example.com\nnobody\nbob@example.com\n")
    report = begun.run("subscribers", "import", people, "--skip-bad", "--json").json

    assert (report["read"], report["added"]) == (3, 2)
    assert [item["line"] for item in report["rejected"]] == [3]
    assert sorted(statuses(begun)) == ["ann@example.com", "bob@example.com"]


@pytest.mark.parametrize("text", ["", "name\nAnn\n", "\0\1\2"])
def test_a_file_that_is_not_a_list_changes_nothing(begun: Newsletter, text: str) -> None:
    answer = begun("subscribers", "import", file(begun, text))

    assert answer.code == 1
    assert answer.err
    assert "Traceback" not in answer.err
    assert statuses(begun) == {}


def test_a_missing_file_is_wrong_usage(begun: Newsletter) -> None:
    answer = begun("subscribers", "import", "nowhere.csv")

    assert answer.code == 2
    assert "nowhere.csv" in answer.err


def test_an_export_can_be_imported(begun: Newsletter) -> None:
    begun.run("subscribers", "add", "ann@example.com", "--name", "=Ann", "--hemisphere", "south")
    safe = begun.run("subscribers", "export").out
    begun.run("subscribers", "export", "--raw", "--to", str(begun.folder / "all.csv"))
    report = begun.run("subscribers", "import", str(begun.folder / "all.csv"), "--json").json

    (row,) = csv.DictReader(io.StringIO(safe))
    assert row.keys() >= COLUMNS
    assert row["email"] == "ann@example.com"
    assert not row["name"].startswith("=")
    assert (report["read"], report["added"], report["rejected"]) == (1, 0, [])
