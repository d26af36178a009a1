"""The site's background work of every minute."""

from __future__ import annotations

import threading
import time

from newsletter.context import Context
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


def whole_database(context: Context) -> bytes:
    return b"".join(path.read_bytes() for path in context.folder.glob("newsletter.db*"))
