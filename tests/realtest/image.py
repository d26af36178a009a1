"""The Docker image, built by Buildah on a root file system of debootstrap's, and run by chroot.

It is run as Docker would: the volume at /data, /tmp in memory, the root file system read-only, no
capability, process 1 of a namespace of its own. `tools/realtest.sh` makes build/bookworm, which
stands for python:3.11-slim-bookworm.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.house.sources import ROOT

BASE = ROOT / "build" / "bookworm"
_TAG = "localhost/happy-trails"
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_PIP = "[global]\ncert = /etc/ssl/certs/ca-certificates.crt\ntimeout = 180\n"
# Read by the shell in a mount namespace of its own: ROOT, VOLUME, the volume's options, USER.
_ENTER = """\
root=$1 volume=$2 options=$3 user=$4
shift 4
mount --bind "$root" "$root"
mount --bind "$volume" "$root/data"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mount -o remount,bind,ro "$root"
mount -o "remount,bind,$options" "$root/data"
exec chroot --userspec="$user" --groups= "$root" "$@"
"""


@dataclass(frozen=True, slots=True)
class Image:
    """A built image: its root file system and its configuration."""

    root: Path
    config: dict[str, Any]

    @property
    def user(self) -> str:
        return str(self.config["User"])

    def words(self, *command: str) -> list[str]:
        return [*self.config["Entrypoint"], *(command or self.config["Cmd"])]

    def start(
        self, volume: Path, words: Sequence[str], *, user: str = "", options: str = "rw"
    ) -> subprocess.Popen[str]:
        """Start a program of the image with this volume, as process 1."""
        return subprocess.Popen(
            [
                "unshare", "--mount", "--pid", "--fork", "--kill-child",
                "setpriv", "--bounding-set=-all,+sys_chroot,+setuid,+setgid,+sys_admin",
                "sh", "-ec", _ENTER, "enter",
                str(self.root), str(volume), options, user or self.user, *words,
            ],
            env=dict(variable.split("=", 1) for variable in self.config["Env"])
            | {"PATH": "/opt/newsletter/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip

    def run(
        self, volume: Path, *command: str, user: str = "", options: str = "rw"
    ) -> tuple[int, str, str]:
        """Run the image's entry point with a command; return its exit code and output."""
        process = self.start(volume, self.words(*command), user=user, options=options)
        out, err = process.communicate(timeout=300)
        return process.returncode, out, err


def end_first_process(process: subprocess.Popen[str]) -> int:
    """Send SIGTERM to process 1 of its namespace, as `docker stop` does; return the exit code."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii").split()
    subprocess.run(["kill", f"-{int(signal.SIGTERM)}", *children], check=True)
    process.communicate(timeout=60)
    return process.returncode


@contextmanager
def built_image(folder: Path) -> Iterator[Image]:
    """Build the Dockerfile in `folder`, and yield the image while its file system is mounted."""

    def buildah(*words: str) -> str:
        store = ["--root", f"{folder}/store", "--runroot", f"{folder}/run"]
        completed = subprocess.run(
            ["buildah", "--storage-driver", "vfs", *store, *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert completed.returncode == 0, completed.stdout[-3000:] + completed.stderr[-3000:]
        return completed.stdout.strip()

    folder.mkdir()
    (folder / "pip.conf").write_text(_PIP, "utf-8")
    base = buildah("from", "scratch")
    buildah("copy", "--quiet", base, str(BASE), "/")
    # This machine's own way to a package index.
    buildah("copy", "--quiet", base, str(_CERTIFICATES), str(_CERTIFICATES))
    buildah("copy", "--quiet", base, str(folder / "pip.conf"), "/etc/pip.conf")
    buildah("commit", "--quiet", "--rm", base, "localhost/bookworm")
    buildah(
        "build", "--isolation", "chroot", "--pull-never", "--format", "docker",
        "--build-arg", "BASE=localhost/bookworm", "--tag", _TAG, ".",
    )  # fmt: skip
    document = json.loads(buildah("inspect", "--type", "image", _TAG))
    container = buildah("from", "--pull-never", _TAG)
    try:
        yield Image(Path(buildah("mount", container)), document["Docker"]["config"])
    finally:
        buildah("umount", container)
        shutil.rmtree(folder)
