"""Who reaches a desk and how: a browser on this machine, or one anywhere behind a web server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app

from newsletter.config.address import is_loopback
from newsletter.config.secrets import Secrets
from newsletter.config.settings import Settings
from newsletter.errors import SettingsError, UsageError

_LOOPBACK = "127.0.0.1"
_PATH_PART = re.compile(r"[A-Za-z0-9_-]+")
_ACCESS = "DESK_ACCESS"
_PASSWORD_CURE = "Set one with `newsletter desk password`, then open the desk again."  # noqa: S105  # a sentence
_ADDRESS_CURE = (
    'Write it under [desk], as url = "https://desk.example.com" or '
    '"https://news.example.com/desk"; docs/server.md shows the web server before it.'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAccess:
    """Where a desk listens, and what it asks of a browser."""

    #: The IP address or name of this machine that it listens at.
    listen: str = _LOOPBACK
    #: The path that it stands below, such as "/desk"; "" for none.
    path: str = ""
    #: Whether it asks for the password, and may be reached from elsewhere. Otherwise the key in
    #: the address lets one browser on this machine in.
    is_remote: bool = False
    #: The scheme and host by which browsers elsewhere reach it; "" if none can.
    origin: str = ""
    #: How many web servers of the author's a request from elsewhere passes.
    proxies: int = 0
    #: What the author should know when it opens, "" for nothing.
    remark: str = ""

    @property
    def is_loopback(self) -> bool:
        """Whether it listens to this machine alone."""
        return is_loopback(self.listen)


THIS_MACHINE = DeskAccess()


def is_remote() -> bool:
    """Whether the desk of this request can be reached from other machines.

    Such a desk changes neither `[database]` nor `[fetch]` nor `[sender]`, and shows no secret.
    """
    access: DeskAccess = current_app.config[_ACCESS]
    return access.is_remote


def choose_access(
    settings: Settings, secrets: Secrets, *, listen: str | None, path: str | None
) -> DeskAccess:
    """Return how a desk is reached that was asked to listen at `listen`, below `path`.

    Without a password a desk listens to this machine alone, and below no path. Raise SettingsError
    for anything wider without a password, or without the address by which browsers reach it.
    """
    host = listen or _LOOPBACK
    prefix = _normalise_path(path)
    if not prefix and is_loopback(host) and not (listen and secrets.desk_password_hash):
        return DeskAccess(listen=host)
    if not secrets.desk_password_hash:
        raise SettingsError(
            "Whoever finds a desk that stands open to others could send in your name, and there is "
            "no password before it yet.",
            cure=_PASSWORD_CURE,
        )
    own, site = urlsplit(settings.desk.url), urlsplit(settings.site.url)
    if settings.desk.url:
        prefix = prefix or _normalise_path(own.path)
    elif site.scheme == "https" and prefix and prefix != _normalise_path(site.path):
        # Below the site's own address, beside its pages.
        own = site
    access = DeskAccess(listen=host, path=prefix, is_remote=True)
    if not own.hostname:
        return _without_address(access)
    proxies = settings.site.trusted_proxies
    if own.scheme == "https" and not proxies:
        raise SettingsError(
            "The desk cannot see that a browser came by HTTPS: [site] trusted_proxies is 0.",
            cure="Write trusted_proxies = 1 under [site], or how many web servers of yours a "
            "request passes.",
        )
    return DeskAccess(
        listen=host,
        path=prefix,
        is_remote=True,
        origin=f"{own.scheme}://{own.netloc}",
        proxies=proxies,
        remark="" if access.is_loopback else "Only your web server may reach this port.",
    )


def _without_address(access: DeskAccess) -> DeskAccess:
    """Return the access of a desk that no setting gives an address to."""
    if not access.is_loopback:
        raise SettingsError(
            "The desk does not know the address by which you will open it, and answers to no name "
            "that it does not know.",
            cure=_ADDRESS_CURE,
        )
    return DeskAccess(
        listen=access.listen,
        path=access.path,
        is_remote=True,
        remark=f"It has no address yet, so only this machine can open it. {_ADDRESS_CURE}",
    )


def _normalise_path(path: str | None) -> str:
    """Return a path as "/desk", "" for none. Raise UsageError if it cannot be one."""
    parts = [part for part in (path or "").split("/") if part]
    if not all(_PATH_PART.fullmatch(part) for part in parts):
        raise UsageError(
            f"{path!r} cannot be the path of the desk.",
            cure="Write it like --path /desk: letters, digits, - and _ only.",
        )
    return "".join(f"/{part}" for part in parts)
