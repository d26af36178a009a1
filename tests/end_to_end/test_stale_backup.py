"""The database file is restored from Friday's backup after Sunday's issue was sent."""

from __future__ import annotations

import shutil

from newsletter.app import open_newsletter
from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import SUNDAY
from tests.support import backup
from tests.support.sendgrid import KEY, SendGridStandIn
from tests.support.webhook import run_hooked_site


def test_nobody_gets_it_again_unless_the_author_says_so(weekly: Newsletter) -> None:
    with SendGridStandIn() as sendgrid:
        weekly.set('mailer = "outbox"', 'mailer = "sendgrid"')
        weekly.set('host = "https://api.sendgrid.com"', f'host = "{sendgrid.url}"')
        weekly.set('url = ""', 'url = "https://news.example.com"')
        weekly.program.env["SENDGRID_API_KEY"] = KEY
        weekly.run("run")
        put_back = backup.back_up_file(weekly.folder / "newsletter.db")
        weekly.at(SUNDAY).run("run")
        put_back()
        (weekly.folder / "newsletter.journal").unlink()
        shutil.rmtree(weekly.program.state)
        tell(weekly, sendgrid)

        held = weekly("run", "--quiet")
        refused = weekly("send", "next")
        assert len(sendgrid.mailed) == 2

        resumed = weekly.run("resume", "next")
        weekly.run("run")
        assert len(sendgrid.mailed) == 4

    assert held.code == refused.code == 3
    assert held.err.count("older backup of it was put back. Nothing is sent.") == 1
    assert "Put the newer database back" in held.err
    assert refused.err == f"newsletter: {held.err}"
    assert resumed.out == "Issue 1 goes on with the next `newsletter run` or `send`.\n"


def tell(weekly: Newsletter, sendgrid: SendGridStandIn) -> None:
    """Report everything that SendGrid has delivered."""
    context = open_newsletter(weekly.folder, weekly.program.environment())
    document = {"event": "delivered", "timestamp": 1800000000}
    values = [
        {**document, **message["custom_args"], "email": message["to"], "sg_event_id": str(place)}
        for place, message in enumerate(sendgrid.mailed)
    ]
    with run_hooked_site(context) as hook:
        assert hook.post(*values) == 200
    context.engine.dispose()
