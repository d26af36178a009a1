"""The links in a message that are a reader's own: how they leave, and where they choose.

An edition says by its merge fields whose link unsubscribes: our site's, SendGrid's, or a letter
to the mailbox. That does not change once it is frozen, whatever `[site] unsubscribe` says later,
so a message is never without a way out that works.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from newsletter import merge
from newsletter.config.secrets import Secrets
from newsletter.config.settings import Settings
from newsletter.context import NewsletterConfig
from newsletter.errors import MailerError
from newsletter.mailbox.token_addresses import unsubscribe_mailto
from newsletter.models import Edition
from subscribers.tokens import Purpose, sign_tokens

# Where SendGrid writes its own link. A rehearsal and a preview show this one, which is nobody's
# (RFC 2606); measured sizes count one as long as SendGrid's.
_AT_SENDGRID = "https://sendgrid.example/"
_SENDGRID_FIELDS = (merge.UNSUBSCRIBE["sendgrid"], merge.PREFERENCES["sendgrid"])
_LONGEST_SENDGRID_LINK = 1_000
_LONG_TOKEN = 40


def wanted_links(settings: Settings, edition: Edition | None) -> tuple[str, ...]:
    """Return the names of the reader's own links in a message of `edition`.

    Without an edition, or in one whose template shows no way out, the settings' way counts.
    """
    names = edition_fields(edition) if edition is not None else frozenset()
    way = merge.unsubscribe_way(names) or settings.site.unsubscribe
    place = merge.PREFERENCES.get(settings.preferences_place, "")
    links = [
        merge.UNSUBSCRIBE[way],
        *(name for name in merge.PREFERENCES.values() if name in names),
    ]
    if place and place not in links and not names:
        links.append(place)
    if way == "own" and settings.mailbox.address:
        # The second way out, in the header alone.
        links.append(merge.UNSUBSCRIBE["mailto"])
    return tuple(links)


@lru_cache(maxsize=32)
def edition_fields(edition: Edition) -> frozenset[str]:
    """Return the names of the merge fields in an edition."""
    parts = (edition.html, edition.text)
    return frozenset(name for part in parts for name in merge.count_tags(part, edition.nonce))


def link_values(
    config: NewsletterConfig, secrets: Secrets, link_ids: Sequence[str], wanted: Sequence[str]
) -> dict[str, Sequence[str]]:
    """Return the values of these links for each reader, by name. SendGrid's are the same for all.

    Raise SettingsError without a secret to sign them with.
    """
    signing = secrets.require_signing()
    values: dict[str, Sequence[str]] = {}
    purposes: list[Purpose] = []
    if merge.UNSUBSCRIBE["own"] in wanted or merge.UNSUBSCRIBE["mailto"] in wanted:
        purposes.append("unsubscribe")
    if merge.PREFERENCES["site"] in wanted:
        purposes.append("preferences")
    tokens = dict(zip(purposes, sign_tokens(purposes, link_ids, signing), strict=True))
    mailbox = config.settings.mailbox.address
    for name in wanted:
        if name in _SENDGRID_FIELDS:
            values[name] = [_AT_SENDGRID] * len(link_ids)
        elif name == merge.UNSUBSCRIBE["mailto"]:
            values[name] = [unsubscribe_mailto(mailbox, token) for token in tokens["unsubscribe"]]
        else:
            purpose: Purpose = "preferences" if name == merge.PREFERENCES["site"] else "unsubscribe"
            start = f"{config.site_url}/{purpose}/"
            values[name] = [start + token for token in tokens[purpose]]
    return values


def sample_values(config: NewsletterConfig, token: str) -> dict[str, str]:
    """Return every link that a message can hold, with `token` in those of ours."""
    mailto = unsubscribe_mailto(config.settings.mailbox.address, token)
    length = _LONGEST_SENDGRID_LINK if len(token) > _LONG_TOKEN else 0
    at_sendgrid = _AT_SENDGRID.ljust(length, "s")
    return {
        merge.UNSUBSCRIBE["own"]: f"{config.site_url}/unsubscribe/{token}",
        merge.PREFERENCES["site"]: f"{config.site_url}/preferences/{token}",
        **({merge.UNSUBSCRIBE["mailto"]: mailto} if mailto else {}),
        merge.UNSUBSCRIBE["sendgrid"]: f"{at_sendgrid}u",
        merge.PREFERENCES["sendgrid"]: f"{at_sendgrid}p",
    }


def require_working_links(settings: Settings, editions: Sequence[Edition]) -> None:
    """Raise MailerError if a message of these editions would hold a link that leads nowhere.

    They may have been frozen before a setting changed. An outbox reaches nobody.
    """
    if settings.sender.mailer == "outbox":
        return
    for edition in editions:
        names = edition_fields(edition)
        for problem, setting in _lacks(settings, names):
            raise MailerError(
                f"Issue {edition.issue} was made with {problem}, which these settings no longer "
                "have, so nobody could leave by it.",
                cure=f"Set {setting} again until it is delivered, or give up what is left of it: "
                f"`newsletter cancel {edition.issue}`.",
            )


def _lacks(settings: Settings, names: frozenset[str]) -> list[tuple[str, str]]:
    """Return what an edition with these merge fields needs and the settings lack."""
    site = {merge.UNSUBSCRIBE["own"], merge.PREFERENCES["site"]}
    needs: tuple[tuple[bool, bool, str, str], ...] = (
        (bool(site & names), bool(settings.site.url), "links to your site", "[site] url"),
        (
            merge.UNSUBSCRIBE["sendgrid"] in names,
            settings.sender.mailer == "sendgrid",
            "SendGrid's unsubscribe link",
            'mailer = "sendgrid"',
        ),
        (
            merge.PREFERENCES["sendgrid"] in names,
            bool(settings.sender.sendgrid.unsubscribe_group),
            "SendGrid's preferences page",
            "[sender.sendgrid] unsubscribe_group",
        ),
        (
            merge.unsubscribe_way(names) == "mailto",
            bool(settings.mailbox.address),
            "requests to unsubscribe by mail",
            "[mailbox]",
        ),
    )
    return [(what, setting) for wanted, there, what, setting in needs if wanted and not there]
