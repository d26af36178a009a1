"""compose.yaml: what Docker Compose makes of it, and its services at work without Docker."""

from __future__ import annotations

import http.client
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import FRIDAY, HILL, MUD, SUNDAY
from tests.house.sources import ROOT
from tests.packaging.containers.compose_services import Composition, Service, read_compose_file
from tests.support.blog import Blog
from tests.support.postgresql import PostgreSQL
from tests.support.program import Program
from tests.support.smtp_relay import Relay

_READERS = 120
_PASSWORD = "a hill before the breakfast"
_OURS = {"site", "timer", "worker", "desk", "backup"}


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [int(each.getsockname()[1]) for each in sockets]


def wait_until(is_true: Callable[[], bool], services: list[Service]) -> None:
    """Wait until something is so, as long as all services run."""
    while not is_true():
        for service in services:
            assert service.process.poll() is None, service.text()
        time.sleep(0.05)


def ask(port: int, path: str, **headers: str) -> tuple[int, str]:
    """GET a page by HTTPS, past a certificate of Caddy's own."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    line = http.client.HTTPSConnection("localhost", port, timeout=60, context=trusting)
    try:
        line.request("GET", path, headers=headers)
        answer = line.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return 0, ""
    finally:
        line.close()


@pytest.fixture
def composition(
    program: Program, blog: Blog, postgresql_server: PostgreSQL
) -> Iterator[tuple[Newsletter, Relay, Composition]]:
    """A newsletter of 120 readers on PostgreSQL, with an issue due, as docs/docker.md makes it."""
    newsletter = Newsletter(program, blog)
    with Relay(latency=0.01, keep=False) as relay, postgresql_server.borrow_database() as url:
        program.env["NEWSLETTER_DATABASE_URL"] = url
        newsletter.at("2026-10-05T12:00").publish()
        assert program.init(blog.url, "--yes").code == 0
        site, desk, site_tls, desk_tls = free_ports(4)
        for old, new in (
            ('approval = "required"', 'approval = "auto"'),
            ('mailer = "outbox"', 'mailer = "smtp"'),
            ("batch_size = 100", "batch_size = 1"),
            ('host = "localhost"', 'host = "127.0.0.1"'),
            ("port = 587", f"port = {relay.port}"),
            ('security = "starttls"', 'security = "none"'),
            ("trusted_proxies = 0", "trusted_proxies = 1"),
            ('[site]\nurl = ""', f'[site]\nurl = "https://localhost:{site_tls}"'),
            ("# [desk]", f'[desk]\nurl = "https://localhost:{desk_tls}"\n#'),
        ):
            newsletter.set(old, new)
        newsletter.at(FRIDAY).publish(MUD, HILL)
        newsletter.run("collect")
        people = "email\n" + "".join(f"r{number}@example.com\n" for number in range(_READERS))
        file = program.folder.with_name("readers.csv")
        file.write_text(people, "utf-8")
        newsletter.run("subscribers", "import", str(file), "--status", "active")
        assert newsletter("desk", "password", stdin=f"{_PASSWORD}\n").code == 0
        newsletter.at(SUNDAY)
        ports = {8025: site, 8024: desk, 443: site_tls, 444: desk_tls}
        yield newsletter, relay, Composition(program.folder, url, ports, program.environment())


def test_an_issue_goes_out_by_two_workers_behind_caddy_and_all_are_well(
    composition: tuple[Newsletter, Relay, Composition],
) -> None:
    newsletter, relay, services = composition
    site_tls, desk_tls = services.ports[443], services.ports[444]
    hosts = {
        "SITE_HOST": f"https://localhost:{site_tls}",
        "DESK_HOST": f"https://localhost:{desk_tls}",
    }
    with ExitStack() as stack:
        start = stack.enter_context
        workers = [
            start(services.running("worker", number=number + 1))
            for number in range(services.services["worker"]["deploy"]["replicas"])
        ]
        site, desk = start(services.running("site")), start(services.running("desk"))
        caddy = start(services.caddy(hosts))
        running = [*workers, site, desk, caddy]
        wait_until(lambda: all("Ready to take part" in each.text() for each in workers), running)
        timer = start(services.running("timer"))
        wait_until(lambda: '"event": "run"' in timer.text(), [*running, timer])
        wait_until(lambda: ask(site_tls, "/archive/1")[0] == 200, running)
        wait_until(lambda: ask(desk_tls, "/")[0] in (200, 303), running)

        site_check = services.run(services.check("site"), "site")
        image_check = services.run(["newsletter", "--quiet", "health"], "timer")
        status, page = ask(site_tls, "/healthz")
        _, login = ask(desk_tls, "/login")
        codes = [each.end() for each in (timer, *workers, site, desk)]

    assert len(workers) == 2
    assert relay.asked == {f"r{number}@example.com": 1 for number in range(_READERS)}
    figures = newsletter.run("issues", "--json").json["issues"][0]
    assert (figures["status"], figures["accepted"]) == ("sent", _READERS)
    assert all("Issue 1: " in each.text() for each in workers), timer.text()
    assert "@" not in timer.text()
    assert (site_check.returncode, image_check.returncode) == (0, 0), site_check.stderr
    assert status == 200
    assert '"last_run":"2026' in page
    assert "password" in login.lower()
    assert codes == [0, 0, 0, 0, 0]


def test_each_service_of_ours_is_confined_and_keeps_its_state_in_one_volume() -> None:
    compose = read_compose_file()

    for name in _OURS:
        service = compose["services"][name]
        assert service["user"] == "1000:1000"
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "ports" not in service
        assert {v["target"] for v in service["volumes"]} <= {"/data", "/backups"}
        assert service["depends_on"] == {
            "database": {"condition": "service_healthy", "required": True}
        }
    assert compose["networks"]["inside"]["internal"] is True
    assert list(compose["services"]["database"]["networks"]) == ["inside"]
    assert compose["services"]["database"]["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]
    published = {port["target"] for port in compose["services"]["caddy"]["ports"]}
    assert published == {80, 443}


def test_without_a_password_or_a_host_compose_says_where_to_write_it() -> None:
    completed = subprocess.run(
        [str(Path(sys.executable).with_name("docker-compose")), "config", "--quiet"],
        cwd=ROOT,
        env={"COMPOSE_ENV_FILES": "docker/env.example"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert completed.returncode != 0
    assert "POSTGRES_PASSWORD" in completed.stderr
    assert "Write it to .env, see docker/env.example" in completed.stderr


def test_the_example_of_settings_names_each_that_the_file_asks_for() -> None:
    asked = set()
    for line in (ROOT / "compose.yaml").read_text("utf-8").split("${")[1:]:
        asked.add(line.partition(":")[0])
    example = (ROOT / "docker" / "env.example").read_text("utf-8").splitlines()

    assert asked <= {line.partition("=")[0] for line in example}
    assert "COMPOSE_PROFILES=" in example
