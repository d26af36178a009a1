"""Let an app stand below a path, such as https://example.com/letter."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_SLASHES = re.compile(r"/{2,}")


class ScriptRoot:
    """WSGI middleware that sets SCRIPT_NAME (PEP 3333), and takes it off PATH_INFO if no proxy did.

    An app can stand below a path, such as https://example.com/letter: Flask puts SCRIPT_NAME
    before every link and form that `url_for` builds. A proxy usually strips the path before it
    passes a request on. The path is that of the app's own address, or, without such an address,
    the one that a trusted proxy names in X-Forwarded-Prefix.
    """

    def __init__(self, app: WSGIApplication, path: str, own_paths: Collection[str]) -> None:
        self._app = app
        self._root = _normalise(path)
        #: The first part of each path of the app itself. Below such a path (`/archive`, say)
        #: nobody can tell whether a proxy has stripped it, so it must have.
        self._own_paths = frozenset(own_paths)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        root = self._root or _normalise(environ.get("SCRIPT_NAME", ""))
        # A proxy that adds a slash too many is common; one-click clients follow no redirect.
        path = _SLASHES.sub("/", environ.get("PATH_INFO", ""))
        if root and self._is_whole(path, root):
            path = path[len(root) :] or "/"
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = root, path
        return self._app(environ, start_response)

    def _is_whole(self, path: str, root: str) -> bool:
        """Whether `path` still begins with `root`."""
        return f"{path}/".startswith(f"{root}/") and root.split("/")[1] not in self._own_paths


def _normalise(prefix: str) -> str:
    """Return a path as SCRIPT_NAME has it: "" or "/letter", percent-decoded (PEP 3333).

    Without doubled slashes: a link to "//evil.example" would lead to another host.
    """
    decoded = unquote_to_bytes(prefix).decode("latin-1")
    return "".join(f"/{part}" for part in decoded.split("/") if part)
