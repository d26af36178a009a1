"""A lost or changed secret is found by `doctor`, before the next issue is due."""

from __future__ import annotations

from pathlib import Path

from newsletter.config.secrets import Secrets
from newsletter.context import Context
from newsletter.doctor.known_secret import check_known_secret
from newsletter.pipeline.send import send
from tests.doctor.installations import make_installation
from tests.support.delivery_folder import create_outbox_newsletter, freeze_next_issue

OTHER = "another secret, long enough"


def findings(context: Context, *signing: str) -> list[str]:
    installation = make_installation(
        context.settings,
        folder=context.folder,
        secrets=Secrets(signing=signing),
        database_url=context.engine.url.render_as_string(hide_password=False),
    )
    return [f"{d.verdict} {d.rule}" for d in check_known_secret(installation)]


def test_the_secret_of_the_newest_issue_must_still_verify(
    tmp_path: Path, database_url: str
) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter", database_url=database_url)
    own = context.secrets.signing

    assert findings(context, OTHER) == [], "nothing was signed yet"
    freeze_next_issue(context)
    send(context, "last")

    assert findings(context, *own) == []
    assert findings(context, OTHER, *own) == []
    assert findings(context, OTHER) == ["error known-secret"]
    assert findings(context) == [], "the check of the settings says that there is none"
    context.engine.dispose()
