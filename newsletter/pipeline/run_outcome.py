"""Record each run, ping the monitoring URL, and notify the author when runs stop.

run ─▶ finish_run ─▶ the last run, in the database ─▶ /healthz, doctor
                └──▶ [schedule] ping
site ─▶ tell_missing_runs ─▶ notice to the author, once for each gap
"""

from __future__ import annotations

from contextlib import suppress

from newsletter.config.settings import Settings
from newsletter.context import Context
from newsletter.errors import FetchError, StorageError
from newsletter.scheduling.run_times import longest_run_gap, start_of_newsletter, trust_clock
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.runs import LastRun, last_run, save_run

_PING_SECONDS = 5.0
_SUCCESS = 300
_WRONG_SETTINGS = 2
# By exit code; every other one is a failure.
_OUTCOMES = {0: "done", 3: "attention"}


def finish_run(context: Context, exit_code: int, *, insist: bool = False) -> str:
    """Store that a run ended, and call `[schedule] ping`; return why that failed, "" if not.

    The clock of the run is known to be right from now on, unless it has leapt; if the author
    insists that it is right, then too. Never raises, and takes a few seconds at most:
    a run whose issue went out has not failed because nobody could be told.
    """
    if exit_code != _WRONG_SETTINGS:
        # A run that the settings kept from beginning changes nothing, and counts as none.
        # A run that failed by the database says so itself.
        with suppress(StorageError), transaction(context.engine) as connection:
            trust_clock(connection, context.clock(), insist=insist)
            save_run(connection, LastRun(at=context.clock(), exit_code=exit_code))
    return _call_ping(context.settings, exit_code)


def ping_url(template: str, exit_code: int) -> str:
    """Return the address to call at the end of a run, "" for none. Pure.

    `{code}` stands for the exit code, `{outcome}` for done, attention or failed. An address
    without either is called only if the run worked: whoever watches notices that no call comes.
    """
    outcome = _OUTCOMES.get(exit_code, "failed")
    if "{code}" in template or "{outcome}" in template:
        return template.replace("{code}", str(exit_code)).replace("{outcome}", outcome)
    return template if outcome != "failed" else ""


def _call_ping(settings: Settings, exit_code: int) -> str:
    url = ping_url(settings.schedule.ping, exit_code)
    if not url:
        return ""
    # The HTTP client takes a tenth of a second to import, and most newsletters call nobody.
    from newsletter.reader.http.call import Call, call

    try:
        answer = call(
            Call(url=url),
            seconds=_PING_SECONDS,
            allow_private=settings.fetch.allow_private_addresses,
        )
    except FetchError as error:
        return f"[schedule] ping: {error.message}"
    if answer.status >= _SUCCESS:
        return f"[schedule] ping was answered with HTTP {answer.status}."
    return ""


def tell_missing_runs(context: Context) -> bool:
    """Tell the author, once, if no run came by for twice the rhythm; return whether none did.

    The site's process calls it: whatever should have called `run` cannot.
    """
    with snapshot(context.engine) as connection:
        run = last_run(connection)
        since = run.at if run else start_of_newsletter(connection)
    gap = longest_run_gap(context.settings.issue.rhythm)
    if since is None or context.clock() - since <= gap:
        return False
    # The site calls this again and again, and hardly ever has to render a notice.
    from newsletter.notices.author_notices import AuthorNotices
    from newsletter.notices.run_notices import missing_runs_notice

    # The next run deletes the notice, so that another gap is reported again.
    AuthorNotices(context).add(missing_runs_notice(since, now=context.clock(), zone=context.zone))
    return True
