"""Caddy and nginx as docs/proxy/ has them, on a free port of this machine before a site or a desk.

What is changed in those files is the address, the certificate and the port of what they serve.
"""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.house.sources import ROOT

FILES = ROOT / "docs" / "proxy"


@dataclass(frozen=True, slots=True)
class Service:
    """What stands behind a proxy, as the files in docs/proxy/ name it."""

    host: str
    port: int
    path: str
    caddy_file: str
    nginx_file: str


SITE = Service("news.example.com", 8025, "/letter", "Caddyfile", "nginx.conf")
DESK = Service("desk.example.com", 8024, "/desk", "desk.Caddyfile", "desk.nginx.conf")
_NGINX = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/proxy.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{server}
}}
"""


@contextmanager
def run_proxy(
    name: str, folder: Path, pem: Path, target: int, prefix: str, service: Service = SITE
) -> Iterator[int]:
    """Run the proxy `name` before the port `target`, below `prefix`, and yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    write = _nginx if name == "nginx" else _caddy
    words = write(service, folder, pem, port, target, prefix)
    with (folder / "proxy.out").open("w") as log:
        process = subprocess.Popen(
            words,
            stdout=log,
            stderr=log,
            env=os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder)},
        )
        try:
            _await_port(port, process, folder)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _nginx(
    service: Service, folder: Path, pem: Path, port: int, target: int, prefix: str
) -> list[str]:
    text = (FILES / service.nginx_file).read_text("utf-8")
    live = f"/etc/letsencrypt/live/{service.host}"
    for old, new in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        (f"{live}/fullchain.pem", str(pem)),
        (f"{live}/privkey.pem", str(pem)),
        ("location /", f"location {prefix or '/'}"),
        (f"127.0.0.1:{service.port}", f"127.0.0.1:{target}"),
    ):
        assert old in text, old
        # Not in the comments.
        text = "\n".join(
            line if line.lstrip().startswith("#") else line.replace(old, new)
            for line in text.split("\n")
        )
    path = folder / "nginx.conf"
    path.write_text(_NGINX.format(folder=folder, server=text), "utf-8")
    return ["nginx", "-p", str(folder), "-c", str(path)]


def _caddy(
    service: Service, folder: Path, pem: Path, port: int, target: int, prefix: str
) -> list[str]:
    text = (FILES / service.caddy_file).read_text("utf-8")
    text = text.replace(f"127.0.0.1:{service.port}", f"127.0.0.1:{target}")
    whole, _, below = text.partition("# Instead")
    block = below.partition("\n")[2].replace("# ", "").replace(service.path, prefix)
    if prefix:
        whole = f"{service.host} {{\n{block}\n}}\n"
    whole = whole.replace(f"{service.host} {{", f"https://127.0.0.1:{port} {{\n\ttls {pem} {pem}\n")
    path = folder / "Caddyfile"
    path.write_text("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + whole, "utf-8")
    return ["caddy", "run", "--config", str(path), "--adapter", "caddyfile"]


def _await_port(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError((folder / "proxy.out").read_text("utf-8"))


def tls_context(pem: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(pem))
