"""`newsletter doctor` as a blogger calls it."""

from __future__ import annotations

from tests.end_to_end.newsletter import Newsletter, files_in


def test_a_new_newsletter_is_well_and_stays_as_it_is(drafted: Newsletter) -> None:
    drafted.program.now = ""
    before = files_in(drafted.folder)

    answer = drafted("doctor")

    assert answer.code == 0, answer
    for heading in ("Settings", "Folder", "Clock", "Blog", "Database", "Upkeep"):
        assert heading in answer.out.splitlines()
    assert "All is well." in answer.out
    assert files_in(drafted.folder) == before


def test_what_is_wrong_is_said_with_its_cure_and_asks_for_a_person(drafted: Newsletter) -> None:
    drafted.program.now = ""
    drafted.set('"1 Hill Road, Alder Creek"', '""')
    (drafted.folder / ".env").chmod(0o644)

    answer = drafted("doctor", "--json")
    findings = {finding["rule"]: finding for finding in answer.json["findings"]}

    assert answer.code == 3
    assert answer.json["ok"] is False
    assert findings["file-modes"]["level"] == "error"
    assert findings["file-modes"]["area"] == "Folder"
    assert "--fix" in findings["file-modes"]["cure"]
    assert "postal address" in findings["sending"]["text"]
    mended = drafted("doctor", "--fix", "--json")
    assert all(
        finding["rule"] != "file-modes" or finding["level"] == "ok"
        for finding in mended.json["findings"]
    )
    assert drafted("doctor").out.count("ERROR") >= 1
    quiet = drafted("--quiet", "doctor")
    assert (quiet.code, quiet.out) == (3, "")
    assert "Settings: No issue can go out without a postal address" in quiet.err


def test_a_vanished_database_is_a_finding_and_none_is_made(drafted: Newsletter) -> None:
    drafted.program.now = ""
    (drafted.folder / "newsletter.db").unlink()

    answer = drafted("doctor")

    assert answer.code == 3
    assert "newsletter.db is gone" in " ".join(answer.out.split())
    assert not (drafted.folder / "newsletter.db").exists()


def test_without_a_newsletter_it_is_wrong_usage(begun: Newsletter) -> None:
    (begun.folder / "newsletter.toml").unlink()

    assert begun("doctor").code == 2
