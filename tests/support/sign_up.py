"""Steps of a visitor who signs up: the form, the confirmation message and its link."""

from __future__ import annotations

import datetime as dt
import email
import re
import threading
import time
from email import policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path

from newsletter.context import Context
from subscribers.tokens import sign_form
from tests.support.visitor import Page, Visitor

Now = list[dt.datetime]
_NETWORKS = count(1)


def form_token_aged(context: Context, seconds: float) -> str:
    """Return the form token of a page that was shown `seconds` ago."""
    shown = context.real_clock() - dt.timedelta(seconds=seconds)
    return sign_form(shown, context.secrets.signing)


def submit_sign_up(
    context: Context,
    visitor: Visitor,
    address: str,
    *,
    came_from: str = "",
    seconds: float = 10,
    **fields: str,
) -> Page:
    """Submit the sign-up form; `came_from` is the visitor's address as a proxy reports it."""
    sent = {"form_token": form_token_aged(context, seconds), "email": address, **fields}
    headers = {"X_Forwarded_For": came_from} if came_from else {}
    return visitor.submit("/subscribe", sent, **headers)


def from_new_network() -> dict[str, str]:
    """Return the headers of a trusted proxy for a visitor from a network not used before."""
    number = next(_NETWORKS)
    return {"X-Forwarded-For": f"10.{number // 250}.{number % 250}.1"}


def outbox_messages(context: Context, kind: str = "confirm") -> dict[str, EmailMessage]:
    """Return the messages of a kind in the outbox, by address."""
    folder = context.folder / "outbox" / kind
    return {path.stem: _read(path) for path in folder.glob("*.eml")}


def message_to(context: Context, address: str, kind: str = "confirm") -> EmailMessage:
    """Wait for the mail worker to write the message to an address, and return it."""
    path = context.folder / "outbox" / kind / f"{address}.eml"
    until = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < until, f"no letter to {address}"
        time.sleep(0.02)
    return _read(path)


def link_in(letter: EmailMessage) -> str:
    """Return the path of the only link in a message, which both of its parts share."""
    plain, html = (letter.get_body((part,)) for part in ("plain", "html"))
    assert plain is not None
    assert html is not None
    links = re.findall(r"https?://[^/\s]+(/\S+)", plain.get_content())
    assert len(links) == 1
    assert re.findall(r'href="https?://[^/"]+(/[^"]+)"', html.get_content()) == links
    return str(links[0])


def sign_up_and_confirm(context: Context, visitor: Visitor, address: str, **fields: str) -> None:
    """Sign up and confirm."""
    assert submit_sign_up(context, visitor, address, seconds=10, **fields).status == 200
    assert visitor.request("POST", link_in(message_to(context, address))).status == 200


def wait_for_mail_worker() -> None:
    """Wait until no thread processes sign-ups any more."""
    for thread in threading.enumerate():
        if thread.name == "mail worker":
            thread.join()


def _read(path: Path) -> EmailMessage:
    return email.message_from_bytes(path.read_bytes(), policy=policy.default)
