"""SendGrid's event webhook: signed events about what its stand-in was given."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from newsletter.context import Context
from newsletter.sender.mailers.sendgrid.webhook import SIGNATURE, TIMESTAMP
from newsletter.site.server import listen
from tests.support.sendgrid import SendGridStandIn
from tests.support.visitor import Visitor, run_server


@dataclass(slots=True)
class WebhookSender:
    """A sender of signed events."""

    visitor: Visitor
    key: ec.EllipticCurvePrivateKey

    def post(
        self,
        *found: dict[str, Any],
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> int:
        raw = body or json.dumps(found).encode() + b"\r\n"
        signed = self.key.sign(b"1800000000" + raw, ec.ECDSA(SHA256()))
        sent = {
            SIGNATURE: base64.b64encode(signed).decode(),
            TIMESTAMP: "1800000000",
            **(headers or {}),
        }
        return self.visitor.request("POST", "/webhooks/sendgrid", sent, raw).status


@contextmanager
def run_hooked_site(context: Context) -> Iterator[WebhookSender]:
    """Serve the newsletter's real site, which trusts only this sender's key."""
    key = ec.generate_private_key(ec.SECP256R1())
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    secrets = replace(context.secrets, webhook_key=base64.b64encode(der).decode())
    site = listen(replace(context, secrets=secrets), host="127.0.0.1", port=0)
    with run_server(site.server):
        yield WebhookSender(Visitor(site.port), key)


def event_for(standin: SendGridStandIn, number: int, kind: str, **more: Any) -> dict[str, Any]:
    """Return an event about the message to runner `number`."""
    to = f"runner{number}@example.org"
    args: dict[str, str] = next(
        document["custom_args"] for document in standin.mailed if document["to"] == to
    )
    named = {"email": to, "event": kind, "sg_event_id": f"{kind}-{number}", "timestamp": 1800000000}
    return {**named, **args, **more}
