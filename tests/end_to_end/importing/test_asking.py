"""`subscribers import`: what it asks, shows and takes back; and `add`, `list` and `erase`."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import SUNDAY

MIXED = "email,name,status\nida@example.com,Ida,\nute@example.com,Ute,unsubscribed\n"


def write(newsletter: Newsletter, text: str, name: str = "people.csv") -> str:
    path = newsletter.folder / name
    path.write_text(text, "utf-8")
    return str(path)


def statuses(newsletter: Newsletter) -> dict[str, str]:
    listed = newsletter.run("subscribers", "list", "--json").json
    return {person["email"]: person["status"] for person in listed["subscribers"]}


def test_a_column_that_may_say_who_left_stops_the_import_and_the_author_decides(
    begun: Newsletter,
) -> None:
    path = write(begun, "email,state\nida@example.com,live\nute@example.com,cancelled\n")

    answer = begun("subscribers", "import", path, "--skip-bad")

    assert answer.code == 1
    assert "“state”" in answer.err
    assert "“live”, “cancelled”" in answer.err
    assert "--status-column state" in answer.err
    assert "--ignore-column state" in answer.err
    assert "--status-column state" in begun("subscribers", "import", path, "--json").json["error"]
    assert statuses(begun) == {}

    named = begun("subscribers", "import", path, "--status-column", "state", "--skip-bad", "--json")
    assert statuses(begun) == {"ute@example.com": "unsubscribed"}
    assert "“live”" in named.json["rejected"][0]["reason"]
    begun.run("subscribers", "import", path, "--ignore-column", "state")
    assert statuses(begun) == {"ida@example.com": "active", "ute@example.com": "unsubscribed"}


def test_the_report_says_what_was_recognised_who_became_what_and_what_was_not_read(
    begun: Newsletter,
) -> None:
    text = (
        "email,notes,subscriber_type,creation_date\nida@example.com,,regular,2024-01-02\n"
        "nils@example.com,,unactivated,2024-01-02\nute@example.com,,unsubscribed,2024-01-02\n"
    )

    out = begun.run("subscribers", "import", write(begun, text)).out

    assert "Recognised as an export of Buttondown." in out
    assert "3 read: 3 added" in out
    assert "1 pending, 1 active, 1 unsubscribed" in out
    assert "Columns not read: notes." in out
    assert "`newsletter subscribers import --undo` takes it back" in out
    assert "signed up   2024-01-02" in begun.run("subscribers", "show", "ida@example.com").out


def test_a_dry_run_shows_what_would_become_of_each_row_and_stores_nothing(
    begun: Newsletter,
) -> None:
    begun.subscribe("known@example.com", "left@example.com")
    begun.run("subscribers", "remove", "left@example.com")
    before = statuses(begun)
    path = write(
        begun,
        f"{MIXED}known@example.com,Kim,\nleft@example.com,,active\nIDA@example.com,,\nbroken,,\n",
    )

    answer = begun("subscribers", "import", "--dry-run", path)

    assert answer.code == 1
    *lines, rejected = answer.out.splitlines()
    assert lines == [
        "line 2: ida@example.com: added, active.",
        "line 3: ute@example.com: added, unsubscribed.",
        "line 4: known@example.com: updated, active. The file says more about them.",
        "line 5: left@example.com: unchanged, unsubscribed. They are unsubscribed, and stay so.",
        "line 6: IDA@example.com: unchanged, active. An earlier line has the same address.",
    ]
    assert rejected.startswith("line 7: rejected. “broken” is not an email address")
    assert "1 line of 6 cannot go in" in answer.err
    assert statuses(begun) == before

    document = begun.run("subscribers", "import", "--dry-run", "--skip-bad", path, "--json").json
    assert document["dry_run"]
    assert [row["outcome"] for row in document["rows"]].count("added") == document["added"] == 2
    assert statuses(begun) == before
    assert "There is no import to undo" in begun("subscribers", "import", "--undo").err


def test_the_last_import_can_be_undone_once(begun: Newsletter) -> None:
    begun.subscribe("ida@example.com")
    before = statuses(begun)
    begun.run("subscribers", "import", write(begun, MIXED))

    undone = begun.run("subscribers", "import", "--undo")
    again = begun("subscribers", "import", "--undo")

    assert undone.out == (
        "The last import (imported from people.csv) is undone: 1 off the list again, 1 as before.\n"
    )
    assert statuses(begun) == before
    assert again.code == 1
    assert "undone already" in again.err


def test_an_import_is_not_undone_once_somebody_of_it_was_mailed(weekly: Newsletter) -> None:
    weekly.run("subscribers", "import", write(weekly, MIXED))
    weekly.at(SUNDAY).run("run")

    refused = weekly("subscribers", "import", "--undo")

    assert refused.code == 1
    assert "an issue or a question went to 1 person of it" in refused.err
    assert "subscribers remove" in refused.err
    assert len(statuses(weekly)) == 4


def test_an_import_is_not_undone_once_somebody_of_it_changed_something(begun: Newsletter) -> None:
    begun.run("subscribers", "import", write(begun, MIXED))
    begun.run("subscribers", "add", "ida@example.com", "--tag", "club")

    refused = begun("subscribers", "import", "--undo")

    assert refused.code == 1
    assert "1 person of it changed something since" in refused.err


def test_import_needs_a_file_or_undo_and_not_both(begun: Newsletter) -> None:
    assert begun("subscribers", "import").code == 2
    assert begun("subscribers", "import", "--undo", write(begun, MIXED)).code == 2


def test_what_was_guarded_against_spreadsheets_comes_back_as_it_was(begun: Newsletter) -> None:
    begun.run("subscribers", "add", "ida@example.com", "--name", "=Ida", "--tag", "+5k")
    safe = begun.run("subscribers", "export").out
    begun.run("subscribers", "erase", "ida@example.com", "--yes")
    moved = write(begun, safe.replace("ida@example.com", "ida@example.net"))

    begun.run("subscribers", "import", moved)

    listed = begun.run("subscribers", "list", "--json").json
    (person,) = listed["subscribers"]
    assert (person["name"], person["tags"]) == ("=Ida", ["+5k"])
    assert '"link_id","old_link_number"' in safe


def test_several_people_are_added_at_once_or_none(begun: Newsletter) -> None:
    added = begun.run("subscribers", "add", "ida@example.com", "otto@example.com", "--json").json
    refused = begun("subscribers", "add", "ute@example.com", "nobody")
    named = begun("subscribers", "add", "a@example.com", "b@example.com", "--name", "Both")

    assert [addition["outcome"] for addition in added["additions"]] == ["added", "added"]
    assert (refused.code, named.code) == (2, 2)
    assert sorted(statuses(begun)) == ["ida@example.com", "otto@example.com"]


def test_the_list_has_totals_and_a_search(begun: Newsletter) -> None:
    assert begun.run("subscribers", "list").out == "Nobody yet.\n"
    begun.run("subscribers", "import", write(begun, f"{MIXED}otto@example.com,Zoë,\n"))

    assert begun.run("subscribers", "list").out.endswith(
        "3 people on the list: 2 active, 1 unsubscribed.\n"
    )
    output = begun.run("subscribers", "list", "--search", "ZOË").out
    assert "otto@example.com" in output
    assert "ida@example.com" not in output
    assert "1 found." in output
    searched = begun.run("subscribers", "list", "--search", "ida@", "--json").json
    assert searched["total"] == 1
    assert searched["by_status"]["active"] == 2


def test_erase_asks_and_off_a_terminal_needs_a_yes(begun: Newsletter) -> None:
    begun.subscribe("ida@example.com")

    refused = begun("subscribers", "erase", "ida@example.com")

    assert refused.code == 2
    assert "--yes" in refused.err
    assert statuses(begun) == {"ida@example.com": "active"}

    assert "Erase ida@example.com?" in on_terminal(begun, "n\n")
    assert statuses(begun) == {"ida@example.com": "active"}
    on_terminal(begun, "y\n")
    assert statuses(begun) == {}


def on_terminal(newsletter: Newsletter, answer: str) -> str:
    """Run `erase` on a terminal, type an answer, and return what the terminal shows."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "newsletter", "--folder", str(newsletter.folder)]
    with subprocess.Popen(
        [*command, "subscribers", "erase", "ida@example.com"],
        env=newsletter.program.environment(),
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as program:
        os.close(theirs)
        os.write(ours, answer.encode())
        assert program.stderr is not None
        output = program.stderr.read().decode()
    os.close(ours)
    return output
