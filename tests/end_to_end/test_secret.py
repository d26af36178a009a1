"""The secret that signs readers' links: how long it is, and how another takes its place."""

from __future__ import annotations

import stat

from newsletter.app import open_newsletter
from newsletter.subscriptions.unsubscribe import unsubscribe
from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import LATE, NEXT_SUNDAY, SUNDAY


def secrets_of(newsletter: Newsletter) -> list[str]:
    line = (newsletter.folder / ".env").read_text("utf-8").partition("NEWSLETTER_SECRET=")[2]
    return line.partition("\n")[0].strip("'").split(",")


def token_in(newsletter: Newsletter, issue: int, address: str) -> str:
    header = str(newsletter.outbox(issue)[address]["List-Unsubscribe"])
    return header.partition("/unsubscribe/")[2].partition(">")[0]


def write_secret(newsletter: Newsletter, secret: str) -> None:
    (newsletter.folder / ".env").write_text(f"NEWSLETTER_SECRET={secret}\nOTHER=kept\n", "utf-8")


def test_after_a_rotation_links_of_before_work_and_the_approval_stands(
    drafted: Newsletter,
) -> None:
    drafted.run("approve", "next")
    before = secrets_of(drafted)
    kept = (drafted.folder / ".env").read_text("utf-8").count("\n")

    answer = drafted.run("secret", "rotate", "--json")

    assert answer.json == {"rotated": True, "secrets": 2}
    new, old = secrets_of(drafted)
    assert [old] == before
    assert len(new) >= 40
    assert new not in answer.out + answer.err
    env = drafted.folder / ".env"
    assert env.read_text("utf-8").count("\n") == kept
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert drafted.at(SUNDAY).run("run", "--json").json["accepted"] == 2

    assert "again" in drafted.run("secret", "rotate").out
    drafted.publish(LATE)
    drafted.at(NEXT_SUNDAY)("run")
    drafted.run("approve", "next")
    assert drafted.run("run", "--json").json["accepted"] == 2
    context = open_newsletter(drafted.folder, {})
    for number, address in enumerate(("ann@example.com", "sue@example.com"), start=1):
        assert unsubscribe(context, token_in(drafted, number, address), source="test").changed
    context.engine.dispose()


def test_a_short_secret_signs_nothing_until_it_is_rotated(weekly: Newsletter) -> None:
    write_secret(weekly, "abc")

    refused = weekly.at(SUNDAY)("run")

    assert refused.code == 2
    assert "NEWSLETTER_SECRET has 3 characters" in refused.err
    assert "newsletter secret rotate" in refused.err
    assert "abc" not in refused.err
    assert weekly.outbox() == {}
    weekly.run("secret", "rotate")
    assert secrets_of(weekly)[1:] == ["abc"]
    assert "OTHER=kept" in (weekly.folder / ".env").read_text("utf-8")
    assert weekly.run("run", "--json").json["accepted"] == 2


def test_a_secret_that_is_not_in_the_file_is_not_rotated(weekly: Newsletter) -> None:
    weekly.program.env["NEWSLETTER_SECRET"] = "from-the-environment"
    before = secrets_of(weekly)

    refused = weekly("secret", "rotate")

    assert refused.code == 2
    assert "set in the environment" in refused.err
    assert secrets_of(weekly) == before
    weekly.program.env.clear()
    (weekly.folder / ".env").unlink()
    refused = weekly("secret", "rotate")
    assert refused.code == 2
    assert "There is no NEWSLETTER_SECRET" in refused.err
    assert not (weekly.folder / ".env").exists()
