"""Install a timer for this user, find it again, and take it away. All of it or nothing.

The programs of the system do the work: `crontab`, `systemctl --user`, `launchctl`. What they refuse
is undone, and said in their own words.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.config.places import local_zone
from newsletter.config.settings import Settings
from newsletter.errors import NewsletterError, NotReady
from newsletter.timer.cron import add_lines, calls_run, has_lines, remove_lines
from newsletter.timer.launchd import agent_labels, launchd_agents
from newsletter.timer.plan import TimerKind, TimerPlan, make_plan
from newsletter.timer.systemd import MARK, enabled_names, systemd_units, unit_names

_SECONDS = 30
KINDS: tuple[TimerKind, ...] = ("systemd", "launchd", "cron")


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledTimer:
    """What was written, and where."""

    kind: TimerKind
    #: The files, or "your crontab".
    written: tuple[str, ...]
    #: What the author should do besides, "" for nothing.
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where timers of this user live."""

    #: systemd's folder for the user's own units.
    units: Path
    #: launchd's.
    agents: Path
    platform: str
    user_id: int

    @classmethod
    def here(cls, environ: Mapping[str, str]) -> Machine:
        """Return this machine, as it looks from `environ`."""
        home = Path(environ.get("HOME") or Path.home())
        config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
        return cls(
            units=config / "systemd" / "user",
            agents=home / "Library" / "LaunchAgents",
            platform=sys.platform,
            user_id=os.getuid() if hasattr(os, "getuid") else 0,
        )


def plan_here(settings: Settings, folder: Path) -> TimerPlan:
    """Return the plan for a newsletter on this machine. Raise UsageError as `make_plan` does."""
    # This very program, before another one of its name.
    beside = Path(sys.executable).with_name("newsletter")
    program = str(beside) if beside.is_file() else shutil.which("newsletter")
    return make_plan(
        program=(program,) if program else (sys.executable, "-m", "newsletter"),
        folder=folder,
        issue=settings.issue,
        timezone=settings.newsletter.timezone,
        machine_zone=ZoneInfo(local_zone()),
        has_site=bool(settings.site.url),
    )


def choose_kind(machine: Machine) -> TimerKind:
    """Return the timer that fits this machine. Raise NewsletterError if there is none."""
    if machine.platform == "darwin":
        return "launchd"
    if shutil.which("systemctl"):
        with suppress(NewsletterError):
            _call("systemctl", "--user", "show-environment")
            return "systemd"
    if shutil.which("crontab"):
        return "cron"
    raise NewsletterError(
        "This machine has neither a systemd of your own nor cron.",
        cure="Let whatever calls programs on time here call `newsletter run` once an hour.",
    )


def install(plan: TimerPlan, kind: TimerKind, machine: Machine) -> InstalledTimer:
    """Install the timer, in place of an earlier one of its kind.

    Raise NotReady if one of another kind is there, and NewsletterError if the system refuses it;
    everything is as before then.
    """
    others = [name for name in find_timers(plan, machine) if name != kind]
    if shutil.which("crontab") and _calls_by_own_line(plan):
        raise NotReady(
            "Your crontab calls this newsletter already, by a line that you put in.",
            cure="Delete that line (`crontab -e`), and install again.",
        )
    if others:
        raise NotReady(
            f"A timer of another kind ({others[0]}) calls this newsletter already.",
            cure=f"Take it away first: `newsletter schedule remove --{others[0]}`.",
        )
    if kind == "cron":
        _change_crontab(lambda crontab: add_lines(crontab, plan))
        return InstalledTimer(kind=kind, written=("your crontab",))
    if kind == "systemd":
        return _install_units(plan, machine)
    return _install_agents(plan, machine)


def remove(plan: TimerPlan, kinds: Sequence[TimerKind], machine: Machine) -> tuple[str, ...]:
    """Take the timers of these kinds away; return what is gone. Raise NewsletterError."""
    gone: list[str] = []
    if "systemd" in kinds:
        paths = [machine.units / name for name in unit_names(plan)]
        there = [path for path in paths if path.is_file()]
        if there:
            enabled = [path.name for path in there if path.name != unit_names(plan)[0]]
            _call("systemctl", "--user", "disable", "--now", *enabled)
            gone += [str(path) for path in there]
            for path in there:
                path.unlink()
            _call("systemctl", "--user", "daemon-reload")
    if "launchd" in kinds:
        for label in agent_labels(plan):
            path = machine.agents / f"{label}.plist"
            if path.is_file():
                with suppress(NewsletterError):
                    # It may not be loaded.
                    _call("launchctl", "bootout", f"gui/{machine.user_id}/{label}")
                path.unlink()
                gone.append(str(path))
    if "cron" in kinds and shutil.which("crontab") and has_lines(_read_crontab(), plan):
        _change_crontab(lambda crontab: remove_lines(crontab, plan))
        gone.append("its lines in your crontab")
    return tuple(gone)


