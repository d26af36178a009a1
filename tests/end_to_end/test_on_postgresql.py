"""The program on PostgreSQL, from the feed to the reader."""

from __future__ import annotations

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import SUNDAY


def test_runs_at_once_send_one_issue_once_and_then_there_is_nothing_to_do(
    on_postgresql: Newsletter,
) -> None:
    on_postgresql.at(SUNDAY)
    together = [on_postgresql.program.start("run") for _ in range(3)]
    errors = [process.communicate()[1] for process in together]

    codes = {process.returncode for process in together}
    assert codes <= {0, 75}, errors
    assert 0 in codes
    assert sorted(on_postgresql.outbox()) == ["ann@example.com"]
    listed = on_postgresql.run("issues", "--json").json["issues"]
    assert [(item["status"], item["accepted"]) for item in listed] == [("sent", 1)]
    assert on_postgresql.run("run", "--json").json["issue"] is None
    assert not list(on_postgresql.folder.glob("*.db"))
