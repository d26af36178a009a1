"""What happens to a newsletter in a year, besides its issues."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.realtest.years.newsletter_year import NewsletterYear
from tests.support.smtp_relay import Conversation

_RUN_CODES = (0, 3, 75)


def run_twice_at_once(year: NewsletterYear) -> None:
    """Let two runs start in the same second, as two timers do."""
    processes = [year.start("run"), year.start("run")]
    for process in processes:
        result = year.end(process, "run")
        assert result.code in _RUN_CODES, result


def kill_in_delivery(year: NewsletterYear, *, at_message: int, is_accepted: bool) -> None:
    """Kill a run with SIGKILL while the relay has its `at_message`th message in hand.

    The author then looks into the relay's log and decides about the one that is unknown.
    """
    process = year.start("run")
    count = 0

    def kill(_talk: Conversation) -> str | None:
        nonlocal count
        count += 1
        if count == at_message:
            process.send_signal(signal.SIGKILL)
            process.wait()
        return None

    def count_it(_talk: Conversation) -> str | None:
        return None

    if is_accepted:
        year.relay.after = kill
    else:
        year.relay.rcpt = kill
    year.end(process, "run")
    year.relay.after = year.relay.rcpt = count_it
    if count < at_message:
        return  # nothing was due, or too few were left
    assert process.returncode == -signal.SIGKILL
    went_on = year.run()
    issue = year("issues", "--json").json["issues"][-1]
    if issue["status"] == "draft":
        issue = year("issues", "--json").json["issues"][-2]
    assert issue["unknown"] == 1, (went_on, issue)
    assert went_on.code == 3
    if is_accepted:
        year.left_unknown[issue["number"]] += 1
    choice = "--leave" if is_accepted else "--resend"
    year("resolve", str(issue["number"]), choice, codes=(0, 3))


def put_an_older_backup_back_and_notice(year: NewsletterYear, backups: Path) -> None:
    """Restore a backup of weeks ago by mistake: nothing goes out. Then restore the newest."""
    newest = year.folder.with_name("newest.tar.gz")
    year("backup", str(newest))
    oldest = min(backups.glob("*.tar.gz"))
    assert year("restore", str(oldest), codes=(3,)).out == ""
    year("restore", str(oldest), "--yes", codes=(3,))
    before = year.relay.count
    blocked = year.run()
    assert blocked.code == 3
    assert "older" in blocked.out + blocked.err
    assert year.relay.count == before
    year("restore", str(newest), "--yes")


def move(year: NewsletterYear, url: str) -> None:
    """Take the newsletter to another database."""
    year("database", "move", url)
