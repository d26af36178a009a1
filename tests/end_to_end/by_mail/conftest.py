"""A mailbox on a mail server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.certificate import certificate
from tests.support.imap_server import ImapServer


@pytest.fixture(scope="session")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of the mail server."""
    return certificate(tmp_path_factory.mktemp("imap"))


@pytest.fixture
def server(trusted: Path) -> Iterator[ImapServer]:
    with ImapServer(trusted, "hush") as imap_server:
        thread = threading.Thread(target=imap_server.serve_forever, args=(0.02,))
        thread.start()
        yield imap_server
        imap_server.leaving.set()
        imap_server.shutdown()
        thread.join()