def find_timers(plan: TimerPlan, machine: Machine) -> tuple[TimerKind, ...]:
    """Return the kinds of timers that call this newsletter, the author's own crontab included."""
    kinds: list[TimerKind] = []
    if (machine.units / unit_names(plan)[1]).is_file():
        kinds.append("systemd")
    if (machine.agents / f"{agent_labels(plan)[0]}.plist").is_file():
        kinds.append("launchd")
    if shutil.which("crontab"):
        with suppress(NewsletterError):
            crontab = _read_crontab()
            if has_lines(crontab, plan) or calls_run(crontab, plan):
                kinds.append("cron")
    return tuple(kinds)


def _install_units(plan: TimerPlan, machine: Machine) -> InstalledTimer:
    units = {machine.units / name: text.encode() for name, text in systemd_units(plan).items()}
    for path in units:
        if path.is_file() and MARK.encode() not in path.read_bytes():
            raise NotReady(f"{path} is there, and is not ours.", cure="Rename it, or use `--cron`.")
    names = enabled_names(plan)
    site = machine.units / unit_names(plan)[2]
    if site.is_file() and site not in units:
        _call("systemctl", "--user", "disable", "--now", site.name)
        site.unlink()

    def start() -> None:
        _call("systemctl", "--user", "daemon-reload")
        _call("systemctl", "--user", "enable", *names)
        # What runs already takes the new lines up.
        _call("systemctl", "--user", "restart", *names)

    def undo() -> None:
        with suppress(NewsletterError):
            _call("systemctl", "--user", "disable", "--now", *names)

    def settle() -> None:
        with suppress(NewsletterError):
            _call("systemctl", "--user", "daemon-reload")

    _write_all(units, start, undo, settle)
    hint = (
        ""
        if _lingers()
        else ("So that it runs while you are logged out too, call once: loginctl enable-linger")
    )
    return InstalledTimer(kind="systemd", written=tuple(map(str, units)), hint=hint)


def _install_agents(plan: TimerPlan, machine: Machine) -> InstalledTimer:
    agents = {
        machine.agents / f"{label}.plist": octets for label, octets in launchd_agents(plan).items()
    }
    domain = f"gui/{machine.user_id}"

    def undo() -> None:
        for path in agents:
            with suppress(NewsletterError):
                _call("launchctl", "bootout", f"{domain}/{path.stem}")

    def start() -> None:
        undo()
        for path in agents:
            _call("launchctl", "bootstrap", domain, str(path))

    _write_all(agents, start, undo, lambda: None)
    return InstalledTimer(kind="launchd", written=tuple(map(str, agents)))


def _write_all(
    files: Mapping[Path, bytes],
    start: Callable[[], None],
    undo: Callable[[], None],
    settle: Callable[[], None],
) -> None:
    """Write the files and `start`; if that fails `undo`, put back what was there and `settle`."""
    before = {path: path.read_bytes() if path.is_file() else None for path in files}
    try:
        for path, octets in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(octets)
        start()
    except BaseException:
        undo()
        for path, earlier in before.items():
            if earlier is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(earlier)
        settle()
        if any(before.values()):
            with suppress(NewsletterError):
                start()
        raise


def _calls_by_own_line(plan: TimerPlan) -> bool:
    with suppress(NewsletterError):
        return calls_run(remove_lines(_read_crontab(), plan), plan)
    return False


def _lingers() -> bool:
    """Whether the user's manager runs while the user is logged out; True if nobody can tell."""
    with suppress(NewsletterError):
        return _call("loginctl", "show-user", "--property=Linger", "--value").strip() == b"yes"
    return not shutil.which("loginctl")


def _change_crontab(change: Callable[[bytes], bytes]) -> None:
    """Replace the crontab and verify it. Raise NewsletterError and restore the old one on failure.

    `crontab` replaces it at once, so no reader ever sees half of it.
    """
    before = _read_crontab()
    after = change(before)
    _call("crontab", "-", given=after)
    if _read_crontab() != after:
        _call("crontab", "-", given=before)
        raise NewsletterError(
            "crontab did not keep the new lines as they are; the old ones are back.",
            cure="Look at `newsletter schedule print`, and put its lines in by `crontab -e`.",
        )


def _read_crontab() -> bytes:
    answer = _run(("crontab", "-l"))
    if answer.returncode == 0:
        return answer.stdout
    if b"no crontab" in answer.stderr.lower():
        return b""
    raise _refusal(("crontab", "-l"), answer.stderr)


def _call(*words: str, given: bytes = b"") -> bytes:
    answer = _run(words, given=given)
    if answer.returncode != 0:
        raise _refusal(words, answer.stderr)
    return answer.stdout


def _run(words: Sequence[str], *, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603  # programs of the system, by their names
            words,
            input=given,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NewsletterError(f"{words[0]} could not be called: {error}.") from error


def _refusal(words: Sequence[str], said: bytes) -> NewsletterError:
    reason = " ".join(said.decode("utf-8", "replace").split())[:300].rstrip(".")
    instead = "try `--cron`, or " if words[0] == "systemctl" else ""
    return NewsletterError(
        f"`{' '.join(words[:3])}` failed: {reason or 'it gave no reason'}. Nothing was changed.",
        cure=f"Instead {instead}put in by hand what `newsletter schedule print` shows.",
    )
