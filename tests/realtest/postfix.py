"""A private Postfix: its own configuration, queue and port, and Maildirs for its readers.

It needs root, because Postfix changes users, and Debian's package `postfix` (tools/realtest.sh).
Everything lies in one folder; the machine's own Postfix is not touched. Every change of the
configuration restarts it: after a mere reload an idle process may still serve a connection by
what it read before.
"""

from __future__ import annotations

import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.certificate import certificate

#: The domain whose mailboxes `give_mailboxes` makes. Postfix refuses every other address.
DOMAIN = "readers.example"
_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
multi_instance_wrapper =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example
mydestination =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = permit_mynetworks, reject
header_checks = regexp:{folder}/headers
smtpd_delay_reject = yes
smtpd_tls_cert_file = {folder}/server.pem
smtpd_tls_key_file = {folder}/server.pem
smtpd_tls_security_level = may
smtpd_client_connection_rate_limit = 0
smtputf8_enable = no
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
"""


@dataclass(frozen=True, slots=True)
class Postfix:
    """A running Postfix that listens at `port` of 127.0.0.1."""

    folder: Path
    port: int

    @property
    def authority(self) -> Path:
        """The certificate of the authority that vouches for this relay."""
        return self.folder / "server.pem"

    def set(self, **settings: str) -> None:
        """Change parameters of main.cf."""
        for name, value in settings.items():
            self._run("postconf", "-c", str(self._config), "-e", f"{name} = {value}")
        self._restart()

    def give_mailboxes(self, addresses: Iterable[str]) -> None:
        """Let these addresses, and no others, have a mailbox."""
        lines = "".join(f"{address} {address}/\n" for address in addresses)
        (self.folder / "mailboxes").write_text(lines, "utf-8")
        self._restart()

    def ask_about_recipients(self, service: str) -> None:
        """Ask this policy service before a recipient is accepted."""
        restrictions = f"check_policy_service {service}, permit_mynetworks, reject"
        self.set(smtpd_recipient_restrictions=restrictions)

    def refuse_headers(self, rules: Mapping[str, str]) -> None:
        """Refuse messages by these rules: a regular expression of a header line, and the reply."""
        lines = "".join(f"/{pattern}/ REJECT {reply}\n" for pattern, reply in rules.items())
        (self.folder / "headers").write_text(lines, "utf-8")
        self._restart()

    def _restart(self) -> None:
        self.stop()
        self.start()

    def stop(self) -> None:
        self._run("postfix", "-c", str(self._config), "stop")

    def start(self) -> None:
        self._run("postfix", "-c", str(self._config), "start")
        self._await_port()

    def messages_of(self, address: str) -> list[bytes]:
        """The messages in one reader's Maildir."""
        new = self.folder / "mail" / address / "new"
        return [path.read_bytes() for path in sorted(new.iterdir())] if new.is_dir() else []

    def deliveries(self) -> dict[str, int]:
        """How many messages lie in each reader's Maildir, once the queue is empty."""
        deadline = time.monotonic() + 60
        while self._queue_length() and time.monotonic() < deadline:
            time.sleep(0.2)
        boxes = (self.folder / "mail").iterdir()
        return {box.name: len(self.messages_of(box.name)) for box in boxes}

    def log(self) -> str:
        return (self.folder / "postfix.log").read_text("utf-8", "replace")

    @property
    def _config(self) -> Path:
        return self.folder / "config"

    def _queue_length(self) -> int:
        queue = self.folder / "queue"
        names = ("incoming", "active", "deferred", "maildrop")
        return sum(1 for name in names for path in (queue / name).rglob("*") if path.is_file())

    def _run(self, *words: str) -> None:
        process = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
        if process.returncode:
            raise RuntimeError(f"{' '.join(words)}: {process.stderr or process.stdout}")

    def _await_port(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                    if connection.recv(4) == b"220 ":
                        return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"Postfix does not answer: {self.log()[-2000:]}")


@contextmanager
def running(folder: Path) -> Iterator[Postfix]:
    """Start a Postfix in `folder` and stop it at the end."""
    folder.chmod(0o755)
    for name in ("config", "queue", "data", "mail"):
        (folder / name).mkdir()
    postfix, nobody = pwd.getpwnam("postfix"), pwd.getpwnam("nobody")
    shutil.chown(folder / "data", postfix.pw_uid)
    shutil.chown(folder / "mail", nobody.pw_uid, nobody.pw_gid)
    (folder / "mailboxes").write_text("", "utf-8")
    (folder / "headers").write_text("", "utf-8")
    certificate(folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    main = _MAIN.format(folder=folder, domain=DOMAIN, uid=nobody.pw_uid, gid=nobody.pw_gid)
    (folder / "config" / "main.cf").write_text(main, "utf-8")
    (folder / "config" / "master.cf").write_text(_MASTER.format(port=port), "utf-8")
    relay = Postfix(folder, port)
    relay.start()
    try:
        yield relay
    finally:
        relay.stop()
