"""`show` and `test`: the issue as a reader gets it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.invocation import Invocation, command, exit_with, pass_invocation
from newsletter.cli.output import moment

if TYPE_CHECKING:
    from newsletter.editorial.preview import Preview

_EDITION = click.option(
    "--edition",
    metavar="KEY",
    help="Whose season and topics: one of the editions that `draft` names, such as north.",
)


@command()
@click.argument("issue")
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "text", "mjml", "eml", "json"]),
    default="text",
    show_default=True,
)
@_EDITION
@click.option("--as", "address", metavar="ADDRESS", help="As this subscriber gets it.")
@pass_invocation
def show(
    frame: Invocation, issue: str, form: str, edition: str | None, address: str | None
) -> None:
    """Print what would be, or was, sent. ISSUE is a number, `next` or `last`."""
    from newsletter.editorial.preview import render_preview as show_now

    shown = show_now(frame.open(), issue, edition=edition, address=address or "")
    if frame.json or form == "json":
        frame.json = True
        frame.result("", _json(shown))
    elif form == "eml":
        sys.stdout.buffer.write(shown.eml)
        sys.stdout.buffer.flush()
    else:
        click.echo({"html": shown.html, "text": shown.text, "mjml": shown.mjml}[form])


def _json(shown: Preview) -> dict[str, Any]:
    issue = shown.issue
    return {
        "issue": issue.number,
        "key": issue.key,
        "status": issue.status,
        "edition": shown.edition,
        "editions": list(shown.editions),
        "planned_for": moment(issue.planned_for),
        "subject": shown.subject,
        "preheader": shown.preheader,
        "greetings": [asdict(greeting) for greeting in issue.greetings],
        "posts": [
            {"id": p.id, "title": p.title, "url": p.url, "published": moment(p.published)}
            for p in shown.posts
        ],
        "html": shown.html,
        "text": shown.text,
        "content_hash": shown.content_hash,
    }


@command()
@click.argument("issue")
@click.option("--to", "first", metavar="ADDRESS…", required=True)
@click.argument("more", nargs=-1, metavar="")
@_EDITION
@pass_invocation
def test(
    frame: Invocation, issue: str, first: str, more: tuple[str, ...], edition: str | None
) -> None:
    """Send a copy marked [Test] to one address or more. Changes no state."""
    from newsletter.editorial.proof_copy import send_proof_copy
    from subscribers.address import normalise

    addresses = [normalise(one) for one in (first, *more)]
    results = send_proof_copy(frame.open(), issue, addresses, edition=edition)
    text = "\n".join(f"{to}: {r.outcome}. {r.detail}".strip() for to, r in results)
    document = {
        "issue": issue,
        "copies": [{"to": to, "outcome": r.outcome, "detail": r.detail} for to, r in results],
    }
    frame.result(text, document)
    exit_with(0 if all(r.outcome == "accepted" for _, r in results) else 1)
