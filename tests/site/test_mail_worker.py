"""The site's background work of every minute."""

from __future__ import annotations

import datetime as dt
import threading
import time
from dataclasses import replace

from newsletter.context import Context
from newsletter.pipeline.run_outcome import finish_run
from newsletter.site.mail_worker import MailWorker
from subscribers.tokens import sign_token
from tests.support.newsletter_folder import link_id_of, subscribe
from tests.support.visitor import Visitor


def test_an_erased_reader_is_soon_gone_from_the_files_too(
    context: Context, visitor: Visitor
) -> None:
    subscribe(context, "ada.lovelace@example.com")
    own_page = (
        f"/preferences/{sign_token('preferences', link_id_of(context, 1), context.secrets.signing)}"
    )
    assert b"ada.lovelace" in whole_database(context)
    visitor.submit(f"{own_page}/erase", {"sure": "yes"})

    stop = threading.Event()
    work = threading.Thread(target=MailWorker(context).run_maintenance, args=(stop, 0.02))
    work.start()
    until = time.monotonic() + 30
    while b"ada.lovelace" in whole_database(context) and time.monotonic() < until:
        time.sleep(0.05)
    stop.set()
    work.join()
    assert b"ada.lovelace" not in whole_database(context)


def test_the_author_is_told_that_nothing_calls_the_newsletter(context: Context) -> None:
    finish_run(context, 0)
    later = replace(context, clock=lambda: context.clock() + dt.timedelta(days=20))
    folder = context.folder / "outbox" / "notice"

    stop = threading.Event()
    work = threading.Thread(target=MailWorker(later).run_maintenance, args=(stop, 0.02))
    work.start()
    until = time.monotonic() + 30
    while not list(folder.glob("*.eml")) and time.monotonic() < until:
        time.sleep(0.05)
    stop.set()
    work.join()
    (notice,) = folder.glob("*.eml")
    assert b"Nothing has called your newsletter for 20 days" in notice.read_bytes()


def whole_database(context: Context) -> bytes:
    return b"".join(path.read_bytes() for path in context.folder.glob("newsletter.db*"))
