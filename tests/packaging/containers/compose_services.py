"""The services of compose.yaml, started on this machine by the commands that stand there.

`docker-compose config` reads the file, as `docker compose up` does; no Docker runs. A container has
a network of its own, and these processes share one: so ports are other ones, and `site`, `desk`
and `database` are this machine.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.house.sources import ROOT

#: What docker/env.example asks for.
SETTINGS = {
    "SITE_HOST": "news.example.com",
    "DESK_HOST": "desk.example.com",
    "POSTGRES_PASSWORD": "0123456789abcdef",
}
_ANY = "0.0.0.0"  # noqa: S104  # what the file says, and never what is listened at here
_BINARIES = Path(sys.executable).parent


def read_compose_file(**settings: str) -> dict[str, Any]:
    """Return compose.yaml with these settings, as Docker Compose understands it."""
    completed = subprocess.run(
        [str(_BINARIES / "docker-compose"), "--profile", "*", "config", "--format", "json"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "COMPOSE_ENV_FILES": os.devnull, **SETTINGS, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    return dict(json.loads(completed.stdout))


@dataclass(slots=True)
class Service:
    """A process in place of a container, and what it has printed."""

    process: subprocess.Popen[str]
    log: Path

    def text(self) -> str:
        return self.log.read_text("utf-8")

    def end(self) -> int:
        """End it as `docker stop` does, and return its exit code."""
        self.process.terminate()
        return self.process.wait(60)


@dataclass(slots=True)
class Composition:
    """The services on this machine: the newsletter's folder, its database and the ports."""

    folder: Path
    database_url: str
    #: By the ports inside containers.
    ports: dict[int, int]
    environment: dict[str, str]
    services: dict[str, Any] = field(default_factory=lambda: read_compose_file()["services"])

    def words(self, service: str) -> list[str]:
        """Return the command of a service, with this machine's ports."""
        return [self._here(word) for word in self.services[service]["command"]]

    def check(self, service: str) -> list[str]:
        """Return the health check of a service."""
        kind, *words = self.services[service]["healthcheck"]["test"]
        assert kind == "CMD"
        return [self._here(word) for word in words]

    @contextmanager
    def running(self, service: str, *, number: int = 1) -> Iterator[Service]:
        """Run a service of the newsletter; what the image starts is `newsletter`."""
        with self._started(
            [sys.executable, "-m", "newsletter", *self.words(service)],
            self.variables(service),
            self.folder.with_name(f"{service}-{number}.log"),
        ) as started:
            yield started

    @contextmanager
    def caddy(self, hosts: dict[str, str]) -> Iterator[Service]:
        """Run Caddy with docker/Caddyfile, for these hosts of this machine."""
        home = self.folder.with_name("caddy")
        home.mkdir()
        text = (ROOT / "docker" / "Caddyfile").read_text("utf-8")
        file = home / "Caddyfile"
        # Certificates of its own, and no port but those of the hosts.
        own = "{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n}\n"
        file.write_text(own + self._here(text), "utf-8")
        words = self.services["caddy"]["command"]
        assert words[3] == "/etc/caddy/Caddyfile"
        environ = {"PATH": os.environ["PATH"], "HOME": str(home), **hosts}
        words = [str(_BINARIES / words[0]), *words[1:3], str(file), *words[4:]]
        with self._started(words, environ, home / "caddy.log") as started:
            yield started

    def variables(self, service: str) -> dict[str, str]:
        """Return the environment of a service, with the image's and the database's here."""
        given = self.services[service]["environment"]
        assert given["NEWSLETTER_DATABASE_URL"] == (
            f"postgresql+psycopg://newsletter:{SETTINGS['POSTGRES_PASSWORD']}@database/newsletter"
        )
        (volume,) = [v for v in self.services[service]["volumes"] if v["target"] == "/data"]
        assert volume["type"] == "bind"
        return {
            **self.environment,
            **given,
            "NEWSLETTER_FOLDER": str(self.folder),
            "NEWSLETTER_DATABASE_URL": self.database_url,
        }

    def run(self, words: list[str], service: str) -> subprocess.CompletedProcess[str]:
        """Run `newsletter` once in the environment of a service."""
        return subprocess.run(
            [sys.executable, "-m", *words],
            env=self.variables(service),
            capture_output=True,
            text=True,
            check=False,
        )

    def _here(self, word: str) -> str:
        word = re.sub(r"\b(site|desk):(?=80)", "127.0.0.1:", word).replace(_ANY, "127.0.0.1")
        return re.sub(r"\b80(24|25)\b", lambda match: str(self.ports[int(match[0])]), word)

    @contextmanager
    def _started(self, words: list[str], environ: dict[str, str], log: Path) -> Iterator[Service]:
        with log.open("w") as output:
            process = subprocess.Popen(words, env=environ, stdout=output, stderr=output, text=True)
        try:
            yield Service(process, log)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(60)
